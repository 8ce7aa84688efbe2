"""What a gradient costs: operations and bytes, from the network's table alone.

operations(table, size) -> floating-point operations of one value and gradient
memory(table, size) -> bytes that it holds at its peak
"""

from deepdream.network.architecture import Layer
from deepdream.settings import Size

PROCESS = 700 * 2**20
"""Bytes of a process that has loaded TensorFlow and no network, measured on Linux with TensorFlow 2.21."""


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
            forward += 2 * 9 * layer.inputs * layer.channels * rows * columns
    return 2 * forward  # the gradient with respect to the input costs what the forward pass does


def memory(table: tuple[Layer, ...], size: Size) -> int:
    """Bytes held at the peak of one gradient: every activation is kept for the way back, in float32.

    Args: as `operations`.
    """
    kept, largest = 0, 0
    for layer in table:
        rows, columns = layer.positions(*size)
        answer = 4 * layer.channels * rows * columns
        kept += answer * (2 if layer.kind == "conv" else 1)  # a convolution's sum and what ReLU leaves of it
        largest = max(largest, answer)
    return kept + 2 * largest


def parameters(table: tuple[Layer, ...]) -> int:
    """Bytes of the kernels and biases of these layers."""
    return sum(4 * (9 * layer.inputs + 1) * layer.channels for layer in table if layer.kind == "conv")
