"""The search path for weights, its order, and the messages for missing and damaged files."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepdream.errors import DownloadError, SettingError, WeightsError
from deepdream.network.weights import lookup, manifest
from tests.network.weights import weight_files
from tests.network.weights.weight_files import NAME, OTHER, random_named

USE_POCKET = "use the small network that ships with the package: deepdream dream --network pocket"
FETCH_AGAIN = f"Fetch it again with: deepdream weights fetch, or {USE_POCKET}"
CLOSED = "http://127.0.0.1:1/small.h5"
"""An address where no server listens."""


@pytest.fixture
def original(homes: Path) -> Path:
    return weight_files.save_legacy(homes / "original.h5", random_named())


@pytest.fixture
def sets(original):
    return weight_files.published(original, CLOSED)


@pytest.fixture
def cached(homes) -> Path:
    return homes / "cache" / NAME


@pytest.fixture
def kept_by_keras(homes) -> Path:
    return homes / "keras/models" / NAME


def put(file: Path, *places: Path) -> None:
    for place in places:
        shutil.copyfile(file, place)


def own_file(folder: Path, seed: int) -> Path:
    """A user's own weights, different for each seed."""
    return weight_files.save_npz(folder / f"own{seed}.npz", random_named(seed=seed))


def test_each_location_takes_precedence_over_those_after_it(homes, sets, original, cached, kept_by_keras, monkeypatch):
    put(original, kept_by_keras)
    assert lookup.load(sets=sets).path == kept_by_keras
    put(original, cached)
    assert lookup.load(sets=sets).path == cached
    monkeypatch.setenv("DEEPDREAM_WEIGHTS", str(own_file(homes, 1)))
    assert lookup.load(sets=sets).path == homes / "own1.npz"
    assert lookup.load("vgg19", own_file(homes, 2), sets=sets).path == homes / "own2.npz"


def test_the_digest_is_the_files_sha256(homes, sets, original, cached):
    put(original, cached)
    assert lookup.load(sets=sets).digest == manifest.digests(original).sha256


def test_a_second_published_file_counts_if_the_first_is_missing(homes, sets, original, kept_by_keras):
    whole = weight_files.save_legacy(kept_by_keras.with_name("whole.h5"), random_named(), top=True)
    file = manifest.PublishedFile("whole.h5", md5=manifest.digests(whole).md5)
    sets["vgg19"] = replace(sets["vgg19"], files=(*sets["vgg19"].files, file))
    assert lookup.load("vgg19", sets=sets).path == whole
    put(original, kept_by_keras)
    assert lookup.load("vgg19", sets=sets).path == kept_by_keras


def test_home_stands_for_the_users_folder(homes, sets, original, monkeypatch):
    monkeypatch.setenv("HOME", str(homes))
    monkeypatch.setenv("USERPROFILE", str(homes))
    monkeypatch.delenv("KERAS_HOME")
    (homes / ".keras/models").mkdir(parents=True)
    put(original, homes / ".keras/models" / NAME)
    assert lookup.load("vgg19", sets=sets).path == homes / ".keras/models" / NAME
    assert lookup.load("vgg19", Path("~/original.h5"), sets=sets).path == original


def test_without_a_variable_the_cache_is_the_platforms(homes, monkeypatch):
    monkeypatch.delenv("DEEPDREAM_CACHE")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name, appauthor: homes / "platform" / name)
    assert lookup.states()[1].location.path.parent == homes / "platform/deepdream"


def test_a_file_named_in_the_environment_must_exist(homes, sets, original, cached, monkeypatch):
    put(original, cached)
    monkeypatch.setenv("DEEPDREAM_WEIGHTS", str(homes / "gone.h5"))
    for network in ("auto", "vgg19"):
        with pytest.raises(WeightsError) as caught:
            lookup.load(network, sets=sets)
        assert caught.value.message == f"There is no weight file {homes / 'gone.h5'}."
        assert caught.value.advice == f"Correct or unset DEEPDREAM_WEIGHTS, or {USE_POCKET}"
    assert lookup.load("pocket", sets=sets).name == "pocket"  # as the advice says


