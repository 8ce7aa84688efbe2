"""Paint: an objective whose brushes differ from place to place.

paint_objective(layers, kind) -> Objective          compiled once for all paint on these layers
vectors(brushes, channels) -> {layer: [K, C]}       the brushes as weights of channels

Where and what are tensors that every call passes anew (see `gradient.paint`), so painting or choosing another
channel retraces nothing. It is a density per position like every other objective, so tiles stay exact.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from deepdream.network.network import Activations
from deepdream.network.objective import Brushes, Objective
from deepdream.objectives.layers import KINDS
from deepdream.runtime import tf
from deepdream.settings.selection import Choice


def paint_objective(layers: tuple[str, ...], kind: str = "squares") -> Objective:
    """The mean over positions of the brushes' objectives, each weighted by its share of the position.

    Painted all over with one brush it is what `layer_objective` makes of that brush's selection.

    Args:
        layers: names of the layers that any brush excites.
        kind: of KINDS.
    """
    function = KINDS[kind]

    def densities(activations: Activations, brushes: Brushes) -> dict[str, tf.Tensor]:
        found = {}
        for name in layers:
            share, vector = brushes[name]
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
            if choice.vector is not None:
                found[choice.layer][row] += np.asarray(choice.vector) * choice.weight / len(brush)
                continue
            chosen = range(channels[choice.layer]) if choice.channels is None else choice.channels
            found[choice.layer][row, list(chosen)] += choice.weight / len(chosen) / len(brush)
    return found
