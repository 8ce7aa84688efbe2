"""The 3x3 convolution of stride 1 with zero padding, three ways, each with a gradient as fast as itself.

convolve(images [N, H, W, in], prepare(kernel [3, 3, in, out], path), path=...) -> [N, H, W, out]

All three give the same numbers to rounding and have a gradient with respect to the images only: no kernel's gradient
is ever computed. Which is fastest depends on the processor and on whether XLA compiles the whole; `choose` knows.

direct      TensorFlow's own convolution.
transpose   The same sum as a transposed convolution with the turned kernel: a stride-1 convolution is the gradient of
            another, and on processors without AVX-512 oneDNN's gradient is 2 to 3 times as fast as its convolution.
winograd    F(4x4, 3x3): 36 products where 16 outputs of the plain sum take 144. Only worth it compiled by XLA.

Source: Lavin and Gray 2016, Fast Algorithms for Convolutional Neural Networks (arXiv:1509.09308), section 4; follows,
with other interpolation points: theirs are 0, 1, -1, 2, -2 and infinity, ours 0, r, -r, 1/r, -1/r and infinity with
r = sqrt(2), which leave 2.4 times less rounding error (relative 1e-6 for 256 channels, a plain sum's is 0.9e-6).
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, NamedTuple, get_args

import numpy as np

from deepdream.errors import SettingError
from deepdream.runtime import tf

Path = Literal["direct", "transpose", "winograd"]

M = 4
"""The paper's m: a tile gives M x M outputs, from the M + 2 rows and columns of inputs under them."""

N = M + 2

R = 2**0.5  # r, the interpolation point the matrices below are made of

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

A_T = np.array([  # [M, N], the way back: Y = A_T (U * V) A for M x M outputs Y
    [1, 1, 1, 1, 1, 0],
    [0, R, -R, 1 / R, -1 / R, 0],
    [0, 2, 2, 1 / 2, 1 / 2, 0],
    [0, 2 * R, -2 * R, R / 4, -R / 4, 1],
])  # fmt: skip

TILES = 128
"""Tiles that a strip holds, about: enough for fast matrix products, few enough to stay in the processor's caches."""


class Prepared(NamedTuple):
    """A kernel as a path wants it: for the convolution itself, and for the convolution that is its gradient."""

    forward: tf.Tensor
    backward: tf.Tensor


def choose(into: int, out: int, *, gpu: bool, compiled: bool, avx512: bool) -> Path:
    """The fastest path for a layer.

    Args:
        into: channels that the layer takes.
        out: channels that it gives.
        gpu: whether a GPU computes.
        compiled: whether XLA compiles the network.
        avx512: whether the processor has AVX-512, for which oneDNN's plain convolution is as fast as can be.
    """
    if gpu:
        return "direct"
    if compiled:
        return "winograd" if min(into, out) >= 64 else "direct"
    return "direct" if avx512 else "transpose"


def prepare(kernel: np.ndarray, path: Path) -> Prepared:
    """The kernel [3, 3, in, out] as `convolve` wants it; once per kernel, since it takes longer than a convolution.

    Returns:
        two arrays like the kernel; for winograd [36, in, out] and [36, out, in], together 8 times its size.
    """
    turned = kernel[::-1, ::-1].swapaxes(2, 3)  # [3, 3, out, in]: its convolution is the gradient of the kernel's
    if path == "direct":
        return Prepared(tf.constant(kernel), tf.constant(kernel))
    if path == "transpose":
        return Prepared(tf.constant(turned), tf.constant(kernel))
    if path == "winograd":
        return Prepared(_transformed(kernel), _transformed(turned))
    raise SettingError(f"convolution {path!r} is none of {', '.join(get_args(Path))}.")


