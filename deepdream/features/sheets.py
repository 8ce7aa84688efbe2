"""The sheets of `deepdream activations`: heat maps over a picture, and feature maps of noise.

heatmaps(network, found, pixels, name, icons) -> sheet    noise(network, layers, seed) -> sheet, [H, W, 3] float32
"""

from collections.abc import Mapping, Sequence

import numpy as np

from deepdream.features.activations import ChannelActivation
from deepdream.images import heatmap
from deepdream.images.contact_sheet import sheet, valued
from deepdream.images.scale import resize, scaled
from deepdream.network.network import Network
from deepdream.objectives.excitement import feature_maps
from deepdream.settings import Size

COLUMNS, CELL, TALLEST = 8, 220, 1.5
"""Cells in a row, their width in pixels, and their largest height over width."""

GUTTER = 6
"""Pixels between an icon and the heat map beside it; with icons, half as many cells are in a row."""

NOISE_SIDE, NOISE_COLUMNS, NOISE_CELL = 224, 4, 200
"""The noise view of the project that this tool grew from: 4 columns."""


def heatmaps(
    network: Network,
    found: Mapping[str, Sequence[ChannelActivation]],
    pixels: np.ndarray,
    name: str,
    icons: Mapping[tuple[str, int], np.ndarray] | None = None,
) -> np.ndarray:
    """The picture, then each layer's heat maps over it, strongest first.

    Args:
        network: that the channels are of.
        found: by layer.
        pixels: [H, W, 3], the picture.
        name: its name.
        icons: by layer and channel, what each channel looks for, drawn beside its heat map; None for none.
    """
    strides = {layer.name: layer.stride for layer in network.table}
    high = max(1, round(CELL * min(TALLEST, pixels.shape[0] / pixels.shape[1])))
    columns, wide = (COLUMNS, CELL) if icons is None else (COLUMNS // 2, CELL + GUTTER + high)
    rows = [[(name, pixels)]]
    for layer, channels in found.items():
        cells = []
        for one in channels:
            shown = heatmap.overlay(pixels, one.map, strides[layer])
            if icons is not None:
                shown = _beside(icons[layer, one.channel], shown, (high, CELL))
            cells.append((valued(f"{layer}:{one.channel}", one.excitement), shown))
        rows += [cells[start : start + columns] for start in range(0, len(cells), columns)]
    return sheet(rows, cell=(high, wide))


def _beside(icon: np.ndarray, shown: np.ndarray, cell: Size) -> np.ndarray:
    """An icon as tall as the cell, and the heat map right of it, on white."""
    height, width = cell
    canvas = np.ones((height, height + GUTTER + width, 3), np.float32)
    canvas[:, :height] = resize(icon, (height, height)).clip(0, 1)
    fitted = scaled(shown.shape[:2], min(height / shown.shape[0], width / shown.shape[1]))
    top, left = (height - fitted[0]) // 2, height + GUTTER + (width - fitted[1]) // 2
    canvas[top : top + fitted[0], left : left + fitted[1]] = resize(shown, fitted).clip(0, 1)
    return canvas


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
