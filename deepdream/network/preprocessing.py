"""From RGB 0..1 to the numbers that a network was trained on. The only file that knows them.

to_network(images, space) -> images, [N, H, W, 3] in and out; nothing is clipped. `plain` knows no network at all.
"""

from deepdream.runtime import tf

MEANS_BGR = (103.939, 116.779, 123.68)
"""ImageNet's channel means, 0..255, in the order of the files' channels (Simonyan and Zisserman 2015, by Caffe)."""


def to_network(images: tf.Tensor, space: str) -> tf.Tensor:
    """The network's input.

    Args:
        images: [N, H, W, 3] float32 RGB in 0..1.
        space: "network" for BGR in 0..255 with the means taken off; "raw" for the numbers as they are, "bytes" for
            0..255, "signed" for -1..1.
    """
    if space != "network":
        return plain(images, space)
    return images[..., ::-1] * 255.0 - tf.constant(MEANS_BGR)


def plain(images: tf.Tensor, space: str) -> tf.Tensor:
    """The numbers 0..1 as they are ("raw"), as 0..255 ("bytes") or as -1..1 ("signed")."""
    return {"raw": images, "bytes": images * 255.0, "signed": images * 2.0 - 1.0}[space]