def test_a_pocket_file_in_the_environment_is_used_for_auto_and_not_for_vgg19(homes, sets, monkeypatch):
    path = weight_files.save_npz(homes / "mine.npz", random_named((16, 32, 64, 128, 128)))
    monkeypatch.setenv("DEEPDREAM_WEIGHTS", str(path))
    assert lookup.load(sets=sets).path == path
    with pytest.raises(WeightsError) as caught:
        lookup.load("vgg19", sets=sets)
    assert caught.value.message == f"{path} holds the weights of pocket, and vgg19 was asked for."


def test_vgg19_by_name_is_never_replaced_and_says_where_it_looked(homes, sets, cached, kept_by_keras):
    with pytest.raises(DownloadError) as caught:
        lookup.load("vgg19", sets=sets)
    assert caught.value.message == (
        f"The weights of vgg19 are in none of the locations searched (DEEPDREAM_WEIGHTS: not set, {cached}, "
        f"{kept_by_keras}), and can't be fetched: {CLOSED} can't be reached."
    )
    assert caught.value.advice == (
        f"Download {NAME} by hand and put it at {cached} (deepdream weights add FILE does that and checks it), "
        f"or {USE_POCKET}"
    )


def test_the_real_manifests_two_addresses_are_in_the_message(homes, monkeypatch):
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")  # no request leaves this machine
    with pytest.raises(DownloadError) as caught:
        lookup.load("vgg19")
    name = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
    assert caught.value.message == (
        f"The weights of vgg19 are in none of the locations searched (DEEPDREAM_WEIGHTS: not set, "
        f"{homes / 'cache' / name}, {homes / 'keras/models' / name}), and can't be fetched: "
        f"https://storage.googleapis.com/tensorflow/keras-applications/vgg19/{name} can't be reached; "
        f"https://github.com/fchollet/deep-learning-models/releases/download/v0.1/{name} can't be reached."
    )
    assert lookup.load().note == (
        "VGG19's weights are not here and can't be fetched (storage.googleapis.com can't be reached; "
        "github.com can't be reached), so the small pocket network is used; "
        "to get them: deepdream weights fetch"
    )


def test_auto_falls_back_to_the_package_and_says_so(sets):
    found = lookup.load(sets=sets)
    assert (found.name, found.path.name) == ("pocket", "pocket.safetensors")
    assert found.note == (
        "VGG19's weights are not here and can't be fetched (127.0.0.1:1 can't be reached), "
        "so the small pocket network is used; to get them: deepdream weights fetch"
    )
    assert lookup.load("pocket", sets=sets).note == ""


@pytest.mark.parametrize("network", ["auto", "vgg19"])
def test_a_damaged_file_in_a_cache_is_an_error_without_fallback(sets, original, cached, kept_by_keras, network):
    put(original, kept_by_keras)
    cached.write_bytes(original.read_bytes()[:-1])
    size, found = original.stat().st_size, manifest.digests(cached)
    with pytest.raises(WeightsError) as caught:
        lookup.load(network, sets=sets)
    assert caught.value.message == (
        f"{cached} is damaged or not the published file of {size:,} bytes: "
        f"its {size - 1:,} bytes have md5 {found.md5}, not md5 {manifest.digests(original).md5}."
    )
    assert caught.value.advice == FETCH_AGAIN


def test_a_network_that_does_not_exist_is_rejected(sets):
    with pytest.raises(SettingError) as caught:
        lookup.load("vgg18", sets=sets)
    assert str(caught.value) == (
        "network 'vgg18' is not one of auto, vgg19, pocket, nor a model's file (.keras, .h5, .hdf5, saved_model.pb). "
        "Did you mean vgg19?"
    )


def test_the_states_list_every_location_in_order(homes, sets, original, cached, kept_by_keras, monkeypatch):
    put(original, kept_by_keras)
    cached.write_text("no weights")
    env, cache, keras, package = lookup.states(sets=sets)
    assert (env.location.name, env.location.path, env.status) == ("DEEPDREAM_WEIGHTS", None, "absent")
    assert (cache.location.name, cache.location.path, cache.status) == ("cache", cached, "refused")
    assert cache.message.startswith(f"{cached} is damaged or not the published file")
    assert cache.advice == FETCH_AGAIN
    assert (keras.location.name, keras.status, keras.network) == ("Keras", "verified", "vgg19")
    assert keras.digest == manifest.digests(original).sha256
    assert (package.location.name, package.status, package.network) == ("package", "verified", "pocket")
    cached.unlink()
    monkeypatch.setenv("DEEPDREAM_WEIGHTS", str(homes / "gone.npz"))
    env, cache, *_ = lookup.states(sets=sets)
    assert (env.status, env.message) == ("refused", f"There is no weight file {homes / 'gone.npz'}.")
    assert (cache.status, cache.message) == ("absent", "")


