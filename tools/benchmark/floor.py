"""A lower bound for a step's time, from the machine's peak rates, layer by layer.

floor(layer, size, machine) -> Floor

A convolution of C into K channels on P positions takes 2 x 9 x C x K x P operations, and so does its gradient with
respect to its input. Winograd's F(4x4, 3x3) needs 36 products where 16 outputs of direct convolution need 144, a
quarter, and transforms: each position's C numbers become 36/16 C, the products give 36/16 K, which become K.
"""

from dataclasses import dataclass

from deepdream.benchmark.machine import Machine
from deepdream.network.layers import Layer
from deepdream.settings import Size

SAVING = 144 / 36
"""Products of direct convolution over Winograd's."""

GROWTH = 36 / 16
"""Numbers after a transform over those before."""

NARROW = 3
"""Channels of the picture: the first layer is computed by direct convolution."""


@dataclass(frozen=True)
class Floor:
    """Lower bounds of a layer's time in seconds, forward and backward.

    Attributes:
        products: direct convolution at the rate of the matrix product.
        winograd: the same with Winograd's saving, transforms not counted.
        memory: the layer's input and output read and written once each way, at the rate of a copy.
        transforms: the transforms, if nothing of them stayed in the caches.
    """

    products: float
    winograd: float
    memory: float
    transforms: float


def operations(layer: Layer, size: Size) -> int:
    """Operations of a layer's forward and backward pass, counted as direct convolution."""
    rows, columns = layer.positions(*size)
    return 2 * 2 * 9 * layer.inputs * layer.channels * rows * columns if layer.kind == "conv" else 0


def touched(layer: Layer, size: Size) -> int:
    """Bytes of a layer's input and output, read and written once in the forward pass and once in the gradient."""
    rows, columns = layer.positions(*size)
    before = 4 if layer.kind == "pool" else 1  # input positions per output position
    return 2 * 4 * rows * columns * (before * layer.inputs + layer.channels)


def transformed(layer: Layer, size: Size) -> int:
    """Bytes that Winograd's two transforms and its products read and write, forward and gradient."""
    if layer.kind != "conv" or layer.inputs == NARROW:
        return 0
    rows, columns = layer.positions(*size)
    numbers = layer.inputs * (1 + 2 * GROWTH) + layer.channels * (2 * GROWTH + 1)
    return int(2 * 4 * rows * columns * numbers)


def floor(layer: Layer, size: Size, machine: Machine) -> Floor:
    """The four floors of a layer.

    Args:
        layer: of the table.
        size: (height, width) of the picture.
        machine: with its peak rates.
    """
    products = operations(layer, size) / machine.gflops / 1e9
    return Floor(
        products=products,
        winograd=products if layer.inputs == NARROW else products / SAVING,
        memory=touched(layer, size) / machine.gigabytes / 1e9,
        transforms=transformed(layer, size) / machine.gigabytes / 1e9,
    )
