"""Preprocessing: from RGB 0..1 to the input range that a network was trained on.

to_network(images, space) -> images, [N, H, W, 3] in and out; nothing is clipped. `plain` is independent of the network.
"""

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


def plain(images: tf.Tensor, space: str) -> tf.Tensor:
    """The range 0..1 unchanged ("raw"), scaled to 0..255 ("bytes") or to -1..1 ("signed")."""
    return {"raw": images, "bytes": images * 255.0, "signed": images * 2.0 - 1.0}[space]
