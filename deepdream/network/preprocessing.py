"""Preprocessing: from RGB 0..1 to the input range that a network was trained on.

to_network(images, space) -> images, [N, H, W, 3] in and out; nothing is clipped. `plain` is independent of the network.
spread(images, channels) -> [N, H, W, channels]       for a network of grey pictures, or of more bands
"""

import numpy as np

from deepdream.runtime import tf

MEANS_BGR = (103.939, 116.779, 123.68)
"""ImageNet's channel means, 0..255, BGR as in the weight files (Simonyan and Zisserman 2015, trained in Caffe)."""


def to_network(images: tf.Tensor, space: str) -> tf.Tensor:
    """The network's input.

    Args:
        images: [N, H, W, 3] float32 RGB in 0..1.
        space: "network" for BGR in 0..255 minus the means; "raw" for 0..1 unchanged, "bytes" for 0..255, "signed" for
            -1..1.
    """
    if space != "network":
        return plain(images, space)
    return images[..., ::-1] * 255.0 - tf.constant(MEANS_BGR)


GREY = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey, after Rec. ITU-R BT.601, as Pillow converts to grey."""


def spread(images: tf.Tensor, channels: int) -> tf.Tensor:
    """Pictures for a network that takes other channels than red, green and blue.

    Args:
        images: [N, H, W, 3].
        channels: 1 for grey. Any other number is spread evenly from red over green to blue, with channels between them
            mixed of two; sensors of more bands are mostly listed by wavelength.

    Returns: [N, H, W, channels].
    """
    if channels == 3:
        return images
    if channels == 1:
        return tf.tensordot(images, tf.constant(GREY)[:, None], axes=1)
    along = np.linspace(0.0, 2.0, channels)  # 0 red, 1 green, 2 blue
    shares = np.maximum(1 - np.abs(along[None] - np.arange(3.0)[:, None]), 0.0)  # [3, channels]
    return tf.tensordot(images, tf.constant(shares.astype(np.float32)), axes=1)


def plain(images: tf.Tensor, space: str) -> tf.Tensor:
    """The range 0..1 unchanged ("raw"), scaled to 0..255 ("bytes") or to -1..1 ("signed")."""
    return {"raw": images, "bytes": images * 255.0, "signed": images * 2.0 - 1.0}[space]
