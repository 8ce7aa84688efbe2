"""The pocket network that ships: loaded, refused when damaged, whole, and alive.

Dead is a channel that no natural picture wakes; docs/pocket.md says how many are, of 1,500 training pictures. Those are
not here, so tested is something harsher: how many channels stay silent everywhere in the one sample picture, and on
noise of natural spectrum, which shows the last layers little of what they look for.
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepdream import SAMPLE, images
from deepdream.errors import WeightsError
from deepdream.images import canvases
from deepdream.network.vgg import architecture
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import lookup, manifest
from deepdream.objectives import excitement

FILE = Path(manifest.__file__).with_name("pocket.safetensors")
VGG19 = [layer.name for layer in architecture.layers(manifest.read()["vgg19"].widths)]
CONVOLUTIONS = [name for name in VGG19 if "conv" in name]
SILENT, SILENT_ON_NOISE = 0.06, 0.15
"""Share of channels that may stay silent. Deep ones are choosy, as VGG16's are: noise has nothing for many of them."""


@pytest.fixture(scope="module")
def pocket() -> VGG:
    return lookup.load("pocket")


@pytest.fixture(scope="module")
def seen(pocket) -> dict[str, np.ndarray]:
    """Every layer's activations for the sample picture."""
    return excitement.feature_maps(pocket, images.read(SAMPLE).pixels, VGG19)


def test_the_file_verifies_and_is_small_enough():
    (state,) = [state for state in lookup.verify() if state.location.path == FILE]
    assert (state.status, state.network) == ("verified", "pocket")
    assert FILE.stat().st_size <= 10 * 2**20


@pytest.mark.parametrize("fault", ["a bit turned", "cut short", "something behind it"])
def test_a_corrupted_file_is_rejected(fault, tmp_path, monkeypatch):
    damaged = Path(shutil.copyfile(FILE, tmp_path / FILE.name))
    content = bytearray(FILE.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(
        {"a bit turned": content, "cut short": content[:-1000], "something behind it": FILE.read_bytes() + b"\0"}[fault]
    )
    monkeypatch.setattr("deepdream.network.weights.locations.__file__", str(tmp_path / "locations.py"))
    with pytest.raises(WeightsError, match="is damaged or not the published file"):
        lookup.load("pocket")


def test_it_has_every_layer_of_vgg19_in_its_order(pocket, seen):
    assert list(pocket.arrays) == CONVOLUTIONS
    assert list(seen) == VGG19
    for layer in architecture.layers(pocket.widths):
        assert seen[layer.name].shape == (600 // layer.stride, 900 // layer.stride, layer.channels)


def test_it_carries_the_usual_activation_of_each_layer(pocket):
    assert {name: mean.shape for name, mean in pocket.usual.items()} == {
        layer.name: (layer.channels,) for layer in pocket.table
    }
    assert all(mean.min() >= 0 for mean in pocket.usual.values())


def silent(*maps: Mapping[str, np.ndarray]) -> float:
    """Share of the convolutions' channels that are zero at every position of every picture."""
    awake = [np.any([seen[name].max((0, 1)) > 0 for seen in maps], axis=0) for name in CONVOLUTIONS]
    return 1 - float(np.concatenate(awake).mean())


def noise(side: int, seed: int) -> np.ndarray:
    return canvases.canvas("pink", (side, side), np.random.default_rng(seed))


def test_hardly_a_channel_is_silent_in_the_sample_picture(seen):
    assert silent(seen) < SILENT


def test_hardly_a_channel_is_silent_on_noise_of_natural_spectrum(pocket):
    assert (
        silent(*(excitement.feature_maps(pocket, noise(256, seed), CONVOLUTIONS) for seed in range(4)))
        < SILENT_ON_NOISE
    )


def test_a_dead_channel_would_be_counted(pocket):
    kernel, bias = pocket.arrays["block5_conv4"]
    dead = {"block5_conv4": (kernel, np.where(np.arange(bias.size) < 100, np.float32(-1e6), bias))}
    alive, without = (
        silent(excitement.feature_maps(replace(pocket, arrays=arrays), noise(64, 0), CONVOLUTIONS))
        for arrays in (pocket.arrays, pocket.arrays | dead)
    )
    assert without > alive
