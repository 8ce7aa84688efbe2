"""What a gradient costs: operations and bytes, from the network's table alone.

operations(table, size) -> floating-point operations of one value and gradient
memory(table, size) -> bytes that one gradient holds at its peak
process(table, size, window, ...) -> bytes of the whole process at its peak
"""

from deepdream.network.layers import Layer
from deepdream.settings import Size

PROCESS = 620 * 2**20
"""Bytes of a process that has dreamt on next to nothing, measured on Linux with TensorFlow 2.21."""

COMPILED = 25 * 2**20
"""Bytes a layer that XLA and what it compiled take, measured as PROCESS."""

WINOGRAD_GAIN = 2.2
"""How much faster Winograd's convolution is than TensorFlow's; see docs/performance.md."""

PICTURES = 52
"""Bytes a pixel of the arrays of the picture's own size, measured at 100 megapixels: the original, the dream, its
gradient, and what rolling and shaping hold beside them."""


def operations(table: tuple[Layer, ...], size: Size) -> int:
    """Multiplications and additions of one forward pass and one gradient with respect to the picture.

    Args:
        table: the layers that are computed, first to deepest.
        size: (height, width) of the picture.
    """
    forward = 0
    for layer in table:
        if layer.kind == "conv":
            rows, columns = layer.positions(*size)
            forward += 2 * layer.taps * layer.inputs * layer.channels * rows * columns
    return 2 * forward  # the gradient with respect to the input costs what the forward pass does


def memory(table: tuple[Layer, ...], size: Size) -> int:
    """Bytes held at the peak of one gradient on a window of this size.

    Every answer that the way back needs is kept, and beside them three of the largest: the gradient before and after a
    layer and what the convolution works with. Arguments as `operations`.
    """
    answers = [4 * layer.channels * rows * columns for layer in table for rows, columns in [layer.positions(*size)]]
    return sum(answer for answer, layer in zip(answers, table, strict=True) if layer.kept) + 3 * max(answers)


def process(table: tuple[Layer, ...], size: Size, window: Size, *, weights: int, winograd: bool = False) -> int:
    """Bytes of the whole process at the peak of a dream.

    Args:
        table: the layers that are computed, first to deepest.
        size: (height, width) of the picture.
        window: (height, width) that is computed at a time.
        weights: bytes of the network's weights; they are held as read, as arrays and as tensors.
        winograd: whether Winograd's convolution is taken: it holds kernels of its own and compiled code.
    """
    plain = PROCESS + 3 * weights + PICTURES * size[0] * size[1] + memory(table, window)
    return plain + COMPILED * len(table) + 8 * weights if winograd else plain
