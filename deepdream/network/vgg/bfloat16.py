"""The forward pass of VGG's convolutional part in bfloat16, with custom gradients.

prepare(arrays, table) -> parameters
activations(parameters, images, layers, table=...) -> {layer name: [N, h, w, channels] float32}, as in `forward`

bfloat16 has float32's exponent and 8 bits of its fraction. Kernels and activations are rounded to it; processors that
multiply it natively accumulate the products in float32. The interface is float32: images, activations of the chosen
layers, the images' gradient.

Two things differ from what TensorFlow would derive:

- The first layer loses nothing to rounding. Its images and kernels are each split into two bfloat16, high + low, and
  the three significant products are one convolution of nine channels in place of three.
- Before a pool, the gradient is masked by the pool's output, which has a quarter of the numbers of the ReLU's: a pool's
  maximum is positive exactly where the ReLU passed the position it was taken from.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from deepdream import runtime
from deepdream.network.layers import Layer, truncate
from deepdream.network.vgg.architecture import Arrays
from deepdream.network.vgg.forward import direct
from deepdream.runtime import tf

COMPILED = 2**21
"""Number of values from which a mask is compiled by XLA: twice as fast as TensorFlow's, after some 40 ms per count."""

Inside = Callable[[tf.Tensor, int], tf.Tensor]
"""Zeroes positions outside the picture, given [N, h, w, C] and the stride; see `forward.activations`."""


class Parameters(NamedTuple):
    """The parameters of a convolution, in bfloat16.

    Attributes:
        kernel: [3, 3, in, out]; the first layer's is [3, 3, 3 in, out], its high, low and again high part.
        bias: [out].
    """

    kernel: tf.Tensor
    bias: tf.Tensor


def prepare(arrays: Arrays, table: tuple[Layer, ...]) -> dict[str, Parameters]:
    """The parameters of the table's convolutions, by name.

    Args:
        arrays: layer name -> kernel [3, 3, in, out] and bias [out], float32.
        table: the layers that are computed, first to deepest.
    """
    runtime.prepare_xla()  # for the masks
    found = {}
    for layer in table:
        if layer.kind == "conv":
            kernel, bias = (tf.constant(array) for array in arrays[layer.name])
            if layer is table[0]:
                high, low = _split(kernel)
                kernel = tf.concat([high, low, high], 2)
            found[layer.name] = Parameters(tf.cast(kernel, tf.bfloat16), tf.cast(bias, tf.bfloat16))
    return found


def activations(
    weights: Mapping[str, Parameters],
    images: tf.Tensor,
    layers: Collection[str],
    *,
    table: tuple[Layer, ...],
    inside: Inside = lambda x, stride: x,
) -> dict[str, tf.Tensor]:
    """The activations of the chosen layers; nothing past the deepest of them is computed.

    Args:
        weights: from `prepare`; arguments of the graph, not constants in it.
        images: [N, H, W, 3] float32 in the network's own input range (see `preprocessing`).
        layers: names of the chosen layers.
        table: the network's layers, first to last.
        inside: as in `forward.activations`.

    Returns:
        layer name -> [N, h, w, channels] float32, after ReLU for a convolution.

    Source: Simonyan and Zisserman 2015, configurations D and E; follows. Rounding as in Kalamkar et al. 2019
        (arXiv:1905.12322), for kernels, activations and their gradients; differs in the first layer, see above.
    """
    found: dict[str, tf.Tensor] = {}
    computed = truncate(table, set(layers))
    x = inside(images, 1)
    for layer, after in zip(computed, [*computed[1:], None], strict=True):
        if layer.kind == "pool":
            x = _pool(x, layer, inside)
        else:
            compute = _first if layer is computed[0] else _convolution
            pooled = after is not None and after.kind == "pool" and layer.name not in layers
            x = compute(x, weights[layer.name], layer, inside, masked=not pooled)
        if layer.name in layers:
            found[layer.name] = tf.cast(x, tf.float32)
    return found


