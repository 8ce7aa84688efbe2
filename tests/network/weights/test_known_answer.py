"""The pocket network that ships: the manifest's digest is its own, and its reference activations are Keras's."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from deepdream.errors import WeightsError
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import lookup, manifest
from tests.network.weights import known_answer

POCKET = Path(manifest.__file__).with_name("pocket.safetensors")
BLOCKS = (2, 2, 4, 4, 4)


@pytest.fixture(scope="module")
def pocket() -> VGG:
    return lookup.load("pocket")


def test_the_manifest_says_of_the_file_what_the_file_says_of_itself():
    (facts,) = tomllib.loads(lookup.facts(POCKET))["pocket"]["files"]
    assert (manifest.PublishedFile(**facts),) == manifest.read()["pocket"].files


def test_the_picture_is_the_same_everywhere():
    picture = known_answer.picture()
    assert picture.shape == (1, 49, 35, 3)
    for y, x, channel, mean in ((0, 0, 0, 103.939), (48, 0, 1, 116.779), (7, 34, 2, 123.68)):
        assert picture[0, y, x, channel] == np.float32((37 * y + 61 * x + 89 * channel + 3 * x * y) % 256 - mean)


def test_keras_gives_the_known_answer_too(pocket):
    import keras

    signal = start = keras.Input((49, 35, 3))
    stored, seen = safetensors.numpy.load_file(POCKET), {}
    for block, count in enumerate(BLOCKS, 1):
        for index in range(1, count + 1):
            name = f"block{block}_conv{index}"
            pair = [stored[f"{name}/{part}"].astype(np.float32) for part in ("kernel", "bias")]
            layer = keras.layers.Conv2D(len(pair[1]), 3, padding="same", activation="relu")
            signal = layer(signal)
            layer.set_weights(pair)
        seen[name] = signal
        signal = keras.layers.MaxPooling2D()(signal)
    answers = keras.Model(start, seen)(known_answer.picture())
    found = {name: float(np.mean(answer)) for name, answer in answers.items()}
    assert found == pytest.approx(known_answer.POCKET, rel=1e-5)


@pytest.mark.parametrize(
    "fault", ["height and width swapped", "in and out swapped", "channels reversed", "a tenth larger"]
)
def test_a_network_read_in_another_way_gives_other_activations(pocket, fault):
    """Faults that shapes can't reveal."""
    arrays = dict(pocket.arrays)
    kernel, bias = arrays["block3_conv3"]
    first, offset = arrays["block1_conv1"]
    arrays |= {
        "height and width swapped": {"block3_conv3": (kernel.swapaxes(0, 1), bias)},
        "in and out swapped": {"block3_conv3": (kernel.swapaxes(2, 3), bias)},
        "channels reversed": {"block1_conv1": (first[:, :, ::-1], offset)},
        "a tenth larger": {"block3_conv3": (1.1 * kernel, bias)},
    }[fault]
    assert known_answer.means(pocket.arrays) == pytest.approx(known_answer.POCKET, rel=1e-4)
    assert known_answer.means(arrays) != pytest.approx(known_answer.POCKET, rel=1e-3)


def test_a_damaged_package_is_reported(tmp_path, monkeypatch):
    content = bytearray(POCKET.read_bytes())
    content[-5] ^= 1
    damaged = tmp_path / "pocket.safetensors"
    damaged.write_bytes(content)
    monkeypatch.setattr("deepdream.network.weights.locations.__file__", str(tmp_path / "locations.py"))
    with pytest.raises(WeightsError) as caught:
        lookup.load("pocket")
    known = manifest.read()["pocket"].files[0]
    assert caught.value.message == (
        f"{damaged} is damaged or not the published file of {known.size:,} bytes: its {known.size:,} bytes have "
        f"sha256 {manifest.digests(damaged).sha256}, not sha256 {known.sha256}."
    )
    assert caught.value.advice == "Reinstall this package: the file is part of it."


def test_the_manifest_holds_what_the_publisher_of_vgg19_says():
    entry = manifest.read()["vgg19"]
    name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert entry.files[0] == manifest.PublishedFile(name, 80_134_624, "253f8cb515780f3b799900260a226db6", "")
    assert entry.licence == "CC BY 4.0"
    assert all(address.startswith("https://") and address.endswith(f"/{name}") for address in entry.addresses)
    assert len(entry.addresses) == 2
