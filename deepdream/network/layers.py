"""A network's layers as a table of strides, receptive fields and sizes, for VGG and Keras networks alike.

truncate(table, names) -> the layers needed for `names`; last_per_stride(table) -> the last layer at each stride;
typable(name) -> a name that a selection can have; neediest(table) -> the one that needs the largest picture.
check_size(what, size, layer) raises if it is too small.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from deepdream.errors import ImageError
from deepdream.settings import Size, format_size


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: as in Keras, for example "block4_conv2" or "block3_pool".
        kind: "conv" or "pool"; other networks have further kinds.
        inputs, channels: channels before and after the layer.
        stride: picture pixels between neighbouring positions of the layer.
        receptive_field: side in picture pixels; 0 if unknown.
        taps: weights of a convolution per pair of input and output channel.
        smallest: side in pixels of the smallest picture that gives the layer a position, if larger than the stride.
        kept: whether the backward pass needs its activation, as for a ReLU, not only its weights.
        counted: whether its name is only a kind and a number, as Keras generates them.
        measured: (picture's height, width) -> (rows, columns), if these are not the side divided by the stride.
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
        """Pixels that the layer needs on each side of a picture to have a position."""
        return max(self.stride, self.smallest)

    @property
    def needs(self) -> str:
        """The same as a clause, for messages."""
        return f"{self.name} needs {self.min_size} pixels on each side"

    def positions(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of this layer for a picture of `height` x `width` pixels."""
        if self.measured is not None:
            return self.measured(height, width)
        return height // self.stride, width // self.stride


def typable(name: str) -> str:
    """A layer's name without the characters that have a meaning in a selection."""
    return re.sub(r"[\s:=,/;*?]", "_", name)


def truncate(table: tuple[Layer, ...], names: set[str]) -> tuple[Layer, ...]:
    """The layers from the first to the deepest of `names`: all that must be computed for them."""
    deepest = max(index for index, layer in enumerate(table) if layer.name in names)
    return table[: deepest + 1]


def last_per_stride(table: tuple[Layer, ...]) -> list[Layer]:
    """The last layer at each stride, preferring one with an explicit name."""
    last = {layer.stride: layer for layer in sorted(table, key=lambda layer: not layer.counted)}
    return [last[stride] for stride in sorted(last)]


def neediest(table: Sequence[Layer]) -> Layer:
    """The layer that needs the largest picture; the last of several."""
    return max(reversed(table), key=lambda layer: layer.min_size)


def check_size(what: str, size: Size, layer: Layer, advice: str) -> None:
    """Check that the picture is large enough for the layer.

    Args:
        what: subject and verb: "The picture is".
        size: (height, width) of the picture.
        layer: the neediest of the layers in use.
        advice: what to do about it.

    Raises:
        ImageError: it is too small; the message names the size, the layer and the minimum.
    """
    if min(size) < layer.min_size:
        raise ImageError(f"{what} {format_size(size)}; {layer.needs}.", advice)
