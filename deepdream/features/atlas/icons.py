"""What the mean activation of a cell looks for: a picture that excites the layer in its direction.

draw(network, layer, directions, settings) -> iterator of the share done, 0..1, and each direction's picture in turn
"""

from collections.abc import Iterator

import numpy as np

from deepdream.features import ascent
from deepdream.features.atlas.settings import AtlasSettings
from deepdream.features.feature import Feature
from deepdream.features.request import Request, batches
from deepdream.features.settings import FeatureSettings, resolved
from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.settings.selection import Choice

COSINE = 4.0
"""The power of the cosine, so that not only the strongest channels count; that of Carter et al.'s notebooks."""


def draw(
    network: Network, layer: Layer, directions: np.ndarray, settings: AtlasSettings
) -> Iterator[float | np.ndarray]:
    """Icons, batch by batch.

    Args:
        network: that the layer is of.
        layer: to excite.
        directions: [K, channels], of any length.
        settings: of the atlas.

    Yields: numbers while it draws; after each batch its pictures, [H, W, 3] float32 RGB in 0..1.
    """
    how = resolved(FeatureSettings(steps=settings.steps, seed=settings.seed, cosine=COSINE), layer)
    assert how.size is not None  # resolved
    units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    choices = [Choice(layer.name, None, 1.0, vector=tuple(map(float, unit))) for unit in units]
    features = tuple(Feature(layer, None, 0, how.size, choice) for choice in choices)
    climb = ascent.climber(network.response(layer.name), how.size, how)
    done = 0
    for batch in batches(Request(network, how, features), features):
        for step in climb(batch):
            yield (done + len(batch) * step.step / settings.steps) / len(features)
        done += len(batch)
        assert step.pictures is not None  # set in the last record
        yield from step.pictures
