"""Known results: a correct file in another format is distinguished from a wrong one of the same shapes."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from deepdream import images
from deepdream.network.weights import lookup, manifest, statistics
from deepdream.settings import SAMPLE
from tests.support import random_picture

VGG16 = os.environ.get("DEEPDREAM_TEST_VGG16", "")
"""A file of VGG16's published weights; they are no part of the repository."""


@pytest.fixture(scope="module")
def pocket():
    return lookup.load("pocket")


@pytest.fixture(scope="module")
def picture():
    return random_picture(61, 83)


def test_statistics_are_of_each_convolutions_activations(pocket, picture):
    found = statistics.of(pocket, picture)
    assert list(found) == list(pocket.arrays)
    kernel, bias = pocket.arrays["block1_conv1"]
    shown = picture[..., ::-1] * 255 - np.array([103.939, 116.779, 123.68], np.float32)
    patches = np.lib.stride_tricks.sliding_window_view(np.pad(shown, ((1, 1), (1, 1), (0, 0))), (3, 3), axis=(0, 1))
    expected = np.maximum(np.einsum("hwcij,ijco->hwo", patches, kernel) + bias, 0)
    assert found["block1_conv1"] == pytest.approx((expected.mean(), expected.std()), rel=1e-4)


def test_the_same_weights_in_half_precision_are_right_and_others_are_wrong(pocket, picture):
    published = statistics.of(pocket, picture)
    rounded = {
        name: tuple(a.astype(np.float16).astype(np.float32) for a in pair) for name, pair in pocket.arrays.items()
    }
    assert statistics.judged(replace(pocket, arrays=rounded), picture, published) == (
        "Its activations on the sample picture are those of pocket as published."
    )


ORDERS = {
    "colours the other way round": lambda kernel: kernel[:, :, ::-1],
    "height and width exchanged": lambda kernel: kernel.transpose(1, 0, 2, 3),
    "as a convolution, not a correlation": lambda kernel: kernel[::-1, ::-1],
    "left and right exchanged": lambda kernel: kernel[:, ::-1],
}
"""How another library or a mistake may have stored the kernels."""


@pytest.mark.parametrize("order", ORDERS)
def test_kernels_in_another_order_are_told_from_the_right_ones(pocket, picture, order):
    published = statistics.of(pocket, picture)
    turned = {
        name: (np.ascontiguousarray(ORDERS[order](kernel)), bias) for name, (kernel, bias) in pocket.arrays.items()
    }
    wrong = statistics.judged(replace(pocket, arrays=turned), picture, published)
    assert wrong.startswith("Its activations on the sample picture are not those of pocket as published: block")
    assert wrong.endswith(" It is of another training, or stored in another order.")


def test_vgg16s_are_in_the_manifest_for_every_convolution():
    entry = manifest.read()["vgg16"]
    assert len(entry.statistics) == sum(entry.counts)
    assert manifest.read()["vgg19"].statistics == {}


@pytest.mark.skipif(not VGG16, reason="DEEPDREAM_TEST_VGG16 names no file")
def test_the_published_weights_of_vgg16_are_known_and_shuffled_ones_are_not(tmp_path):
    sample = images.read(SAMPLE).pixels
    (state,) = lookup.verify(Path(VGG16), picture=sample)
    assert state.judgement == "Its activations on the sample picture are those of vgg16 as published."
    tensors = load_file(VGG16)
    tensors["block3_conv2/kernel"] = np.ascontiguousarray(tensors["block3_conv2/kernel"][:, :, ::-1])
    save_file(tensors, tmp_path / "shuffled.safetensors")
    (state,) = lookup.verify(tmp_path / "shuffled.safetensors", picture=sample)
    assert "block3_conv2 has mean" in state.judgement
