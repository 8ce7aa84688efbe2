"""The speed of this machine, measured once, to estimate how long a dream will take."""

import functools
import time

from deepdream import runtime
from deepdream.gradient import cost
from deepdream.network.layers import Layer
from deepdream.runtime import tf

CONVOLUTION_SHARE = 0.6
"""The rate of a network's gradient relative to a large matrix product's, by experience."""


def seconds(algorithm: str, table: tuple[Layer, ...], operations: int) -> float:
    """Expected seconds for this many operations of one region in one octave; see `cost.seconds`."""
    return cost.seconds(algorithm, table, operations, operations_per_second())


@functools.cache
def operations_per_second() -> float:
    """Floating-point operations per second expected of a gradient here; the measurement takes some 20 ms."""
    side = 1024
    matrix = tf.fill([side, side], 0.5)
    tf.linalg.matmul(matrix, matrix).numpy()  # warm-up
    start = time.perf_counter()
    tf.linalg.matmul(matrix, matrix).numpy()
    one = CONVOLUTION_SHARE * 2 * side**3 / (time.perf_counter() - start)
    return one * max(1, runtime.threads() // runtime.threads_of_one())
