"""A network's layers as a table: what follows from a layer's place in it, for VGG's and Keras's networks alike.

truncate(table, names) -> the layers needed for `names`; last_per_stride(table) -> the last at each scale;
neediest(table) -> the one that needs the largest picture; check_size(what, size, layer) refuses a smaller one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deepdream.errors import ImageError
from deepdream.settings import Size, format_size


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
    def min_size(self) -> int:
        """Pixels that the layer needs on each side of a picture."""
        return max(self.stride, self.smallest)

    @property
    def needs(self) -> str:
        """The same in words, with its name."""
        return f"{self.name} needs {self.min_size} pixels on each side"

    def positions(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of this layer for a picture of `height` x `width` pixels."""
        if self.measured is not None:
            return self.measured(height, width)
        return height // self.stride, width // self.stride


def truncate(table: tuple[Layer, ...], names: set[str]) -> tuple[Layer, ...]:
    """The layers from the first to the deepest of `names`: all that has to be computed for them."""
    deepest = max(index for index, layer in enumerate(table) if layer.name in names)
    return table[: deepest + 1]


def last_per_stride(table: tuple[Layer, ...]) -> list[Layer]:
    """The last layer at each stride, preferring one with an explicit name."""
    last = {layer.stride: layer for layer in sorted(table, key=lambda layer: not layer.counted)}
    return [last[stride] for stride in sorted(last)]


def neediest(table: Sequence[Layer]) -> Layer:
    """The layer that needs the largest picture; of several the last."""
    return max(reversed(table), key=lambda layer: layer.min_size)


def check_size(what: str, size: Size, layer: Layer, advice: str) -> None:
    """Refuse a picture of which the layer has not even one position.

    Args:
        what: subject and verb: "The picture is".
        size: (height, width) of the picture.
        layer: of several the neediest.
        advice: what to do about it.

    Raises:
        ImageError: names both sizes and the layer.
    """
    if min(size) < layer.min_size:
        raise ImageError(f"{what} {format_size(size)}; {layer.needs}.", advice)