def test_verify_gives_what_is_here_or_the_first_fault(homes, sets, original, cached, kept_by_keras):
    assert [state.location.name for state in lookup.verify(sets=sets)] == ["package"]
    put(original, cached)
    assert [state.network for state in lookup.verify(sets=sets)] == ["vgg19", "pocket"]
    kept_by_keras.write_text("no weights")
    with pytest.raises(WeightsError) as caught:
        lookup.verify(sets=sets)
    assert caught.value.message.startswith(f"{kept_by_keras} is damaged or not the published file")


def test_verify_looks_at_a_file_of_the_user(homes, sets):
    (state,) = lookup.verify(own_file(homes, 3), sets=sets)
    assert (state.location.name, state.status, state.network) == ("file", "verified", "vgg19")
    with pytest.raises(WeightsError) as caught:
        lookup.verify(homes / "gone.npz", sets=sets)
    assert caught.value.message == f"There is no weight file {homes / 'gone.npz'}."


def test_a_file_downloaded_by_hand_is_added_under_its_own_name(homes, sets, original, cached):
    put(original, homes / "notop (1).h5")
    assert lookup.add(homes / "notop (1).h5", sets=sets) == cached
    assert cached.read_bytes() == original.read_bytes()
    assert lookup.add(cached, sets=sets) == cached
    assert lookup.load("vgg19", sets=sets).path == cached


def test_adding_repairs_a_damaged_file(sets, original, cached):
    cached.write_text("no weights")
    lookup.add(original, sets=sets)
    assert cached.read_bytes() == original.read_bytes()


def test_a_damaged_file_is_not_added(homes, sets, original, cached):
    path = homes / "half.h5"
    path.write_bytes(original.read_bytes()[:20_000])
    with pytest.raises(WeightsError) as caught:
        lookup.add(path, sets=sets)
    assert caught.value.message == f"{path} is damaged or cut short: its 20,000 bytes can't be read to the end."
    assert not cached.exists()


def test_a_good_file_that_is_not_the_published_one_is_not_added(homes, sets, original, cached):
    path = own_file(homes, 4)
    with pytest.raises(WeightsError) as caught:
        lookup.add(path, sets=sets)
    assert caught.value.message == (
        f"{path} holds weights of the shapes of vgg19, but is not the published file of vgg19: "
        f"its md5 is {manifest.digests(path).md5}, not {manifest.digests(original).md5}."
    )
    assert caught.value.advice == f"Use it as your own: deepdream dream --weights {path}"
    assert not cached.exists()


def test_a_file_that_changes_while_it_is_added_is_not_added(sets, original, cached, monkeypatch):
    monkeypatch.setattr(shutil, "copyfile", lambda source, target: Path(target).write_text("changed"))
    with pytest.raises(WeightsError) as caught:
        lookup.add(original, sets=sets)
    assert caught.value.message == f"{original} changed while it was copied."
    assert [path for path in cached.parent.iterdir() if path.suffix != ".lock"] == []


def test_weights_of_a_set_that_ships_may_be_given_by_hand_too(homes):
    named = random_named((16, 32, 64, 128, 128))
    found = lookup.load("pocket", weight_files.save_safetensors(homes / "new.safetensors", named))
    np.testing.assert_array_equal(found.arrays["block5_conv4"][0], named["block5_conv4/kernel"])
    with pytest.raises(WeightsError):
        lookup.load("pocket", weight_files.save_npz(homes / "odd.npz", random_named(OTHER)))


@pytest.mark.parametrize(("number", "widths"), [(0, (16, 32, 64, 128, 128)), (1, (24, 64, 112, 224, 224))])
def test_a_file_that_shipped_before_is_read_by_its_own_widths(tmp_path, number, widths):
    former = manifest.read()["pocket"].former[number]
    file = weight_files.save_npz(tmp_path / "former.npz", random_named(former.channels))
    found = lookup.load("pocket", file)
    assert (found.name, found.widths) == ("pocket", widths)
    assert found.usual == {}
