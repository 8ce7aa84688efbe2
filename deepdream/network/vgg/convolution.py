"""The 3x3 convolution of stride 1 with zero padding, by two algorithms that agree up to rounding.

ALGORITHMS: name -> Algorithm
convolve(images [N, H, W, in], algorithm.prepare(kernel [3, 3, in, out]), algorithm) -> [N, H, W, out]
prepare(arrays, table, algorithm) -> {layer name: (prepared kernel, bias)}

Only gradients with respect to the images are computed, never with respect to kernels.

direct      TensorFlow's own convolution.
transpose   The same as a transposed convolution with the kernel rotated by 180 degrees: a stride-1 convolution is the
            gradient of another, and on processors without AVX-512 oneDNN's gradient is 2 to 3 times as fast as its
            convolution.

Winograd's algorithm is compiled by XLA, whole layers at a time; see `gradient.winograd`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from deepdream.network.layers import Layer
from deepdream.network.vgg.architecture import Arrays
from deepdream.network.vgg.forward import direct
from deepdream.runtime import tf


class Prepared(NamedTuple):
    """A kernel in an algorithm's form: for the convolution itself, and for the convolution that is its gradient."""

    forward: tf.Tensor
    backward: tf.Tensor


class Algorithm(NamedTuple):
    """One way to compute the convolution.

    Attributes:
        prepare: kernel [3, 3, in, out] -> its forms for `forward` and the gradient.
        forward: images [N, H, W, in] and a prepared kernel -> [N, H, W, out].
    """

    prepare: Callable[[np.ndarray], Prepared]
    forward: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def prepare(arrays: Arrays, table: tuple[Layer, ...], algorithm: Algorithm) -> dict[str, tuple[Prepared, tf.Tensor]]:
    """Kernel and bias of the table's convolutions, prepared for the algorithm, by name.

    Args:
        arrays: layer name -> kernel [3, 3, in, out] and bias [out].
        table: the layers that are computed.
        algorithm: one of ALGORITHMS.
    """
    return {
        layer.name: (algorithm.prepare(arrays[layer.name][0]), tf.constant(arrays[layer.name][1]))
        for layer in table
        if layer.kind == "conv"
    }


def convolve(images: tf.Tensor, kernel: Prepared, algorithm: Algorithm) -> tf.Tensor:
    """The images' convolution with the kernel; [N, H, W, in] -> [N, H, W, out].

    Args:
        images: float32.
        kernel: prepared by the algorithm.
        algorithm: one of ALGORITHMS.
    """

    @tf.custom_gradient
    def paired(images: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        return algorithm.forward(images, kernel.forward), lambda slope: _transposed(slope, kernel.backward)

    return paired(images)


def _as_it_is(kernel: np.ndarray) -> Prepared:
    return Prepared(*[tf.constant(kernel)] * 2)


def _turned(kernel: np.ndarray) -> Prepared:
    """[3, 3, out, in] for the convolution: it is the gradient of the kernel's."""
    return Prepared(tf.constant(kernel[::-1, ::-1].swapaxes(2, 3)), tf.constant(kernel))


def _transposed(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """[N, H, W, in] with [3, 3, out, in] -> [N, H, W, out]."""
    shape = tf.concat([tf.shape(images)[:3], kernel.shape[2:3]], 0)
    return tf.nn.conv2d_transpose(images, kernel, shape, strides=1, padding="SAME")


ALGORITHMS = {"direct": Algorithm(_as_it_is, direct), "transpose": Algorithm(_turned, _transposed)}
"""By the setting's choice; `gradient.engine.ALGORITHMS` has them all."""
