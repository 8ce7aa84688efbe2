"""The forward pass of VGG's convolutional part, as plain functions.

activations(weights, images, layers, table=...) -> {layer name: [N, h, w, channels]}
response(weights, images, table, channels) -> [N, h, w, C]      the last layer's, before its ReLU
"""

from collections.abc import Callable, Collection, Mapping

from deepdream.network.layers import Layer, truncate
from deepdream.runtime import tf

Parameters = Mapping[str, tuple[tf.Tensor, tf.Tensor]]
"""Layer name -> kernel [3, 3, in, out] and bias [out]."""


def direct(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """TensorFlow's own 3x3 convolution of stride 1 with zero padding; [N, H, W, in] -> [N, H, W, out]."""
    return tf.nn.conv2d(images, kernel, strides=1, padding="SAME")


def activations(
    weights: Parameters,
    images: tf.Tensor,
    layers: Collection[str],
    *,
    table: tuple[Layer, ...],
    convolve: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] = direct,
    inside: Callable[[tf.Tensor, int], tf.Tensor] = lambda x, stride: x,
) -> dict[str, tf.Tensor]:
    """The activations of the chosen layers; nothing past the deepest of them is computed.

    Args:
        weights: kernels and biases; arguments of the graph, not constants in it.
        images: [N, H, W, 3] float32 in the network's own input range (see `preprocessing`).
        layers: names of the chosen layers.
        table: the network's layers, first to last.
        convolve: the 3x3 convolution to use.
        inside: zeroes positions outside the picture, given [N, h, w, C] and the stride; called on the input and after
            every layer when the images are windows that extend over a picture's edge.

    Returns:
        layer name -> [N, h, w, channels], after ReLU for a convolution.

    Source: Simonyan and Zisserman 2015, configurations D and E; follows.
    """
    found: dict[str, tf.Tensor] = {}
    x = inside(images, 1)
    for layer in truncate(table, set(layers)):
        if layer.kind == "conv":
            kernel, bias = weights[layer.name]
            x = tf.nn.relu(tf.nn.bias_add(convolve(x, kernel), bias))  # [N, h, w, channels]
        else:
            x = tf.nn.max_pool2d(x, ksize=2, strides=2, padding="VALID")  # [N, h // 2, w // 2, channels]
        x = inside(x, layer.stride)
        if layer.name in layers:
            found[layer.name] = x
    return found


def response(
    weights: Mapping[str, tuple[tf.Tensor, tf.Tensor]],
    images: tf.Tensor,
    table: tuple[Layer, ...],
    channels: tf.Tensor | None = None,
    *,
    activate: Callable[..., dict[str, tf.Tensor]] = activations,
) -> tf.Tensor:
    """The pre-activation of the table's last layer, [N, h, w, channels].

    Max pooling and ReLU commute, so for a pool this is the maximum over the pre-activations of the convolution before
    it.

    Args:
        weights: kernels and biases.
        images: [N, H, W, 3] in the network's own input range.
        table: the layers to compute, first to last.
        channels: compute only these; None for all.
        activate: computes the layers below, `activations` or another precision's; the weights are for it.

    Returns: float32.
    """
    pools = table[-1].kind == "pool"
    convolutions = table[:-1] if pools else table
    last, below = convolutions[-1], convolutions[:-1]
    x = activate(weights, images, {below[-1].name}, table=below)[below[-1].name] if below else images
    kernel, bias = weights[last.name]
    if channels is not None:
        kernel, bias = tf.gather(kernel, channels, axis=-1), tf.gather(bias, channels)
    x = tf.cast(tf.nn.bias_add(direct(tf.cast(x, kernel.dtype), kernel), bias), tf.float32)
    return tf.nn.max_pool2d(x, ksize=2, strides=2, padding="VALID") if pools else x