def _first(images: tf.Tensor, weights: Parameters, layer: Layer, inside: Inside, *, masked: bool) -> tf.Tensor:
    """The network's first convolution with ReLU, [N, H, W, in] float32 -> [N, H, W, out] bfloat16."""

    @tf.custom_gradient
    def split(images: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        high, low = _split(images)
        y = _activated(tf.concat([high, high, low], 3), weights, layer, inside)

        def back(slope: tf.Tensor) -> tf.Tensor:
            kernel = weights.kernel[:, :, : 2 * layer.inputs]  # high and low
            shape = tf.concat([tf.shape(images)[:3], kernel.shape[2:3]], 0)
            parts = tf.cast(_transposed(_masked(slope, y) if masked else slope, kernel, shape), tf.float32)
            return parts[..., : layer.inputs] + parts[..., layer.inputs :]

        return y, back

    return split(images)


def _convolution(x: tf.Tensor, weights: Parameters, layer: Layer, inside: Inside, *, masked: bool) -> tf.Tensor:
    """A convolution with ReLU, [N, h, w, in] -> [N, h, w, out]."""

    @tf.custom_gradient
    def convolution(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        y = _activated(x, weights, layer, inside)
        return y, lambda slope: _transposed(_masked(slope, y) if masked else slope, weights.kernel, tf.shape(x))

    return convolution(x)


def _pool(x: tf.Tensor, layer: Layer, inside: Inside) -> tf.Tensor:
    """The 2x2 max pool of stride 2 and the mask of the ReLU before it, [N, h, w, C] -> [N, h // 2, w // 2, C]."""

    @tf.custom_gradient
    def pool(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        most = tf.nn.max_pool2d(x, ksize=2, strides=2, padding="VALID")
        y = inside(most, layer.stride)

        def back(slope: tf.Tensor) -> tf.Tensor:
            size = [1, 2, 2, 1]
            return tf.raw_ops.MaxPoolGrad(
                orig_input=x, orig_output=most, grad=_masked(slope, y), ksize=size, strides=size, padding="VALID"
            )

        return y, back

    return pool(x)


def _activated(x: tf.Tensor, weights: Parameters, layer: Layer, inside: Inside) -> tf.Tensor:
    """Convolution, bias and ReLU, which TensorFlow passes to oneDNN as one operation."""
    return inside(tf.nn.relu(tf.nn.bias_add(direct(x, weights.kernel), weights.bias)), layer.stride)


def _transposed(slope: tf.Tensor, kernel: tf.Tensor, shape: tf.Tensor) -> tf.Tensor:
    """The gradient of a convolution with respect to its input, of this shape."""
    return tf.nn.conv2d_transpose(slope, kernel, shape, strides=1, padding="SAME")


@tf.function(input_signature=[tf.TensorSpec([None] * 4, tf.bfloat16)] * 2, autograph=False)
def _masked(slope: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """The gradient where the ReLU's output is positive, zero elsewhere; traced once for all layers."""

    def compiled() -> tf.Tensor:
        return tf.reshape(_positive(tf.reshape(slope, [-1]), tf.reshape(y, [-1])), tf.shape(slope))

    return tf.cond(tf.size(y) < COMPILED, lambda: tf.raw_ops.ReluGrad(gradients=slope, features=y), compiled)


@tf.function(jit_compile=True, autograph=False)
def _positive(slope: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """As `_masked`, [n]; on the bits as integers, since XLA would convert bfloat16 to float32 and back."""
    bits = tf.where(tf.bitcast(y, tf.int16) > 0, tf.bitcast(slope, tf.int16), tf.constant(0, tf.int16))
    return tf.bitcast(bits, tf.bfloat16)


def _split(numbers: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Two bfloat16 whose sum is the float32, to 16 bits of its fraction."""
    high = tf.cast(numbers, tf.bfloat16)
    return high, tf.cast(numbers - tf.cast(high, tf.float32), tf.bfloat16)
