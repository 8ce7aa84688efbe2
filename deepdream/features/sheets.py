"""The sheets of `deepdream activations`: heat maps over a picture, and feature maps of noise.

heatmaps(network, found, pixels, name) -> sheet    noise(network, layers, seed) -> sheet, [H, W, 3] float32
"""

from collections.abc import Mapping, Sequence

import numpy as np

from deepdream.features import heatmap
from deepdream.features.activations import ChannelActivation, feature_maps
from deepdream.images.contact_sheet import sheet
from deepdream.network.network import Network

COLUMNS, CELL, TALLEST = 8, 220, 1.5
"""Cells in a row, their width in pixels, and their largest height over width."""

NOISE_SIDE, NOISE_COLUMNS, NOISE_CELL = 224, 4, 200
"""The noise view of the project that this tool grew from: 4 columns."""


def heatmaps(
    network: Network, found: Mapping[str, Sequence[ChannelActivation]], pixels: np.ndarray, name: str
) -> np.ndarray:
    """The picture, then each layer's heat maps over it, strongest first.

    Args:
        network: that the channels are of.
        found: by layer.
        pixels: [H, W, 3], the picture.
        name: its name.
    """
    strides = {layer.name: layer.stride for layer in network.table}
    rows = [[(name, pixels)]]
    for layer, channels in found.items():
        cells = [
            (f"{layer}:{one.channel} ({one.excitement:.3g})", heatmap.overlay(pixels, one.map, strides[layer]))
            for one in channels
        ]
        rows += [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    height, width = pixels.shape[:2]
    return sheet(rows, cell=(max(1, round(CELL * min(TALLEST, height / width))), CELL))


def noise(network: Network, layers: Mapping[str, Sequence[int] | None], seed: int) -> np.ndarray:
    """The feature maps of uniform noise, each from its minimum to its maximum in viridis.

    Args:
        network: to run on the noise.
        layers: layer name -> the channels to show; None for all.
        seed: of the noise.
    """
    picture = np.random.default_rng(seed).random((NOISE_SIDE, NOISE_SIDE, 3), np.float32)
    cells = []
    for layer, maps in feature_maps(network, picture, tuple(layers)).items():
        wanted = layers[layer]
        for channel in range(maps.shape[-1]) if wanted is None else wanted:
            cells.append((f"{layer}:{channel}", heatmap.enlarged(heatmap.plain(maps[..., channel]), NOISE_CELL)))
    return sheet(
        [cells[start : start + NOISE_COLUMNS] for start in range(0, len(cells), NOISE_COLUMNS)], cell=NOISE_CELL
    )
