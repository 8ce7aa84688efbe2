"""Random networks, odd-sized pictures and the error measure, shared by the tests of many rooms."""

from pathlib import Path

import numpy as np

from deepdream.network.vgg import architecture
from deepdream.network.vgg.model import VGG

SMALL = (4, 5, 6, 7, 8)
"""Widths of a small network of the same topology; all different, so that mix-ups show."""


def random_arrays(widths: tuple[int, ...], seed: int = 0) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Kernels that keep the scale of the activations from layer to layer (He et al. 2015), and small biases."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for name, shape in architecture.kernel_shapes(widths).items():
        kernel = rng.normal(0, np.sqrt(2 / (9 * shape[2])), shape).astype(np.float32)
        arrays[name] = kernel, rng.normal(0, 0.1, shape[3]).astype(np.float32)
    return arrays


def vgg(arrays: architecture.Arrays) -> VGG:
    """A network with these arrays, without a file."""
    return VGG("made here", Path("made-here.safetensors"), "0" * 64, arrays)


def random_picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """[H, W, 3] float32 in 0..1, smooth enough to contain structure."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 8 + 2, width // 8 + 2, 3))
    blown = np.kron(coarse, np.ones((8, 8, 1)))[:height, :width]
    return (0.7 * blown + 0.3 * rng.random((height, width, 3))).astype(np.float32)


def relative_error(found: np.ndarray, reference: np.ndarray) -> float:
    """Norm of the difference over the norm of the reference."""
    return float(np.linalg.norm(np.asarray(found) - np.asarray(reference)) / np.linalg.norm(np.asarray(reference)))
