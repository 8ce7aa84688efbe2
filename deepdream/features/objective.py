"""What a feature's picture makes large: one channel per picture, as a whole or its unit in the middle.

own(answers, channels) -> [N, h, w]                          of each picture its own channel
value(responses, ...) -> [N]                                 maximised

Responses are taken before the ReLU: after it, a channel that is silent on noise has no gradient to begin with, and one
that is to be silenced (`negative`) none to go on with. Max pooling and ReLU can be exchanged, so for a pooling layer
this is the maximum over the responses of the convolution before it.
"""

from deepdream.runtime import tf

LEAK = 0.1
"""What a response below zero counts: enough to wake a silent channel, too little to trade a firing place for it."""


def own(answers: tf.Tensor, channels: tf.Tensor) -> tf.Tensor:
    """Of each picture its own channel, [N, h, w, C] and [N] -> [N, h, w]."""
    mask = tf.one_hot(channels, tf.shape(answers)[-1])  # [N, C]
    return tf.einsum("nhwc,nc->nhw", answers, mask)


def value(responses: tf.Tensor, *, neuron: bool, negative: bool) -> tf.Tensor:
    """What is maximised for each picture, [N, h, w] -> [N].

    Args:
        responses: before the ReLU.
        neuron: the unit in the middle instead of the mean over the channel.
        negative: what the channel dislikes: its response made as low as possible.
    """
    counted = -placed(responses, neuron) if negative else tf.nn.leaky_relu(placed(responses, neuron), LEAK)
    return tf.reduce_mean(counted, axis=(1, 2))


def response(responses: tf.Tensor, *, neuron: bool, negative: bool) -> tf.Tensor:
    """How strongly each picture excites what it was made for, [N, h, w] -> [N]: the mean activation, as the network
    goes on with it; for what is disliked, the mean response before the ReLU, which the activation would show as 0.
    """
    counted = placed(responses, neuron)
    return tf.reduce_mean(counted if negative else tf.nn.relu(counted), axis=(1, 2))


def placed(responses: tf.Tensor, neuron: bool) -> tf.Tensor:
    """The responses that count, [N, h, w]: all, or for a neuron the one in the middle, [N, 1, 1]."""
    if not neuron:
        return responses
    shape = tf.shape(responses)
    return responses[:, shape[1] // 2, shape[2] // 2][:, None, None]
