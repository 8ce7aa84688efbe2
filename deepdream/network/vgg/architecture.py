"""VGG's convolutional part as a table, from which every other number is derived.

layers(widths, counts) -> (Layer, ...) in forward order; blocks(arrays) -> the widths and counts of a network's arrays.
Imports neither TensorFlow nor NumPy, so that `deepdream layers` and --help start at once.

Source: Simonyan and Zisserman 2015 (arXiv:1409.1556), configurations D (VGG16) and E (VGG19): 3x3 convolutions of
stride 1 with zero padding and ReLU, 2x2 max pools of stride 2 that drop an odd edge. Layer names are those of Keras.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from deepdream.network.layers import Layer

if TYPE_CHECKING:
    import numpy as np

Arrays = Mapping[str, tuple["np.ndarray", "np.ndarray"]]
"""Layer name -> kernel [3, 3, in, out] and bias [out]."""

VGG19 = (2, 2, 4, 4, 4)
"""Convolutions in blocks 1 to 5 of VGG19; each block ends in a pool. Other networks' are in weights/manifest.toml."""


FLAT = ("flatten", "fc1", "fc2", "predictions")
"""The layers of the classifier on top, which have no rows and columns, by the names that Keras gives them."""


def layers(widths: tuple[int, ...], counts: tuple[int, ...] = VGG19) -> tuple[Layer, ...]:
    """The layers of the convolutional part, first to last: 21 of VGG19, 18 of VGG16.

    Args:
        widths: channels of each of the five blocks.
        counts: convolutions in each of them.
    """
    table: list[Layer] = []
    channels, stride, field = 3, 1, 1  # `field`: the receptive field so far
    for block, (count, width) in enumerate(zip(counts, widths, strict=True), start=1):
        for index in range(1, count + 1):
            field += 2 * stride  # a 3x3 kernel adds one position on each side
            table.append(Layer(f"block{block}_conv{index}", "conv", channels, width, stride, field))
            channels = width
        field += stride  # a 2x2 window adds one position on one side
        stride *= 2
        table.append(Layer(f"block{block}_pool", "pool", channels, channels, stride, field))
    return tuple(table)


def convolutions(counts: tuple[int, ...]) -> list[str]:
    """The names of the convolutions in forward order."""
    return [f"block{block}_conv{index}" for block, count in enumerate(counts, 1) for index in range(1, count + 1)]


def kernel_shapes(widths: tuple[int, ...], counts: tuple[int, ...] = VGG19) -> dict[str, tuple[int, int, int, int]]:
    """Shape [height, width, in, out] of each convolution's kernel, by layer name; a bias has shape [out]."""
    convolutions = (layer for layer in layers(widths, counts) if layer.kind == "conv")
    return {layer.name: (3, 3, layer.inputs, layer.channels) for layer in convolutions}


def blocks(arrays: Arrays) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Channels of and convolutions in each of the five blocks: the arguments of `layers`."""
    counts = tuple(sum(name.startswith(f"block{block}_") for name in arrays) for block in range(1, 6))
    return tuple(arrays[f"block{block}_conv1"][1].size for block in range(1, 6)), counts
