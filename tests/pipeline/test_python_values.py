"""Python as its users write it: lists, paths, arrays, Pillow images and models in place of names."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import deepdream
from deepdream import images
from deepdream.errors import ImageError
from tests.support import random_picture

QUICK = {"network": "pocket", "layers": "block2", "octaves": 1, "steps": 1, "jitter": 4}


def dream(picture, **given):
    return deepdream.dream(picture, **(QUICK | given))


@pytest.fixture
def numbers():
    return np.rint(random_picture(45, 63) * 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["block2", "block3"], "block2,block3"),
        (("block2_conv1:3", "pool=0.5"), "block2_conv1:3,pool=0.5"),
        ({"block3": 1, "block2": 0.5}, "block3=1,block2=0.5"),
    ],
)
def test_layers_are_a_list_or_weights_by_name(numbers, given, text):
    made = dream(numbers, layers=given)
    assert made.recipe["settings"]["layers"] == text
    assert (made.picture == dream(numbers, layers=text).picture).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_a_pillow_image_is_the_picture_of_its_numbers(numbers, tmp_path, mode):
    image = (
        Image.fromarray(numbers).convert("L").convert("I;16")
        if mode == "I;16"
        else Image.fromarray(numbers).convert(mode)
    )
    image.save(tmp_path / "a.png")
    held, read = images.from_image(image), images.read(tmp_path / "a.png")
    assert np.allclose(held.pixels, read.pixels, atol=1e-6)
    assert (held.alpha is None) == (read.alpha is None)


def test_a_pillow_image_is_dreamt_on(numbers):
    assert (dream(Image.fromarray(numbers)).picture == dream(numbers).picture).all()


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageError) as refused:
        dream(object())
    assert str(refused.value) == (
        "The picture is of the type object; it has to be a file, an array, a Pillow image or a Picture."
    )


@pytest.mark.parametrize("kind", [np.asarray, Image.fromarray, images.from_array])
@pytest.mark.parametrize("setting", ["guide", "mask", "palette"])
def test_guide_mask_and_palette_are_pictures_as_well_as_files(numbers, tmp_path, kind, setting):
    other = np.rint(random_picture(45, 63, seed=3) * 255).astype(np.uint8)
    Image.fromarray(other).save(tmp_path / "other.png")
    made = dream(numbers, **{setting: kind(other)})
    file = dream(numbers, **{setting: tmp_path / "other.png"})
    assert np.allclose(made.picture, file.picture, atol=1e-6)
    name = made.recipe["settings"][setting]
    assert name.startswith("array-")
    assert list(made.recipe["files"]) == [name]
    assert file.recipe["settings"][setting] == str(tmp_path / "other.png")


def test_several_guides_are_a_list_with_arrays_in_it(numbers, tmp_path):
    Image.fromarray(numbers).save(tmp_path / "a.png")
    made = dream(numbers, guide=[tmp_path / "a.png", random_picture(40, 50)])
    assert made.recipe["settings"]["guide"].startswith(f"{tmp_path / 'a.png'},array-")


def test_a_keras_model_is_a_network(numbers):
    from deepdream.runtime import tf

    keras = tf.keras
    keras.utils.set_random_seed(3)
    layers = [keras.Input((None, None, 3)), keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="look")]
    model = keras.Sequential([*layers, keras.layers.MaxPooling2D()], name="mine")
    made = dream(numbers, network=model, layers="look")
    assert made.recipe["network"] == "mine.keras"
    assert np.abs(made.picture - images.from_array(numbers).pixels).max() > 0.001


def test_a_dream_and_a_picture_show_themselves(numbers, tmp_path):
    made = dream(numbers)
    assert repr(made) == "Dream(63x45, pocket, block2, 1 step)"
    assert (np.asarray(made) == made.picture).all()
    assert np.asarray(made, dtype=np.float64).dtype == np.float64
    Image.fromarray(numbers).save(tmp_path / "a.png")
    picture = images.read(tmp_path / "a.png")
    assert repr(picture) == f"Picture(63x45, 8 bits, {tmp_path / 'a.png'})"
    assert repr(images.from_array(numbers)) == "Picture(63x45, 8 bits)"
    assert (np.asarray(picture) == picture.pixels).all()
    for shown in (made, picture):
        (tmp_path / "shown.png").write_bytes(shown._repr_png_())
        assert np.allclose(images.read(tmp_path / "shown.png").pixels, np.asarray(shown), atol=0.51 / 255)


def test_features_are_drawn_by_a_public_call():
    made = deepdream.draw_features("block1_conv1:3+6", network="pocket", size=(16, 24), steps=2)
    assert [one.feature.channel for one in made] == [3, 6]
    assert made[0].pixels.shape == (16, 24, 3)


def test_activations_are_ranked_by_a_public_call(numbers):
    found = deepdream.rank_activations(Image.fromarray(numbers), layers="block2_conv1", top=3, network="pocket")
    (channels,) = found.values()
    assert [channel.excitement for channel in channels] == sorted((c.excitement for c in channels), reverse=True)
    assert len(channels) == 3


def test_layers_are_compared_by_a_public_call(numbers, tmp_path):
    Image.fromarray(numbers).save(tmp_path / "a.png")
    groups = {"fine": "block1", "later": "block2"}
    found = deepdream.compare_layers(
        tmp_path / "a.png", tmp_path / "out", groups=groups, network="pocket", octaves=1, steps=1
    )
    assert [result.group.name for result in found.results] == ["fine", "later"]
    assert found.folder == tmp_path / "out"
    assert {Path(file).name for file in found.files} == {"measures.csv", "sheet.png", "index.html"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: deepdream.draw_features("block3", network="pocket", step=1),
         "'step' is not a setting of a feature. Did you mean steps?"),
        (lambda: deepdream.draw_features("block3", network="pocket", steps="two"), "steps 'two' is not a number."),
        (lambda: deepdream.draw_features("block3", network="pocket", size=64), "size 64 is not (height, width)."),
        (lambda: deepdream.draw_features("block3", network="pocket", rate=float("nan")),
         "rate nan is out of its bounds: 1e-06 to 10.0."),
        (lambda: deepdream.attribute_target(np.ones((9, 9, 3)), "block3", network="pocket", patch="x"),
         "patch 'x' is not a number."),
        (lambda: deepdream.attribute_target(np.ones((9, 9, 3)), "block3", network="pocket", method=("grad-cam",)),
         "'method' is not a setting of an attribution. Did you mean methods?"),
        (lambda: deepdream.attribute_target(np.ones((9, 9, 3)), "block3", network="pocket", methods="grad-cam"),
         "methods 'grad-cam' is a text, not names. Give ('grad-cam',)."),
        (lambda: deepdream.draw_atlas([], "block4_conv2", network="pocket"),
         "An atlas is of one picture at least, and there is none."),
        (lambda: deepdream.draw_atlas(deepdream.SAMPLE, "block4_conv2", network="pocket", grids=3),
         "'grids' is not a setting of an atlas. Did you mean grid?"),
    ],
)  # fmt: skip
def test_values_of_the_other_calls_are_refused_in_one_sentence(call, message):
    with pytest.raises(deepdream.DreamError) as refused:
        call()
    assert str(refused.value) == message
