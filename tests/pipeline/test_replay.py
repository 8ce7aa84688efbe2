"""Making a picture again from the record it carries."""

from pathlib import Path

import pytest

from deepdream import images
from deepdream.errors import ImageError, WeightsError
from deepdream.images import encode, exif
from deepdream.pipeline import provenance, replay
from deepdream.settings import SAMPLE
from tests.images import files

RECIPE = {
    "version": "0.1.0",
    "settings": {"network": "auto", "steps": 3},
    "network": "pocket",
    "weights": "w1",
    "input": {"digest": "d1", "path": "../in/a.jpg"},
    "runtime": {"tensorflow": "2.21.0", "threads": 2},
}


def test_the_network_is_the_one_that_auto_chose():
    assert replay.given(RECIPE, Path("o.png")) == {"network": "pocket", "steps": 3}


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"version": None}, "it has no version"),
        ({"settings": []}, "its settings is '[]'"),
        ({"settings": {"recipe": None}}, "its settings.recipe is 'None'"),
        ({"settings": {"recipe": ["x"]}}, "its settings.recipe is \"['x']\""),
        ({"input": "photo.png"}, "its input is 'photo.png'"),
        ({"input": {"digest": "d", "path": 3}}, "its input.path is '3'"),
        ({"runtime": {"convolution": "direct"}}, "its runtime.convolution is 'direct'"),
        ({"partial": {}}, "it has no partial.steps"),
        ({"partial": {"steps": True}}, "its partial.steps is 'True'"),
        ({"notes": "one"}, "its notes is 'one'"),
    ],
)
def test_a_record_of_another_shape_is_refused(tmp_path, wrong, fault):
    path = tmp_path / "o.png"
    record = {name: value for name, value in (RECIPE | wrong).items() if value is not None}
    images.write(path, files.smooth() / 255, recipe=record)
    with pytest.raises(ImageError) as refusal:
        provenance.read(path)
    assert refusal.value.message == f"The recipe in {path} is none that this version understands: {fault}."


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"steps": -1}, "steps -1 is out of its bounds: 1 to 100000."),
        ({"layers": 5}, "layers 5 is not text."),
        ({"size": [9, 10**20]}, f"size {10**20}x9 is not a width and a height in whole pixels, each 1 to 1000000."),
    ],
)
def test_a_recorded_setting_that_cannot_be_is_refused_with_the_files_name(settings, fault):
    with pytest.raises(ImageError) as refusal:
        replay.given(RECIPE | {"settings": settings}, Path("o.png"))
    assert refusal.value.message == f"The recipe in o.png is damaged: {fault}"


def test_a_recipe_nested_without_end_is_damaged(tmp_path):
    path = tmp_path / "o.png"
    packet = b'<a xmlns:d="urn:deepdream:recipe:1#"><d:recipe>' + b"[" * 10**5 + b"</d:recipe></a>"
    extras = encode.Extras(None, exif.Exif(), None, packet, 95)
    path.write_bytes(b"".join(encode.png(files.smooth(), extras)))
    with pytest.raises(ImageError, match="carries a recipe that is damaged"):
        provenance.read(path)


def test_a_users_weights_must_be_given_if_they_have_moved():
    recipe = RECIPE | {"settings": {"weights": "gone.h5"}}
    with pytest.raises(WeightsError) as refusal:
        replay.given(recipe, Path("o.png"))
    assert str(refusal.value) == (
        "o.png was made with the weight file gone.h5, which is not there: its digest is w1. "
        "Give it: deepdream again o.png --weights FILE"
    )
    assert replay.given(recipe, Path("o.png"), Path("new.h5"))["weights"] == "new.h5"


def test_the_input_is_remembered_relative_to_the_output_and_found_from_there(tmp_path):
    source, output = tmp_path / "in" / "a.jpg", tmp_path / "out" / "a-dream.png"
    source.parent.mkdir()
    source.touch()
    assert provenance.location(source, output) == {"path": "../in/a.jpg"}
    output.parent.mkdir()
    assert replay.find_input(RECIPE, output).resolve() == source
    assert provenance.location(SAMPLE, output) == {"sample": True}
    assert replay.find_input({"input": {"digest": "d", "sample": True}}, output) == SAMPLE


