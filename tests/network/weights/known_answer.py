"""Reference activations of the pocket network for one picture, computed in NumPy, to test that it is read correctly.

    means(arrays) -> {layer: mean activation}          on picture()

A digest proves that the file is the published one; this proves the reader: axes, order, type. Written apart from the
TensorFlow path and without its tricks, so that either can be held against the other. Takes 20 ms.
"""

import numpy as np

from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture
from deepdream.network.vgg.architecture import Arrays

POCKET = {
    "block1_conv2": 106.558,
    "block2_conv2": 221.655,
    "block3_conv4": 264.589,
    "block4_conv4": 30.504,
    "block5_conv4": 1.52901,
}
"""Mean activation after ReLU of the last convolution of each block, as Keras computes it."""


def picture(height: int = 49, width: int = 35) -> np.ndarray:
    """The network's own input [1, H, W, 3]: a pattern of no symmetry, odd sides, BGR 0..255 less ImageNet's means."""
    y, x, channel = np.ogrid[:height, :width, :3]
    pattern = (37 * y + 61 * x + 89 * channel + 3 * x * y) % 256
    return (pattern - np.array([103.939, 116.779, 123.68]))[np.newaxis].astype(np.float32)


def means(arrays: Arrays, layers: tuple[str, ...] = tuple(POCKET)) -> dict[str, float]:
    """Mean activation after ReLU of the given layers, on `picture()`."""
    signal, found = picture()[0], {}
    for layer in truncate(architecture.layers(*architecture.blocks(arrays)), set(layers)):
        signal = _pool(signal) if layer.kind == "pool" else np.maximum(_convolve(signal, *arrays[layer.name]), 0)
        if layer.name in layers:
            found[layer.name] = float(signal.mean())
    return found


def _convolve(signal: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """[H, W, in] -> [H, W, out]: a 3x3 convolution with zeros around, as nine products."""
    height, width = signal.shape[:2]
    padded = np.pad(signal, ((1, 1), (1, 1), (0, 0)))
    return bias + sum(padded[i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3))


def _pool(signal: np.ndarray) -> np.ndarray:
    """[H, W, C] -> [H // 2, W // 2, C]: the maximum of each 2x2; an odd edge is dropped."""
    height, width = signal.shape[0] // 2, signal.shape[1] // 2
    return signal[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1).max((1, 3))
