"""The cost of a gradient: operations, seconds and bytes, from the network's table and measured constants.

COSTS: algorithm -> Cost
operations(table, size) -> floating-point operations of one value and gradient
seconds(algorithm, table, operations) -> estimated seconds
memory(table, size, algorithm) -> peak memory of one gradient, in bytes
process(table, size, window, ...) -> peak memory of the whole process, in bytes
"""

from dataclasses import dataclass

from deepdream.network.layers import Layer
from deepdream.settings import Size

PROCESS = 620 * 2**20
"""Bytes of a process after a tiny dream, measured on Linux with TensorFlow 2.21."""

RATE = 4.2e11
"""Operations per second of TensorFlow's float32 convolution on two cores with AVX-512. Algorithms are always chosen by
this rate, so that a request uses the same ones whatever else the machine is doing."""

WIDE = 64
"""Input and output channels from which a layer is wide."""


@dataclass(frozen=True)
class Cost:
    """The cost of one algorithm, as measured in docs/performance.md.

    Attributes:
        gain: speed relative to TensorFlow's float32 convolution on wide layers.
        narrow: the same on narrow layers, such as the pocket network's.
        start: seconds to prepare and compile it.
        size: the same for each size of picture.
        weights: bytes of the process per byte of weights: as read, as arrays, and as prepared for the algorithm.
        number: bytes per value of an activation.
        compiled: bytes of the process for each layer's compiled code.
    """

    gain: float = 1.0
    narrow: float = 1.0
    start: float = 0.0
    size: float = 0.0
    weights: float = 3.0
    number: int = 4
    compiled: int = 0


COSTS = {
    "direct": Cost(),
    "transpose": Cost(),  # used instead of direct where that is slow
    "winograd": Cost(gain=2.2, narrow=0.9, size=10.0, weights=11.0, compiled=25 * 2**20),
    "strips": Cost(gain=1.45, narrow=0.8, start=8.0, weights=11.0, compiled=12 * 2**20),
    "bfloat16": Cost(gain=5.5, narrow=2.0, size=1.0, weights=2.5, number=2),
}
"""By algorithm, with the names of `engine.ALGORITHMS`."""

PICTURES = 52
"""Bytes per pixel of all arrays of the picture's size, measured at 100 megapixels: the original, the dream, its
gradient, and the temporaries of rolling and shaping."""


def operations(table: tuple[Layer, ...], size: Size) -> int:
    """Multiplications and additions of one forward pass and one gradient with respect to the picture.

    Args:
        table: the layers that are computed, first to deepest.
        size: (height, width) of the picture.
    """
    return 2 * _forward(table, size)  # the gradient with respect to the input costs what the forward pass does


def seconds(algorithm: str, table: tuple[Layer, ...], operations: float, rate: float = RATE) -> float:
    """Estimated seconds for this many operations of one region in one octave, without what it takes to start.

    Args:
        algorithm: one of COSTS.
        table: the layers that are computed; in a wide network, wide layers have over nine tenths of the operations.
        operations: floating-point operations of the plain convolution.
        rate: of TensorFlow's float32 convolution.
    """
    wide = tuple(layer for layer in table if min(layer.inputs, layer.channels) >= WIDE)
    cost, size = COSTS[algorithm], (table[-1].min_size * 8,) * 2
    most = bool(wide) and _forward(wide, size) > 0.9 * _forward(table, size)
    return operations / (rate * (cost.gain if most else cost.narrow))


def memory(table: tuple[Layer, ...], size: Size, algorithm: str = "direct") -> int:
    """Peak memory of one gradient on a window of this size, in bytes.

    All activations the backward pass needs, plus three buffers of the largest one's size: the gradient before and
    after a layer and the convolution's workspace. Arguments as `operations`, and one of COSTS.
    """
    number = COSTS[algorithm].number
    sizes = [number * layer.channels * rows * columns for layer in table for rows, columns in [layer.positions(*size)]]
    return sum(nbytes for nbytes, layer in zip(sizes, table, strict=True) if layer.kept) + 3 * max(sizes)


def process(table: tuple[Layer, ...], size: Size, window: Size, *, weights: int, algorithm: str = "direct") -> int:
    """Peak memory of the whole process during a dream, in bytes.

    Args:
        table: the layers that are computed, first to deepest.
        size: (height, width) of the picture.
        window: (height, width) that is computed at a time.
        weights: bytes of the network's weights.
        algorithm: one of COSTS.
    """
    cost = COSTS[algorithm]
    held = int(cost.weights * weights) + cost.compiled * len(table)
    return PROCESS + held + PICTURES * size[0] * size[1] + memory(table, window, algorithm)


def _forward(table: tuple[Layer, ...], size: Size) -> int:
    """Multiplications and additions of the forward pass."""
    total = 0
    for layer in table:
        if layer.kind == "conv":
            rows, columns = layer.positions(*size)
            total += 2 * layer.taps * layer.inputs * layer.channels * rows * columns
    return total
