"""Paint: an objective whose brushes differ from place to place.

paint_objective(layers, kind) -> Objective          compiled once for all paint on these layers
Paint(index, brushes)                               which brush was used at each pixel, and what each brush excites
vectors(brushes, channels) -> {layer: [K, C]}       the brushes as weights of channels
shares(index, stride, count) -> [h, w, K]           how much of a layer's position each brush covers

Where and what are tensors that every call passes anew, so painting or choosing another channel retraces nothing. It is
a density per position like every other objective, so tiles stay exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deepdream.objectives.layers import KINDS
from deepdream.objectives.objective import Activations, Objective
from deepdream.runtime import tf
from deepdream.settings.selection import Choice

Given = Mapping[str, tuple[tf.Tensor, tf.Tensor]]
"""Layer name -> the brushes' shares of its positions [N, h, w, K] and the channels that they excite [K, C]."""


@dataclass(frozen=True, eq=False)
class Paint:
    """Paint on a picture.

    Attributes:
        index: [H, W] uint8, the number of the brush at each pixel from 1; 0 where there is no paint.
        vectors: layer name -> each brush's weights of the layer's channels, [K, C] float32.
    """

    index: np.ndarray
    vectors: Mapping[str, np.ndarray]


def paint_objective(layers: tuple[str, ...], kind: str = "squares") -> Objective:
    """The mean over positions of the brushes' objectives, each weighted by its share of the position.

    Painted all over with one brush it is what `layer_objective` makes of that brush's selection.

    Args:
        layers: names of the layers that any brush excites.
        kind: of KINDS.
    """
    function = KINDS[kind]

    def densities(activations: Activations, given: Given) -> dict[str, tf.Tensor]:
        found = {}
        for name in layers:
            share, vector = given[name]
            by_brush = tf.linalg.matmul(function(activations[name]), vector, transpose_b=True)  # [N, h, w, K]
            found[name] = tf.reduce_sum(by_brush * share, axis=-1)
        return found

    return Objective(layers, densities)


def vectors(brushes: Sequence[Sequence[Choice]], channels: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The weight of every channel in every brush, as `layer_objective` weights them.

    Args:
        brushes: the layers of each brush, with channels and weights.
        channels: layer name -> number of channels; its order is the result's.

    Returns: layer name -> [K, C] float32, for the layers that some brush excites.
    """
    named = {choice.layer for brush in brushes for choice in brush}
    found = {name: np.zeros((len(brushes), count), np.float32) for name, count in channels.items() if name in named}
    for row, brush in enumerate(brushes):
        for choice in brush:
            chosen = range(channels[choice.layer]) if choice.channels is None else choice.channels
            found[choice.layer][row, list(chosen)] = choice.weight / len(chosen) / len(brush)
    return found


def shares(index: np.ndarray, stride: int, count: int) -> np.ndarray:
    """How much of each position of a layer every brush covers.

    Args:
        index: [H, W] uint8, see `Paint`.
        stride: of the layer.
        count: of brushes.

    Returns: [H // stride, W // stride, count] float32 in 0..1.
    """
    height, width = index.shape[0] // stride, index.shape[1] // stride
    cells = index[: height * stride, : width * stride].reshape(height, stride, width, stride)
    covered = [(cells == brush).mean(axis=(1, 3), dtype=np.float32) for brush in range(1, count + 1)]
    return np.stack(covered, axis=-1)
