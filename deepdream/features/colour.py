"""From independent components to colours that occur together, and within 0..1.

to_rgb(components [N, H, W, 3]) -> [N, H, W, 3] in 0..1          to_components is its inverse

Source: Olah, Mordvintsev and Schubert 2017 (distill.pub/2017/feature-visualization): follows, with the matrix that
    their code publishes, normalised as there, and the sigmoid as there.
"""

import numpy as np

from deepdream.ascent.shaping import COLOUR_ROOT
from deepdream.runtime import tf

MIXING = (COLOUR_ROOT / np.linalg.norm(COLOUR_ROOT, axis=0).max()).T.astype(np.float32)
"""Component by RGB; the longest of its rows, about light and dark, has length 1."""

_EDGE = 1e-4
"""How near to 0 and 1 a colour may come before it is inverted."""


def to_rgb(components: tf.Tensor) -> tf.Tensor:
    """Mixed as in natural pictures, then bounded by a sigmoid: 0 becomes middle grey."""
    return tf.sigmoid(tf.einsum("nhwc,cd->nhwd", components, tf.constant(MIXING)))


def to_components(rgb: np.ndarray) -> np.ndarray:
    """What `to_rgb` makes these colours of; 0 and 1, which no sigmoid reaches, are taken a little inside."""
    inside = np.clip(rgb, _EDGE, 1 - _EDGE)
    return (np.log(inside / (1 - inside)) @ np.linalg.inv(MIXING)).astype(np.float32)
