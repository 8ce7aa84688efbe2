"""Networks of keras.applications against Keras itself, with random weights; and the addresses of the real ones."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from deepdream.errors import DownloadError, WeightsError
from deepdream.network.keras_models import applications
from deepdream.network.layers import last_per_stride
from deepdream.network.weights import lookup, manifest
from deepdream.network.weights.manifest import PublishedFile, WeightSet
from deepdream.runtime import tf
from deepdream.settings import NETWORKS
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras = tf.keras

ENDS = {
    "resnet50": ["conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"],
    "inceptionv3": ["activation_2", "activation_4", "mixed2", "mixed7", "mixed10"],
}
SEEN = {"resnet50": 483, "inceptionv3": 1311}
"""Receptive fields in pixels as published (Araujo, Norris and Sim 2019, doi 10.23915/distill.00021)."""


def test_every_network_of_the_settings_has_its_weights_and_its_builder():
    assert {"auto", *manifest.read()} == set(NETWORKS)
    assert {name for name, entry in manifest.read().items() if not entry.widths} == set(applications.BUILDERS)


@pytest.mark.parametrize(
    ("network", "source"),
    [("vgg19", "vgg19"), ("vgg16", "vgg16"), ("inceptionv3", "inception_v3"), ("resnet50", "resnet")],
)
def test_addresses_and_digests_are_those_in_keras_s_own_sources(network, source):
    text = (Path(find_spec("keras").origin).parent / f"src/applications/{source}.py").read_text()
    entry = manifest.read()[network]
    assert all(published.md5 in text for published in entry.files)
    address = entry.addresses[0]
    assert address.endswith(entry.files[0].name)
    assert address.removesuffix(entry.files[0].name) in re.sub(r'"\s*\n\s*"', "", text)


def test_it_is_fetched_from_a_mirror_verified_and_kept(server, homes, monkeypatch):
    content = b"what an address sends"
    server.pages["/resnet.h5"] = content
    monkeypatch.setenv("DEEPDREAM_RESNET50_URL", f"{server.url}/resnet.h5")
    with pytest.raises(DownloadError, match="sends another file"):
        lookup.fetch("resnet50")
    whole = homes / "whole"
    whole.write_bytes(content)
    file = PublishedFile("resnet50.h5", len(content), manifest.digests(whole).md5)
    sets = manifest.read() | {"resnet50": WeightSet("resnet50", (), (file,), (f"{server.url}/resnet.h5",))}
    assert lookup.fetch("resnet50", sets=sets).read_bytes() == content
    states = {(state.location.name, state.location.network): state.status for state in lookup.states(sets=sets)}
    assert (states["cache", "resnet50"], states["Keras", "resnet50"]) == ("verified", "absent")


def test_if_it_can_not_be_fetched_one_sentence_says_what_to_do(server, homes, monkeypatch):
    server.pages["/gone"] = 404
    monkeypatch.setenv("DEEPDREAM_INCEPTIONV3_URL", f"{server.url}/gone")
    with pytest.raises(DownloadError) as caught:
        lookup.load("inceptionv3")
    name = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert caught.value.message == (
        f"The weights of inceptionv3 are in none of the locations searched ({homes / 'cache' / name}, "
        f"{homes / 'keras/models' / name}), and can't be fetched: {server.url}/gone returns 404 Not Found."
    )
    assert "deepdream weights add FILE does that and checks it" in caught.value.advice


def test_a_damaged_file_in_the_cache_is_no_reason_to_fetch_another(homes):
    (homes / "cache/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5").write_text("no weights")
    with pytest.raises(WeightsError, match="is damaged or not the published file") as caught:
        lookup.load("resnet50")
    assert caught.value.advice.startswith("Fetch it again with: deepdream weights fetch resnet50, or ")


@pytest.mark.slow
@pytest.mark.parametrize(("network", "builder"), applications.BUILDERS.items())
def test_table_activations_and_gradient_are_keras_s_own(tmp_path, network, builder):
    truth = keras_examples.calm(getattr(keras.applications, builder)(weights=None, include_top=False))
    path = tmp_path / "random.weights.h5"
    truth.save_weights(path)
    found = lookup.load(network, path)
    assert [layer.name for layer in last_per_stride(found.table)] == ENDS[network]
    assert found.table[-1].receptive_field == SEEN[network]
    assert found.table == applications.table(network)

    image = tf.constant(random_picture(109, 131)[None])
    names = ENDS[network][-3:]
    with tf.GradientTape() as tape:
        tape.watch(image)
        seen = found.activations(tuple(names))(image)
        value = tf.add_n([tf.reduce_mean(tf.square(seen[name])) for name in names])
    slope = tape.gradient(value, image)
    preprocess = getattr(keras.applications, {"resnet50": "resnet50", "inceptionv3": "inception_v3"}[network])
    with tf.GradientTape() as tape:
        tape.watch(image)
        outputs = keras.Model(truth.input, [truth.get_layer(name).output for name in names])(
            preprocess.preprocess_input(image * 255.0), training=False
        )
        true = tf.add_n([tf.reduce_mean(tf.square(output)) for output in outputs])
    for name, output in zip(names, outputs, strict=True):
        assert relative_error(seen[name], output) < 1e-4, name
    assert relative_error(slope, tape.gradient(true, image)) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("top", [True, False])
def test_resnet50_is_read_from_the_layout_that_is_published(tmp_path, top):
    """Keras's published files are of the older layout; with and without the classifier."""
    truth = keras_examples.calm(keras.applications.ResNet50(weights=None, include_top=top))
    path = tmp_path / "older.h5"
    truth.save(path)
    found = lookup.load("resnet50", path)
    image = random_picture(67, 45)[None]
    body = keras.Model(truth.input, truth.get_layer("conv4_block6_out").output)
    if top:  # made for one size
        free = keras.applications.ResNet50(weights=None, include_top=False)
        for layer in free.layers:
            layer.set_weights(truth.get_layer(layer.name).get_weights() if layer.weights else [])
        body = keras.Model(free.input, free.get_layer("conv4_block6_out").output)
    true = body(keras.applications.resnet50.preprocess_input(np.array(image * 255)))
    assert relative_error(found.activations(("conv4_block6_out",))(tf.constant(image))["conv4_block6_out"], true) < 1e-5
