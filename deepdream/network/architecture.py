"""The topology of VGG19's convolutional part as one table; every other number is derived from it.

layers(widths) -> (Layer, ...) in forward order. No TensorFlow here, so `deepdream layers` answers at once.

Source: Simonyan and Zisserman 2015 (arXiv:1409.1556), configuration E: 3x3 convolutions of stride 1 with zero padding
and ReLU, 2x2 max pools of stride 2 that cut an odd edge. Layer names are those of Keras.
"""

from dataclasses import dataclass

CONVOLUTIONS = (2, 2, 4, 4, 4)
"""Convolutions in blocks 1 to 5; each block ends in a pool."""

WIDTHS = {"vgg19": (64, 128, 256, 512, 512), "pocket": (16, 32, 64, 128, 128)}
"""Channels of blocks 1 to 5, by network."""


@dataclass(frozen=True)
class Layer:
    """One layer and what follows from its place in the table.

    Attributes:
        name: as in Keras, for example "block4_conv2" or "block3_pool".
        kind: "conv" or "pool".
        inputs, channels: channels before and after the layer.
        stride: picture pixels between neighbouring positions of the layer.
        receptive_field: side in picture pixels of the square that one position sees.
    """

    name: str
    kind: str
    inputs: int
    channels: int
    stride: int
    receptive_field: int

    def positions(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of this layer for a picture of `height` x `width` pixels."""
        return height // self.stride, width // self.stride


def layers(widths: tuple[int, ...]) -> tuple[Layer, ...]:
    """The 21 layers of the convolutional part, first to last.

    Args:
        widths: channels of each of the five blocks.
    """
    table: list[Layer] = []
    channels, stride, seen = 3, 1, 1
    for block, (count, width) in enumerate(zip(CONVOLUTIONS, widths, strict=True), start=1):
        for index in range(1, count + 1):
            seen += 2 * stride  # a 3x3 kernel reaches one position further on each side
            table.append(Layer(f"block{block}_conv{index}", "conv", channels, width, stride, seen))
            channels = width
        seen += stride  # a 2x2 window reaches one position further on one side
        stride *= 2
        table.append(Layer(f"block{block}_pool", "pool", channels, channels, stride, seen))
    return tuple(table)


def kernel_shapes(widths: tuple[int, ...]) -> dict[str, tuple[int, int, int, int]]:
    """Shape [height, width, in, out] of each convolution's kernel, by layer name; a bias has shape [out]."""
    return {layer.name: (3, 3, layer.inputs, layer.channels) for layer in layers(widths) if layer.kind == "conv"}


def until(table: tuple[Layer, ...], names: set[str]) -> tuple[Layer, ...]:
    """The layers from the first to the deepest of `names`: all that has to be computed for them."""
    deepest = max(index for index, layer in enumerate(table) if layer.name in names)
    return table[: deepest + 1]
