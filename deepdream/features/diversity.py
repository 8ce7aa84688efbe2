"""How similar several pictures of one channel are to the network, so that they can be pushed apart.

similarity(activations [N, h, w, C], group) -> [N]

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization), "Diversity": the cosine between
    the Gram matrices of the pictures' activations, after Gatys et al. 2015; follows. Differs: the mean over the other
    pictures instead of the sum, and its weight is a share of the response (see ascent), so that it means the same for
    every channel and network.
"""

from deepdream.runtime import tf


def similarity(activations: tf.Tensor, group: int) -> tf.Tensor:
    """For each picture, the mean cosine between its Gram matrix and those of the others in its group.

    Args:
        activations: [N, h, w, C]; N is a multiple of the group.
        group: pictures of one channel, side by side; at least 2.

    Returns: [N], 1 for pictures that the layer can't tell apart.
    """
    grams = tf.einsum("nhwc,nhwd->ncd", activations, activations)
    channels = tf.shape(activations)[3]
    flat = tf.math.l2_normalize(tf.reshape(grams, [-1, group, channels * channels]), axis=-1)
    cosines = tf.matmul(flat, flat, transpose_b=True)  # [N / group, group, group]
    others = cosines - tf.linalg.diag(tf.linalg.diag_part(cosines))
    return tf.reshape(tf.reduce_sum(others, axis=-1), [-1]) / (group - 1)