def convolve(images: tf.Tensor, kernel: Prepared, *, path: Path) -> tf.Tensor:
    """The images' convolution with the kernel; [N, H, W, in] -> [N, H, W, out].

    Args:
        images: float32; winograd wants N, H and W known when it is traced.
        kernel: what `prepare` gave for the same path.
        path: how to compute it.
    """
    forward, backward = {
        "direct": (_direct, _transposed),
        "transpose": (_transposed, _transposed),
        "winograd": (_winograd, _winograd),
    }[path]

    @tf.custom_gradient
    def paired(images: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return forward(images, kernel.forward), lambda slope: backward(slope, kernel.backward)

    return paired(images)


def _direct(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """[N, H, W, in] with [3, 3, in, out] -> [N, H, W, out]."""
    return tf.nn.conv2d(images, kernel, strides=1, padding="SAME")


def _transposed(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """[N, H, W, in] with [3, 3, out, in] -> [N, H, W, out]."""
    shape = tf.concat([tf.shape(images)[:3], kernel.shape[2:3]], 0)
    return tf.nn.conv2d_transpose(images, kernel, shape, strides=1, padding="SAME")


def _transformed(kernel: np.ndarray) -> tf.Tensor:
    """U = G g G^T for every pair of channels; [3, 3, in, out] -> [36, in, out]."""
    u = np.einsum("ir,rqcd,jq->ijcd", G, kernel.astype(np.float64), G)
    return tf.constant(u.reshape(N * N, *kernel.shape[2:]), tf.float32)


def _winograd(images: tf.Tensor, u: tf.Tensor) -> tf.Tensor:
    """[N, H, W, in] with U [36, in, out] -> [N, H, W, out]."""
    count, height, width, channels = images.shape
    down, across = -(-height // M), -(-width // M)  # tiles that cover the image
    strips = -(-down * across // TILES)
    deep = -(-down // strips)  # tiles one above the other in a strip
    # One row and column of zeros before the image and the rest of a tile after it, so that tiles start at (-1, -1).
    rest = (strips * deep + 1) * M - height - 1, (across + 1) * M - width - 1
    padded = tf.pad(images, [[0, 0], [1, rest[0]], [1, rest[1]], [0, 0]])
    padded = tf.reshape(padded, [count, strips * deep + 1, M, (across + 1) * M, channels])

    def strip(image: int, place: tf.Tensor | int) -> tf.Tensor:
        rows = tf.slice(padded, [image, place * deep, 0, 0, 0], [1, deep + 1, M, (across + 1) * M, channels])
        return _strip(rows[0], u)

    shape = deep, M, across, M, u.shape[2]
    results = [_stacked(partial(strip, image), strips, shape) for image in range(count)]
    y = tf.reshape(tf.stack(results), [count, strips * deep * M, across * M, u.shape[2]])
    return y[:, :height, :width]


def _stacked(part: Callable[[tf.Tensor | int], tf.Tensor], count: int, shape: tuple[int, ...]) -> tf.Tensor:
    """part(0), ..., part(count - 1), each of that shape, as one array; computed one after the other."""
    if count == 1:
        return part(0)
    parts = tf.TensorArray(tf.float32, count, element_shape=shape)
    _, parts = tf.while_loop(
        lambda s, _: s < count,
        lambda s, parts: (s + 1, parts.write(s, part(s))),
        (0, parts),
        parallel_iterations=1,
        maximum_iterations=count,
    )
    return parts.stack()


def _strip(rows: tf.Tensor, u: tf.Tensor) -> tf.Tensor:
    """The convolution of a strip of tiles; [deep + 1, M, (across + 1) * M, in] -> [deep, M, across, M, out]."""
    deep, across = rows.shape[0] - 1, rows.shape[2] // M - 1
    channels, out = u.shape[1:]
    # A tile's N rows are its own M and the first two of the tile below: for row j of all tiles one slice each.
    d = [rows[j // M : j // M + deep, j % M] for j in range(N)]
    v = _mix(B_T, d, axis=0)  # [N, deep, (across + 1) * M, in]
    v = tf.reshape(v, [N, deep, across + 1, M, channels])
    v = _mix(B_T, [v[:, :, j // M : j // M + across, j % M] for j in range(N)], axis=1)  # [N, N, deep, across, in]
    products = tf.matmul(tf.reshape(v, [N * N, deep * across, channels]), u)
    y = tf.reshape(products, [N, N, deep, across, out])
    y = _mix(A_T, tf.unstack(y), axis=0)  # [M, N, deep, across, out]
    y = tf.transpose(y, [1, 2, 0, 3, 4])  # [N, deep, M, across, out]
    return _mix(A_T, tf.unstack(y), axis=3)  # [deep, M, across, M, out]


def _mix(matrix: np.ndarray, parts: Sequence[tf.Tensor], axis: int) -> tf.Tensor:
    """The matrix times the vector of parts, stacked along a new axis.

    A stack of sums and not a matrix product: XLA makes one loop over neighbouring numbers of each sum, and it never
    merges one stack into the next, which would compute the first one again for every sum of the second.
    """
    sums = [
        tf.add_n([_times(factor, part) for factor, part in zip(row, parts, strict=True) if factor]) for row in matrix
    ]
    return tf.stack(sums, axis)


def _times(factor: float, part: tf.Tensor) -> tf.Tensor:
    return part if factor == 1 else tf.constant(factor, tf.float32) * part
