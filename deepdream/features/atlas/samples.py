"""What a layer sees at random positions of many pictures.

gather(network, layer, pictures, count, seed) -> Samples
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.objectives.excitement import feature_maps


@dataclass(frozen=True, eq=False)
class Samples:
    """Activations of a layer, one row for each position taken.

    Attributes:
        activations: [M, channels] float32, none of them silent.
        sources: [M] the number of the picture.
        points: [M, 2] (row, column) in pixels: the centre of the position in its picture.
    """

    activations: np.ndarray
    sources: np.ndarray
    points: np.ndarray


def gather(network: Network, layer: Layer, pictures: Iterable[np.ndarray], count: int, seed: int) -> Samples:
    """Activations at random positions, as many from each picture.

    The outermost positions, which see the picture's border as an edge, are taken only if there are no others; positions
    where the layer is silent never.

    Args:
        network: to run on the pictures.
        layer: to look at.
        pictures: [H, W, 3] float32 RGB in 0..1, one at a time.
        count: positions per picture, or all of them where there are fewer.
        seed: of the choice.

    Source: Carter et al. 2019; differs: they take one position of each of a million pictures.
    """
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for number, pixels in enumerate(pictures):
        maps = feature_maps(network, pixels, [layer.name])[layer.name]  # [h, w, channels]
        edge = 1 if min(maps.shape[:2]) > 2 else 0
        inner = maps[edge : maps.shape[0] - edge, edge : maps.shape[1] - edge]
        active = np.argwhere(np.abs(inner).max(axis=2) > 0)
        rng = np.random.default_rng([seed, number])
        chosen = active[rng.permutation(len(active))[:count]]
        points = (chosen + edge) * layer.stride + layer.stride // 2
        found.append((inner[chosen[:, 0], chosen[:, 1]], np.full(len(chosen), number), points))
    activations, sources, points = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Samples(activations.astype(np.float32), sources, points)
