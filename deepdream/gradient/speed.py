"""How fast this machine multiplies, measured once, so that a plan can say how long a dream will take."""

import functools
import time

from deepdream import runtime
from deepdream.gradient import cost
from deepdream.runtime import tf

CONVOLUTION_SHARE = 0.6
"""What a network's gradient reaches of the rate of a large matrix product, by experience."""

COMPILING = 10.0
"""Seconds until Winograd's convolution is prepared and compiled for a size; see docs/performance.md."""


def seconds(operations: int, *, winograd: bool) -> float:
    """What so many floating-point operations of one region in one octave may be expected to take here."""
    plain = operations / operations_per_second()
    return COMPILING + plain / cost.WINOGRAD_GAIN if winograd else plain


@functools.cache
def operations_per_second() -> float:
    """Floating-point operations a second that a gradient may be expected to reach here; costs some 20 ms."""
    side = 1024
    matrix = tf.fill([side, side], 0.5)
    tf.linalg.matmul(matrix, matrix).numpy()  # the first call wakes the threads
    start = time.perf_counter()
    tf.linalg.matmul(matrix, matrix).numpy()
    one = CONVOLUTION_SHARE * 2 * side**3 / (time.perf_counter() - start)
    return one * max(1, runtime.threads() // runtime.threads_of_one())
