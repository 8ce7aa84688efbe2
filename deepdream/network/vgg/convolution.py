"""The 3x3 convolution of stride 1 with zero padding, in two ways, and the names of all three.

convolve(images [N, H, W, in], prepare(kernel [3, 3, in, out], path), path=...) -> [N, H, W, out]

All give the same numbers to rounding and have a gradient with respect to the images only: no kernel's gradient is ever
computed.

direct      TensorFlow's own convolution.
transpose   The same sum as a transposed convolution with the turned kernel: a stride-1 convolution is the gradient of
            another, and on processors without AVX-512 oneDNN's gradient is 2 to 3 times as fast as its convolution.
winograd    36 products where 16 outputs of the plain sum take 144 (see `winograd`); compiled by XLA, whole layers at
            a time (see `sheets`), so it is no function here.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from deepdream.errors import SettingError
from deepdream.network.vgg.forward import direct
from deepdream.runtime import tf


class Prepared(NamedTuple):
    """A kernel as a path wants it: for the convolution itself, and for the convolution that is its gradient."""

    forward: tf.Tensor
    backward: tf.Tensor


def prepare(kernel: np.ndarray, path: str) -> Prepared:
    """The kernel [3, 3, in, out] as `convolve` wants it, as two tensors.

    Raises:
        SettingError: no path of this file.
    """
    if path == "direct":
        return Prepared(*[tf.constant(kernel)] * 2)
    if path == "transpose":  # [3, 3, out, in]: its convolution is the gradient of the kernel's
        return Prepared(tf.constant(kernel[::-1, ::-1].swapaxes(2, 3)), tf.constant(kernel))
    raise SettingError(f"convolution {path!r} is none of direct, transpose.")


def convolve(images: tf.Tensor, kernel: Prepared, *, path: str) -> tf.Tensor:
    """The images' convolution with the kernel; [N, H, W, in] -> [N, H, W, out].

    Args:
        images: float32.
        kernel: what `prepare` gave for the same path.
        path: "direct" or "transpose".
    """
    forward = direct if path == "direct" else _transposed

    @tf.custom_gradient
    def paired(images: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return forward(images, kernel.forward), lambda slope: _transposed(slope, kernel.backward)

    return paired(images)


def _transposed(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """[N, H, W, in] with [3, 3, out, in] -> [N, H, W, out]."""
    shape = tf.concat([tf.shape(images)[:3], kernel.shape[2:3]], 0)
    return tf.nn.conv2d_transpose(images, kernel, shape, strides=1, padding="SAME")
