"""Weight files of every accepted format, made on the fly with small random networks of odd widths."""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import safetensors.numpy

from deepdream.network.weights import manifest
from deepdream.network.weights.manifest import PublishedFile, WeightSet

Named = dict[str, np.ndarray]

BLOCKS = (2, 2, 4, 4, 4)
LAYERS = [f"block{block}_conv{index}" for block, count in enumerate(BLOCKS, 1) for index in range(1, count + 1)]
VGG = (2, 3, 5, 4, 7)
"""Widths in place of VGG19's, so that its file has a few kilobytes."""
OTHER = (3, 4, 2, 6, 5)
"""Widths in place of the pocket network's, for tests that don't use its own file."""
NAME = "small_vgg19_notop.h5"


def random_named(widths: tuple[int, ...] = VGG, seed: int = 19) -> Named:
    """Every kernel [3, 3, in, out] and bias [out] by name, in forward order, after He et al. 2015."""
    rng, named, before = np.random.default_rng(seed), {}, 3
    for layer in LAYERS:
        width = widths[int(layer[5]) - 1]
        scale = np.sqrt(2 / (9 * before))
        named[f"{layer}/kernel"] = rng.normal(0, scale, (3, 3, before, width)).astype(np.float32)
        named[f"{layer}/bias"] = rng.normal(0, 0.1, width).astype(np.float32)
        before = width
    return named


def pairs(named: Mapping[str, np.ndarray]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {layer: (named[f"{layer}/kernel"], named[f"{layer}/bias"]) for layer in LAYERS}


def save_legacy(
    path: Path, named: Mapping[str, np.ndarray], stored: str = "{layer}_{part}_1:0", top: bool = False
) -> Path:
    """Keras's published layout to the letter: byte strings in the attributes, groups of pools and input empty."""
    layers = ["input_1"]
    for block, count in enumerate(BLOCKS, 1):
        layers += [*(f"block{block}_conv{index}" for index in range(1, count + 1)), f"block{block}_pool"]
    layers += ["flatten", "fc1", "fc2", "predictions"] if top else []
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array(layers, "S")
        file.attrs["backend"] = np.bytes_("tensorflow")
        file.attrs["keras_version"] = np.bytes_("1.1.1")
        for layer in layers:
            group, names = file.create_group(layer), []
            for part, letter in (("kernel", "W"), ("bias", "b")):
                if layer in ("fc1", "fc2", "predictions"):
                    array = np.zeros((4, 4) if part == "kernel" else 4, np.float32)
                elif f"{layer}/{part}" in named:
                    array = named[f"{layer}/{part}"]
                else:
                    continue
                names.append(stored.format(layer=layer, part=letter))
                group.create_dataset(names[-1], data=array)
            group.attrs["weight_names"] = np.array(names, "S") if names else np.array([], float)
    return path


def save_keras3(path: Path, named: Mapping[str, np.ndarray], top: bool = False) -> Path:
    """Keras 3's .weights.h5 without the names that newer versions add: the numbers alone carry the order."""
    with h5py.File(path, "w") as file:
        for number, layer in enumerate(LAYERS):
            variables = file.create_group(f"layers/conv2d_{number}/vars" if number else "layers/conv2d/vars")
            variables["0"], variables["1"] = named[f"{layer}/kernel"], named[f"{layer}/bias"]
        for number in range(5):
            file.create_group(f"layers/max_pooling2d_{number}/vars" if number else "layers/max_pooling2d/vars")
        for layer in ("dense", "dense_1") if top else ():
            variables = file.create_group(f"layers/{layer}/vars")
            variables["0"], variables["1"] = np.ones((3, 2), np.float32), np.ones(2, np.float32)
    return path


def save_npz(path: Path, named: Mapping[str, np.ndarray]) -> Path:
    np.savez(path, **named)
    return path


def save_safetensors(path: Path, named: Mapping[str, np.ndarray]) -> Path:
    safetensors.numpy.save_file(dict(named), path)
    return path


def published(path: Path, *addresses: str) -> dict[str, WeightSet]:
    """A manifest in which this file is VGG19's, beside the package's real pocket network."""
    found = manifest.digests(path)
    file = PublishedFile(NAME, found.size, found.md5)
    return {"vgg19": WeightSet("vgg19", VGG, (file,), addresses), "pocket": manifest.read()["pocket"]}
