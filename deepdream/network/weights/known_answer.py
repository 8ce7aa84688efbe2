"""Does the network still answer what it answered when it was made? One small picture through it, in NumPy.

    means(pairs, layers) -> {layer: mean activation};  check(path, pairs, expected) raises where they differ

A digest proves that the file is the published one; this proves that it is read as it was meant (axes, order, type).
Written apart from the TensorFlow path and without its tricks, so that either can be held against the other.
Takes 20 ms for the pocket network.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from deepdream.errors import WeightsError
from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture
from deepdream.network.vgg.architecture import Arrays

TOLERANCE = 1e-3
"""Largest relative difference; sums in float32 move by about 1e-6 from machine to machine."""

LAYERS = ("block1_conv2", "block2_conv2", "block3_conv4", "block4_conv4", "block5_conv4")
"""Whose means a manifest records: the last convolution of each block."""


def picture(height: int = 49, width: int = 35) -> np.ndarray:
    """The network's own input [1, H, W, 3]: a pattern of no symmetry, odd sides, BGR 0..255 less ImageNet's means."""
    y, x, channel = np.ogrid[:height, :width, :3]
    pattern = (37 * y + 61 * x + 89 * channel + 3 * x * y) % 256
    return (pattern - np.array([103.939, 116.779, 123.68]))[np.newaxis].astype(np.float32)


def means(pairs: Arrays, layers: tuple[str, ...] = LAYERS) -> dict[str, float]:
    """Mean activation after ReLU of the layers asked for, on `picture()`."""
    signal, found = picture()[0], {}
    widths = tuple(pairs[f"block{block}_conv1"][1].size for block in range(1, 6))
    for layer in truncate(architecture.layers(widths), set(layers)):
        signal = _pool(signal) if layer.kind == "pool" else np.maximum(_convolve(signal, *pairs[layer.name]), 0)
        if layer.name in layers:
            found[layer.name] = float(signal.mean())
    return found


def check(path: Path, pairs: Arrays, expected: Mapping[str, float]) -> None:
    """Nothing, where the network answers as expected (always, where nothing is).

    Raises:
        WeightsError: a mean differs by more than TOLERANCE.
    """
    for layer, value in (means(pairs, tuple(expected)) if expected else {}).items():
        if not abs(value - expected[layer]) <= TOLERANCE * abs(expected[layer]):
            raise WeightsError(
                f"The network in {path} answers the known picture with a mean of {value:.6g} at {layer}, "
                f"and has to with {expected[layer]:.6g}."
            )


def _convolve(signal: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """[H, W, in] -> [H, W, out]: a 3x3 convolution with zeros around, as nine products."""
    height, width = signal.shape[:2]
    padded = np.pad(signal, ((1, 1), (1, 1), (0, 0)))
    return bias + sum(padded[i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3))


def _pool(signal: np.ndarray) -> np.ndarray:
    """[H, W, C] -> [H // 2, W // 2, C]: the largest of each 2x2; an odd edge is cut."""
    height, width = signal.shape[0] // 2, signal.shape[1] // 2
    return signal[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1).max((1, 3))
