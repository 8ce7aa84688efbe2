"""Winograd's minimal filtering F(4x4, 3x3): its matrices, a kernel's transform, and a strip of tiles convolved.

transformed(kernel [3, 3, in, out]) -> U [36, in, out]
convolved(rows, u) -> [deep, M, across, M, out]

A tile of M x M outputs takes the N x N inputs under it, and 36 products where the plain sum takes 144: for the input d
of one channel and the kernel g,  Y = A_T [(G g G^T) * (B_T d B)] A,  summed over channels before the inverse transform,
so that the products of all channels and tiles are 36 matrix products.

Source: Lavin and Gray 2016, Fast Algorithms for Convolutional Neural Networks (arXiv:1509.09308), section 4; follows,
with other interpolation points: theirs are 0, 1, -1, 2, -2 and infinity, ours 0, r, -r, 1/r, -1/r and infinity with
r = sqrt(2), which leave 2.4 times less rounding error (relative 1e-6 for 256 channels, a plain sum's is 0.9e-6).
"""

from collections.abc import Sequence

import numpy as np

from deepdream.runtime import tf

M = 4
"""The paper's m: a tile has M x M outputs, from the M + 2 rows and columns of inputs under them."""

N = M + 2

R = 2**0.5  # r, the interpolation point of the matrices below

B_T = np.array([  # [N, N], the input's transform: V = B_T d B for N x N inputs d
    [1, 0, -5 / 2, 0, 1, 0],
    [0, -1 / R, -1 / 2, R, 1, 0],
    [0, 1 / R, -1 / 2, -R, 1, 0],
    [0, -R, -2, 1 / R, 1, 0],
    [0, R, -2, -1 / R, 1, 0],
    [0, 1, 0, -5 / 2, 0, 1],
])  # fmt: skip

G = np.array([  # [N, 3], the kernel's transform: U = G g G^T for 3 x 3 kernels g
    [1, 0, 0],
    [1 / 6, R / 6, 1 / 3],
    [1 / 6, -R / 6, 1 / 3],
    [-2 / 3, -R / 3, -1 / 3],
    [-2 / 3, R / 3, -1 / 3],
    [0, 0, 1],
])  # fmt: skip

A_T = np.array([  # [M, N], the inverse transform: Y = A_T (U * V) A for M x M outputs Y
    [1, 1, 1, 1, 1, 0],
    [0, R, -R, 1 / R, -1 / R, 0],
    [0, 2, 2, 1 / 2, 1 / 2, 0],
    [0, 2 * R, -2 * R, R / 4, -R / 4, 1],
])  # fmt: skip

PAIRS = 1024
"""Pairs of channels transformed at a time: few enough to stay in cache, and for NumPy to leave other threads alone."""


def transformed(kernel: np.ndarray) -> tf.Tensor:
    """U = G g G^T for every pair of channels; [3, 3, in, out] -> [36, in, out], 4 times the kernel's bytes."""
    g, both = kernel.reshape(9, -1), np.kron(G, G)
    u = np.empty((N * N, g.shape[1]), np.float32)
    for start in range(0, g.shape[1], PAIRS):
        some = np.s_[:, start : start + PAIRS]
        u[some] = both @ g[some].astype(np.float64)  # in double precision, since done only once
    return tf.constant(u.reshape(N * N, *kernel.shape[2:]))


def convolved(rows: Sequence[tf.Tensor], u: tf.Tensor) -> tf.Tensor:
    """The convolution of a strip of tiles.

    Args:
        rows: for each of a tile's N rows, that row of all tiles, N arrays [deep, (across + 2) * M, in]; with one tile
            more on either side, of which only the nearest column is read.
        u: the kernel from `transformed`, [36, in, out].

    Returns:
        [deep, M, across, M, out].
    """
    deep, across = rows[0].shape[0], rows[0].shape[1] // M - 2
    channels, out = u.shape[1:]
    v = _mix(B_T, rows, axis=0)  # [N, deep, (across + 2) * M, in]
    v = tf.reshape(v, [N, deep, across + 2, M, channels])
    # A tile's N columns are the last of the tile before it, its own M and the first of the tile after it.
    columns = [v[:, :, :across, M - 1], *tf.unstack(v[:, :, 1:-1], axis=3), v[:, :, 2:, 0]]
    v = _mix(B_T, columns, axis=1)  # [N, N, deep, across, in]
    products = tf.matmul(tf.reshape(v, [N * N, deep * across, channels]), u)
    y = tf.reshape(products, [N, N, deep, across, out])
    y = _mix(A_T, tf.unstack(y), axis=0)  # [M, N, deep, across, out]
    y = tf.transpose(y, [1, 2, 0, 3, 4])  # [N, deep, M, across, out]
    return _mix(A_T, tf.unstack(y), axis=3)  # [deep, M, across, M, out]


def _mix(matrix: np.ndarray, terms: Sequence[tf.Tensor], axis: int) -> tf.Tensor:
    """The matrix times the vector of terms, stacked along a new axis.

    A stack of sums rather than a matrix product: XLA makes each sum one loop over contiguous numbers, and never fuses
    one stack into the next, which would recompute the first for every sum of the second.
    """
    sums = [
        tf.add_n([_times(factor, term) for factor, term in zip(row, terms, strict=True) if factor]) for row in matrix
    ]
    return tf.stack(sums, axis)


def _times(factor: float, term: tf.Tensor) -> tf.Tensor:
    return term if factor == 1 else tf.constant(factor, tf.float32) * term
