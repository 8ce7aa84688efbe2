"""Messages and help that were not quite true, and now are."""

import re
from pathlib import Path

import numpy as np
import pytest

import deepdream
from deepdream import images, settings
from deepdream.errors import SelectionError, SettingError
from deepdream.features.settings import parse_size
from deepdream.settings import selection
from tests.support import random_picture

FAST = {"network": "pocket", "octaves": 1, "steps": 1, "layers": "block1"}


@pytest.mark.parametrize(
    ("channels", "text"),
    [([3, 6], "3+6"), (range(16, 32), "16-31"), ([7], "7"), ([2, 1], "1+2"), ([9, 3, 4, 5, 3, 11, 12], "3-5+9+11+12")],
)
def test_channels_are_spelled_as_a_selection_takes_them(channels, text):
    assert selection.spelled(channels) == text
    (choice,) = selection.choose(f"block4:{text}", {"block4": 32})
    assert choice.channels == tuple(sorted(set(channels)))


def test_features_name_the_channels_that_they_make(command):
    words = ("block1_conv1:3+6", "--network", "pocket", "--size", "16", "--steps", "1", "-o", "out")
    printed = command("features", *words).err
    assert "block1_conv1:3+6, finished" in printed
    assert "3 to 6" not in printed


@pytest.mark.parametrize("words", [("dream", "photo.png"), ("layers",), ("activations", "photo.png")], ids=str)
@pytest.mark.parametrize("layer", ["predictions", "fc1", "flatten"])
def test_a_layer_without_rows_and_columns_is_refused_as_one(command, photo, words, layer):
    photo()
    rule = "can't be chosen: it has no rows and columns. The last that has is block5_pool."
    message = f"The layer {layer} of pocket {rule}\n"
    assert command(*words, "--network", "pocket", "--layers", layer) == (2, "", message)


def test_so_is_one_of_a_keras_model(tmp_path):
    from deepdream.runtime import tf

    keras = tf.keras
    shape = [keras.Input((32, 40, 3)), keras.layers.Conv2D(4, 3, name="look"), keras.layers.GlobalAveragePooling2D()]
    model = keras.Sequential([*shape, keras.layers.Dense(5, name="probs")])
    model.save(tmp_path / "mine.keras")
    with pytest.raises(SelectionError) as refused:
        deepdream.dream(random_picture(37, 53), network=str(tmp_path / "mine.keras"), layers="probs", octaves=1)
    assert str(refused.value) == (
        "The layer probs of mine.keras can't be chosen: it has no rows and columns. The last that has is look."
    )


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.int16, np.uint32])
def test_whole_numbers_of_any_type_are_a_picture(kind):
    numbers = np.random.default_rng(0).integers(0, 256, (5, 7, 3))
    assert (images.from_array(numbers.astype(kind)).pixels == images.from_array(numbers.astype(np.uint8)).pixels).all()


def test_truths_are_black_and_white():
    truths = np.eye(5, 7) > 0
    assert (images.from_array(truths).pixels == truths[..., None].astype(np.float32)).all()


@pytest.mark.parametrize("text", ["", "16y", "a"])
def test_a_size_of_features_that_is_none_is_refused_with_both_forms(command, text):
    message = f"size {text!r} is neither a side in pixels nor of the form WIDTHxHEIGHT."
    with pytest.raises(SettingError) as refused:
        parse_size(text)
    assert str(refused.value) == f"{message} Type for example --size 160 or --size 160x120."
    if not text:
        return  # the command line refuses every empty value
    result = command("features", "block1", "--size", text)
    assert result == (2, "", f"--{message} Type for example --size 160 or --size 160x120.\n")


def test_an_unknown_setting_does_not_suggest_one_that_is_nothing_like_it(command, photo):
    photo()
    assert command("sweep", "photo.png", "--vary", "nonsense=1") == (
        2,
        "",
        "--vary 'nonsense' names no setting of a dream. List them with: deepdream dream --help\n",
    )
    assert command("sweep", "photo.png", "--vary", "step-sise=1").err.endswith("Did you mean step-size?\n")


@pytest.mark.parametrize("text", ["100MB", "800MB", "2.5GB", "512MiB", "1GB"])
def test_memory_is_reported_in_the_units_that_were_typed(text):
    assert settings.format_bytes(settings.parse_bytes(text)) == text


def test_a_refusal_says_the_memory_that_was_typed(command):

    result = command("dream", "--start", "flat", "--size", "53x37", "--network", "pocket", "--memory", "100MB")
    assert result.code == 2
    assert result.err.startswith("--memory 100MB is too little: ")


def test_a_dream_that_can_not_be_seen_says_so(command, photo):
    photo()
    words = ("--network", "pocket", "--layers", "block1", "--octaves", "1", "--steps", "1", "--normalize", "none")
    printed = command("dream", "photo.png", *words, "--step-size", "1e-6").err
    found = re.search(
        r"^The dream can't be seen: its largest change is (\S+) of the range 0\.\.1\. "
        r"It takes another normalize or larger steps\.$",
        printed,
        re.M,
    )
    assert found
    assert float(found[1]) < 0.5 / 255
    before, after = (images.read(Path(name)).pixels for name in ("photo.png", "photo-dream.png"))
    assert (before == after).all()


def test_one_that_can_be_seen_says_nothing_of_the_kind():
    records = list(deepdream.dream_steps(random_picture(37, 53), **FAST))
    assert not [
        record for record in records if isinstance(record, deepdream.Note) and "can't be seen" in record.message
    ]