def test_a_dream_of_numbers_has_no_digest_to_compare(tmp_path):
    recipe = RECIPE | {"input": {"digest": ""}}
    with pytest.raises(ImageError) as refusal:
        replay.find_input(recipe, Path("o.png"))
    assert str(refusal.value) == (
        "o.png was made in a program, from numbers that no file holds. Give it: deepdream again o.png IMAGE"
    )
    replay.refuse(recipe, Path("o.png"), Path("a.jpg"), digest="d1", weights="w1")
    assert provenance.differences(recipe, recipe) == ["Its recipe names no input, so the pictures can't be compared."]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (RECIPE["input"], "is not at ../in/a.jpg, seen from there"),
        ({"digest": "d1"}, "has no recorded location"),
    ],
)
def test_a_missing_input_is_requested_by_its_digest(entry, message):
    with pytest.raises(ImageError) as refusal:
        replay.find_input({"input": entry}, Path("out.png"))
    assert str(refusal.value) == (
        f"The picture that out.png was made from {message}: its digest is d1. Give it: deepdream again out.png IMAGE"
    )


def test_another_input_or_other_weights_are_rejected():
    replay.refuse(RECIPE, Path("o.png"), Path("a.jpg"), digest="d1", weights="w1")
    with pytest.raises(ImageError) as image:
        replay.refuse(RECIPE, Path("o.png"), Path("a.jpg"), digest="d2", weights="w1")
    assert str(image.value) == (
        "a.jpg is not the picture that o.png was made from: its digest is d2, the recipe needs d1."
    )
    with pytest.raises(WeightsError) as weights:
        replay.refuse(RECIPE, Path("o.png"), Path("a.jpg"), digest="d1", weights="w2")
    assert str(weights.value) == (
        "o.png was made with other weights of pocket: the recipe needs w1, here are w2. "
        "Give them: deepdream again o.png --weights FILE"
    )


def test_only_what_may_change_a_bit_is_reported():
    assert provenance.differences(RECIPE, RECIPE) == []
    machine = {"tensorflow": "2.22.0", "threads": 8, "device": "CPU with 8 threads (TensorFlow finds no GPU)"}
    then = RECIPE | {"runtime": {**RECIPE["runtime"], "device": "CPU with 2 threads (TensorFlow finds no GPU)"}}
    now = RECIPE | {"version": "0.2.0", "runtime": machine}
    assert provenance.differences(then, now) == [
        "It was made with deepdream 0.1.0, here it is 0.2.0: the pixels may differ slightly.",
        "It was made with tensorflow 2.21.0, here it is 2.22.0: the pixels may differ slightly.",
    ]
    gpu = RECIPE | {"runtime": machine | {"tensorflow": "2.21.0", "device": "GPU NVIDIA H100"}}
    assert provenance.differences(then, gpu) == [
        "It was made with device CPU, here it is GPU: the pixels may differ slightly."
    ]


def test_what_changes_no_bit_makes_no_other_picture():
    made = RECIPE | {"files": {}, "notes": ["A note."]}
    elsewhere = made | {
        "notes": [],
        "input": {"digest": "d1", "path": "elsewhere/a.jpg"},
        "settings": {"network": "auto", "steps": 3, "threads": 8, "memory": 2**30, "tile": 64},
        "runtime": {"tensorflow": "2.21.0", "threads": 8},
    }
    assert provenance.lasting(made) == provenance.lasting(elsewhere)
    for other in ({"steps": 4}, {"network": "vgg19"}):
        assert provenance.lasting(made) != provenance.lasting(made | {"settings": made["settings"] | other})
    assert provenance.lasting(made) != provenance.lasting(made | {"input": {"digest": "d2"}})
