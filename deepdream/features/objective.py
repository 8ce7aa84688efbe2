"""The objective of a feature's picture: one channel or direction per picture, its mean or its centre unit.

select(responses, channels) -> [N, h, w]                     each picture's own channel
along(responses, vectors, ...) -> [N]                        each picture's own direction
value(responses, ...) -> [N]                                 maximised

Responses are taken before the ReLU: after it, a channel that is silent on noise has no gradient at the start, and one
that is being silenced (`negative`) has none later. Max pooling and ReLU commute, so for a pooling layer this is the
maximum over the responses of the convolution before it.
"""

from deepdream.runtime import tf

LEAK = 0.1
"""Weight of responses below zero: gives a silent channel a gradient without outweighing positions that are already
active."""


SMALLEST_COSINE = 0.1
"""What a smaller cosine counts as, so that positions that point elsewhere have a gradient, too."""


def select(responses: tf.Tensor, channels: tf.Tensor) -> tf.Tensor:
    """The channel of each picture, [N, h, w, C] and [N] -> [N, h, w]."""
    mask = tf.one_hot(channels, tf.shape(responses)[-1])  # [N, C]
    return tf.einsum("nhwc,nc->nhw", responses, mask)


def along(responses: tf.Tensor, vectors: tf.Tensor, *, neuron: bool, leak: float, cosine: float = 0.0) -> tf.Tensor:
    """The mean of the activations weighted by each picture's vector, [N, h, w, C] and [N, C] -> [N].

    Args:
        responses: before the ReLU.
        vectors: a weight for each channel.
        neuron: the centre unit instead of the mean.
        leak: what is left of a response below zero: 0 for activations; 1 where there is no ReLU.
        cosine: the power of the cosine between activations and vector that each position's sum is multiplied by.

    Source: of the cosine, Carter et al. 2019 (distill.pub/2019/activation-atlas); follows, at all positions.
    """
    activations = tf.nn.leaky_relu(responses, leak)
    weighted = tf.einsum("nhwc,nc->nhw", activations, vectors)
    if cosine:
        lengths = tf.norm(activations, axis=-1) * tf.norm(vectors, axis=-1)[:, None, None]
        weighted *= tf.maximum(weighted / (lengths + 1e-6), SMALLEST_COSINE) ** cosine
    return tf.reduce_mean(counted(weighted, neuron), axis=(1, 2))


def value(responses: tf.Tensor, *, neuron: bool, negative: bool) -> tf.Tensor:
    """The quantity maximised for each picture, [N, h, w] -> [N].

    Args:
        responses: before the ReLU.
        neuron: the centre unit instead of the mean over the channel.
        negative: minimise the response instead, to show what the channel dislikes.
    """
    chosen = counted(responses, neuron)
    return tf.reduce_mean(-chosen if negative else tf.nn.leaky_relu(chosen, LEAK), axis=(1, 2))


def response(responses: tf.Tensor, *, neuron: bool, negative: bool) -> tf.Tensor:
    """How strongly each picture excites its channel or neuron, [N, h, w] -> [N]: the mean activation after the ReLU;
    for `negative`, the mean response before it, since the activation would be 0.
    """
    chosen = counted(responses, neuron)
    return tf.reduce_mean(chosen if negative else tf.nn.relu(chosen), axis=(1, 2))


def counted(responses: tf.Tensor, neuron: bool) -> tf.Tensor:
    """The responses that count: all of them, [N, h, w], or for a neuron the one in the centre, [N, 1, 1]."""
    if not neuron:
        return responses
    shape = tf.shape(responses)
    return responses[:, shape[1] // 2, shape[2] // 2][:, None, None]
