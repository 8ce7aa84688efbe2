"""How fast this machine multiplies, measured once, so that a plan can say how long a dream will take."""

import functools
import time

from deepdream import runtime
from deepdream.gradient import cost
from deepdream.network.layers import Layer
from deepdream.runtime import tf

CONVOLUTION_SHARE = 0.6
"""What a network's gradient reaches of the rate of a large matrix product, by experience."""


def seconds(algorithm: str, table: tuple[Layer, ...], operations: int) -> float:
    """What so many operations of one region in one octave may be expected to take here; see `cost.seconds`."""
    return cost.seconds(algorithm, table, operations, operations_per_second())


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
