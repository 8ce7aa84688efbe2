"""The topology of VGG's convolutional part as one table; every other number is derived from it.

layers(widths, counts) -> (Layer, ...) in forward order. No TensorFlow here, so `deepdream layers` answers at once.

Source: Simonyan and Zisserman 2015 (arXiv:1409.1556), configurations D (VGG16) and E (VGG19): 3x3 convolutions of
stride 1 with zero padding and ReLU, 2x2 max pools of stride 2 that cut an odd edge. Layer names are those of Keras.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

VGG19 = (2, 2, 4, 4, 4)

CONVOLUTIONS = {"vgg19": VGG19, "pocket": VGG19, "vgg16": (2, 2, 3, 3, 3)}
"""Convolutions in blocks 1 to 5, by network; each block ends in a pool."""

WIDTHS = {"vgg19": (64, 128, 256, 512, 512), "pocket": (16, 32, 64, 128, 128), "vgg16": (64, 128, 256, 512, 512)}
"""Channels of blocks 1 to 5, by network."""


@dataclass(frozen=True)
class Layer:
    """One layer and what follows from its place in the table.

    Attributes:
        name: as in Keras, for example "block4_conv2" or "block3_pool".
        kind: "conv" or "pool"; other networks have other kinds, too.
        inputs, channels: channels before and after the layer.
        stride: picture pixels between neighbouring positions of the layer.
        receptive_field: side in picture pixels of the square that one position sees; 0 where that is not known.
        taps: weights of a convolution between one channel and another.
        smallest: side in pixels of the smallest picture that the layer has a position for, where it is not the stride.
        kept: whether the way back needs its answer, as that of a ReLU, and not only its weights.
        counted: whether its name is only a kind and a number, as Keras gives them.
        measured: picture's height and width -> rows and columns, where they are not the whole strides.
    """

    name: str
    kind: str
    inputs: int
    channels: int
    stride: int
    receptive_field: int
    taps: int = 9
    smallest: int = 0
    kept: bool = True
    counted: bool = False
    measured: Callable[[int, int], tuple[int, int]] | None = field(default=None, compare=False, repr=False)

    @property
    def least(self) -> int:
        """Pixels that the layer needs on each side of a picture."""
        return max(self.stride, self.smallest)

    def positions(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of this layer for a picture of `height` x `width` pixels."""
        if self.measured is not None:
            return self.measured(height, width)
        return height // self.stride, width // self.stride


def layers(widths: tuple[int, ...], counts: tuple[int, ...] = VGG19) -> tuple[Layer, ...]:
    """The layers of the convolutional part, first to last: 21 of VGG19, 18 of VGG16.

    Args:
        widths: channels of each of the five blocks.
        counts: convolutions of each of them.
    """
    table: list[Layer] = []
    channels, stride, seen = 3, 1, 1
    for block, (count, width) in enumerate(zip(counts, widths, strict=True), start=1):
        for index in range(1, count + 1):
            seen += 2 * stride  # a 3x3 kernel reaches one position further on each side
            table.append(Layer(f"block{block}_conv{index}", "conv", channels, width, stride, seen))
            channels = width
        seen += stride  # a 2x2 window reaches one position further on one side
        stride *= 2
        table.append(Layer(f"block{block}_pool", "pool", channels, channels, stride, seen))
    return tuple(table)


def kernel_shapes(widths: tuple[int, ...], counts: tuple[int, ...] = VGG19) -> dict[str, tuple[int, int, int, int]]:
    """Shape [height, width, in, out] of each convolution's kernel, by layer name; a bias has shape [out]."""
    convolutions = (layer for layer in layers(widths, counts) if layer.kind == "conv")
    return {layer.name: (3, 3, layer.inputs, layer.channels) for layer in convolutions}


def until(table: tuple[Layer, ...], names: set[str]) -> tuple[Layer, ...]:
    """The layers from the first to the deepest of `names`: all that has to be computed for them."""
    deepest = max(index for index, layer in enumerate(table) if layer.name in names)
    return table[: deepest + 1]


def endings(table: tuple[Layer, ...]) -> list[Layer]:
    """Of each stride the last layer that someone named, else the last: what a network has come to at that scale."""
    last = {layer.stride: layer for layer in sorted(table, key=lambda layer: not layer.counted)}
    return [last[stride] for stride in sorted(last)]


def neediest(table: tuple[Layer, ...]) -> Layer:
    """The layer that needs the largest picture; of several the last."""
    return max(reversed(table), key=lambda layer: layer.least)
