"""What a gradient costs: operations, seconds and bytes, from the network's table and what was measured.

COSTS: algorithm -> Cost
operations(table, size) -> floating-point operations of one value and gradient
seconds(algorithm, table, operations) -> seconds that so many are worth
memory(table, size, algorithm) -> bytes that one gradient holds at its peak
process(table, size, window, ...) -> bytes of the whole process at its peak
"""

from dataclasses import dataclass

from deepdream.network.layers import Layer
from deepdream.settings import Size

PROCESS = 620 * 2**20
"""Bytes of a process that has dreamt on next to nothing, measured on Linux with TensorFlow 2.21."""

RATE = 4.2e11
"""Operations a second of TensorFlow's float32 convolution on two cores with AVX-512. A choice by measured costs takes
this rate wherever it is made, so that a request comes to the same algorithms whatever else the machine does."""

WIDE = 64
"""Channels in and out from which a layer counts as wide."""


@dataclass(frozen=True)
class Cost:
    """What computing by one algorithm costs, as docs/performance.md has it.

    Attributes:
        gain: how many times as fast as TensorFlow's float32 convolution on wide layers.
        narrow: the same where layers are narrow, as the pocket network's.
        start: seconds until it is prepared and compiled for a size of picture.
        weights: bytes of the process for each byte of weights: as read, as arrays, and as the algorithm has them.
        number: bytes of an activation's number.
        compiled: bytes of the process for each layer's compiled code.
    """

    gain: float = 1.0
    narrow: float = 1.0
    start: float = 0.0
    weights: float = 3.0
    number: int = 4
    compiled: int = 0


COSTS = {
    "direct": Cost(),
    "transpose": Cost(),  # taken in place of direct where that is slow
    "winograd": Cost(gain=2.2, narrow=0.9, start=10.0, weights=11.0, compiled=25 * 2**20),
    "bfloat16": Cost(gain=5.5, narrow=2.0, start=1.0, weights=2.5, number=2),
}
"""By algorithm, as `engine.ALGORITHMS` names them."""

PICTURES = 52
"""Bytes a pixel of the arrays of the picture's own size, measured at 100 megapixels: the original, the dream, its
gradient, and what rolling and shaping hold beside them."""


def operations(table: tuple[Layer, ...], size: Size) -> int:
    """Multiplications and additions of one forward pass and one gradient with respect to the picture.

    Args:
        table: the layers that are computed, first to deepest.
        size: (height, width) of the picture.
    """
    return 2 * _forward(table, size)  # the gradient with respect to the input costs what the forward pass does


def seconds(algorithm: str, table: tuple[Layer, ...], operations: float, rate: float = RATE) -> float:
    """What so many operations of one region in one octave are worth.

    Args:
        algorithm: one of COSTS.
        table: the layers that are computed; nine tenths of a wide network's operations are wide layers'.
        operations: floating-point operations, as the plain convolution does them.
        rate: of TensorFlow's float32 convolution.
    """
    wide = tuple(layer for layer in table if min(layer.inputs, layer.channels) >= WIDE)
    cost, size = COSTS[algorithm], (table[-1].min_size * 8,) * 2
    most = bool(wide) and _forward(wide, size) > 0.9 * _forward(table, size)
    return cost.start + operations / (rate * (cost.gain if most else cost.narrow))


def memory(table: tuple[Layer, ...], size: Size, algorithm: str = "direct") -> int:
    """Bytes held at the peak of one gradient on a window of this size.

    Every answer that the way back needs is kept, and beside them three of the largest: the gradient before and after a
    layer and what the convolution works with. Arguments as `operations`, and one of COSTS.
    """
    number = COSTS[algorithm].number
    answers = [
        number * layer.channels * rows * columns for layer in table for rows, columns in [layer.positions(*size)]
    ]
    return sum(answer for answer, layer in zip(answers, table, strict=True) if layer.kept) + 3 * max(answers)


def process(table: tuple[Layer, ...], size: Size, window: Size, *, weights: int, algorithm: str = "direct") -> int:
    """Bytes of the whole process at the peak of a dream.

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
