"""What targets other than channels make of a picture, on a network whose answer is known."""

import json

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import ImageError, SelectionError, SettingError
from deepdream.features import examples, files, render, wanted
from deepdream.features.request import batches, understand
from deepdream.features.settings import FeatureSettings
from deepdream.network.weights import lookup
from deepdream.pipeline import provenance
from deepdream.runtime import tf
from deepdream.settings.targets import KINDS
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras = tf.keras


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A model whose first layer is the identity, and whose classes are red, green and blue."""
    made = keras.Sequential(
        [
            keras.layers.Input((None, None, 3)),
            keras.layers.Conv2D(3, 1, name="same"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    made.set_weights([np.eye(3)[None, None], np.zeros(3), 4 * np.eye(3), np.zeros(3)])
    return keras_examples.saved(made, tmp_path_factory.mktemp("model") / "colours.keras")


def made(model, text: str, **given):
    request = understand(text, FeatureSettings(**{"steps": 60, "size": (32, 48)} | given), network=str(model))
    return [one for one in render.make(request, request.features) if isinstance(one, render.Made)]


def saved(tmp_path, name: str, pixels: np.ndarray):
    images.write(tmp_path / name, pixels)
    return tmp_path / name


def test_the_picture_of_a_class_is_what_the_class_is(model):
    """Of a network that averages red, the picture of red is red."""
    red, green, blue = made(model, "class:0-2", rate=0.3)
    for number, one in enumerate((red, green, blue)):
        mean = one.pixels.mean(axis=(0, 1))
        assert mean.argmax() == number
        assert one.response == pytest.approx(4 * mean[number], rel=1e-4)
    assert [one.recipe["target"] for one in (red, green, blue)] == ["class:0", "class:1", "class:2"]


def test_maco_and_diversity_take_a_class_too(model):
    (one,) = made(model, "class:2", maco=True, size=(64, 96))
    assert one.pixels.shape == (64, 96, 3)
    assert len(made(model, "class:2", diversity=2, steps=2)) == 2


def test_what_suppresses_a_class_is_its_opposite(model):
    (one,) = made(model, "class:0", negative=True, rate=0.3)
    assert one.pixels.mean(axis=(0, 1)).argmin() == 0


def test_the_inversion_of_a_layer_that_is_the_picture_is_the_picture(model, tmp_path):
    photo = random_picture(32, 48)
    (one,) = made(model, f"same:inversion({saved(tmp_path, 'a.png', photo)})", steps=400, rate=0.3, turn=0, scale=0)
    assert one.response > 0.97
    assert relative_error(one.pixels, photo) < 0.2


def test_a_caricature_points_where_the_picture_does(model, tmp_path):
    photo = 0.3 + 0.4 * random_picture(32, 48)
    (one,) = made(model, f"same:caricature({saved(tmp_path, 'a.png', photo)})", steps=100, turn=0, scale=0)
    theirs = tf.constant(photo[None])
    assert one.response > float(wanted.DRAWN["caricature"](0 * theirs + 0.5, theirs)[0])
    assert np.corrcoef(one.pixels.ravel(), photo.ravel())[0, 1] > 0.5
    assert wanted.DRAWN["caricature"](theirs, theirs).numpy() == pytest.approx(1)


def test_two_responses_that_are_the_same_are_explained_in_full():
    found = tf.constant(np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32))
    np.testing.assert_allclose(wanted.DRAWN["inversion"](found, found), [1, 1])
    np.testing.assert_allclose(wanted.DRAWN["inversion"](0 * found, found), [0, 0])


def test_every_kind_that_is_only_drawn_has_its_function():
    assert wanted.DRAWN.keys() == {name for name, kind in KINDS.items() if kind.drawn}


def test_an_accentuated_picture_excites_more_and_stays_near(model, tmp_path):
    photo = 0.2 + 0.5 * random_picture(32, 48)
    file = saved(tmp_path, "a.png", photo)
    photo = images.read(file).pixels
    (near,) = made(model, "class:1", accentuate=str(file), nearness=300.0)
    (far,) = made(model, "class:1", accentuate=str(file), nearness=0.0)
    for one in (near, far):
        assert one.response > 4 * photo[..., 1].mean()
    assert relative_error(near.pixels, photo) < 0.5 * relative_error(far.pixels, photo)
    assert near.recipe["files"].keys() == {str(file)}


def test_between_two_targets_pictures_go_evenly_from_one_to_the_other(model):
    request = understand("class:0", FeatureSettings(toward="class:2", between=5, size=(32, 48)), network=str(model))
    vectors = [render.aimed(request, request.features)[one].vector for one in request.features]
    np.testing.assert_allclose(vectors, [[1 - share, 0, share] for share in (0, 0.25, 0.5, 0.75, 1)], atol=1e-6)
    assert [one.term for one in request.features][:2] == ["class:0 to class:2 0%", "class:0 to class:2 25%"]
    assert len(batches(request, request.features)) == 1


def test_the_examples_of_a_class_are_the_pictures_that_it_scores_highest(model, tmp_path):
    for name, level in (("dim", 0.2), ("bright", 0.9), ("middle", 0.5)):
        picture = np.full((40, 60, 3), 0.1, np.float32)
        picture[..., 1] = level
        saved(tmp_path, f"{name}.png", picture)
    request = understand("class:1,same:2", FeatureSettings(size=(32, 48)), network=str(model))
    found = examples.find(request, tmp_path, count=2)
    green, blue = (found[one] for one in sorted(request.features, key=lambda one: one.channel is not None))
    assert [example.file.stem for example in green] == ["bright", "middle"]
    assert green[0].response == pytest.approx(3.6, abs=0.02)
    assert blue[0].response == pytest.approx(0.1, abs=0.01)
    assert green[0].pixels.shape == (40, 40, 3)


def test_a_folder_without_pictures_is_no_examples(model, tmp_path):
    request = understand("class:1", FeatureSettings(size=(32, 48)), network=str(model))
    for folder, message in (
        (tmp_path, f"There is no picture in the folder {tmp_path}."),
        (tmp_path / "gone", f"{tmp_path / 'gone'} can't be read as a folder of pictures: No such file or directory."),
    ):
        with pytest.raises(ImageError) as refused:
            examples.find(request, folder)
        assert str(refused.value) == message


def test_there_are_no_examples_of_what_compares_two_pictures(model, tmp_path):
    term = f"same:inversion({saved(tmp_path, 'a.png', random_picture(32, 48))})"
    with pytest.raises(SelectionError) as refused:
        examples.check(understand(term, FeatureSettings(), network=str(model)), tmp_path)
    assert str(refused.value) == (
        f"There are no examples of {term}: it compares two whole pictures. Leave out --examples."
    )


@pytest.mark.parametrize(
    ("text", "given", "error", "message"),
    [
        ("class:7", {}, SelectionError, "Class 7 of colours.keras does not exist: its classes are 0 to 2. "
         "List them with: deepdream layers --classes --network {model}"),
        ("zzzz", {}, SelectionError, "No layer of colours.keras matches 'zzzz': its only layer is same. "
         "List them with: deepdream layers --network {model}"),
        ("same:like(gone.jpg)", {}, ImageError, "gone.jpg does not exist: like(gone.jpg) is computed from it."),
        ("class:1", {"accentuate": "gone.jpg"}, ImageError, "accentuate gone.jpg does not exist."),
        ("class:1", {"toward": "same:1"}, SelectionError,
         "toward 'same:1' is of same: class:1 goes to one target of classes."),
        ("class:1", {"toward": "class:0+2"}, SelectionError,
         "toward 'class:0+2' is 2 targets: class:1 goes to one target of classes."),
        ("class:1", {"maco": True, "plain": True}, SettingError,
         "plain and --maco exclude each other. Give one of them."),
        ("class:1", {"spectrum": "."}, SettingError,
         "spectrum has no effect without --maco. Add --maco, or leave it out."),
        ("class:1", {"nearness": 3.0}, SettingError,
         "nearness has no effect without --accentuate. Add --accentuate, or leave it out."),
        ("class:1", {"between": 3}, SettingError,
         "between has no effect without --toward. Add --toward, or leave it out."),
        ("class:1", {"maco": True, "decay": 1.0}, SettingError,
         "decay has no effect with --maco. Leave out one of them."),
        ("same:1", {"cosine": 2.0}, SettingError,
         "cosine can't be used with same:1: a channel has no angle. It is for directions and classes."),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused_before_anything_is_computed(model, text, given, error, message):
    with pytest.raises(error) as refused:
        understand(text, FeatureSettings(size=(32, 48), **given), network=str(model))
    assert str(refused.value) == message.format(model=model)


@pytest.mark.parametrize(
    "given", [{"maco": True}, {"neuron": True}, {"negative": True}, {"diversity": 2}, {"cosine": 1.0}]
)
def test_what_has_no_effect_on_a_picture_compared_with_another_is_refused(model, tmp_path, given):
    term, (name,) = f"same:inversion({saved(tmp_path, 'a.png', random_picture(32, 48))})", given
    with pytest.raises(SettingError) as refused:
        understand(term, FeatureSettings(**given), network=str(model))
    assert str(refused.value) == f"{name} can't be used with {term}: it compares two whole pictures. Leave it out."


def test_a_path_between_targets_ends_at_no_caricature(model, tmp_path):
    term = f"same:caricature({saved(tmp_path, 'a.png', random_picture(32, 48))})"
    for first, last in ((term, "same:1"), ("same:1", term)):
        with pytest.raises(SelectionError) as refused:
            understand(first, FeatureSettings(toward=last), network=str(model))
        assert refused.value.message == (
            f"toward can't be used with {term}: it is a picture's, place by place, and no direction."
        )


def test_the_label_of_a_target_is_all_of_it_but_its_layer(model, tmp_path):
    file = saved(tmp_path, "16:9.png", random_picture(32, 48))
    request = understand(f"same:like({file})", FeatureSettings(), network=str(model))
    assert request.features[0].label == f"like({file})"


def test_the_spectrum_is_of_a_folder_of_pictures(model, tmp_path):
    with pytest.raises(ImageError) as refused:
        understand("class:1", FeatureSettings(maco=True, spectrum=str(tmp_path)), network=str(model))
    assert refused.value.message == f"There is no picture in the folder {tmp_path}."


def test_a_picture_stored_on_its_side_is_accentuated_upright(model, tmp_path):
    file, exif = tmp_path / "a.jpg", Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new("RGB", (48, 32)).save(file, exif=exif)
    request = understand("class:1", FeatureSettings(accentuate=str(file)), network=str(model))
    assert request.features[0].size == (48, 32)


def test_pictures_of_one_name_are_kept_apart_however_they_are_written(model, tmp_path):
    terms = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        level = np.full((32, 48, 3), [0.9, 0.1, 0.1] if name == "a" else [0.1, 0.1, 0.9], np.float32)
        terms.append(f"same:like({saved(tmp_path / name, 'x.png', level)})")
    for force in (False, True):
        settings = FeatureSettings(size=(32, 48), steps=1)
        request = understand(",".join(terms), settings, network=str(model), force=force)
        folder = tmp_path / f"out-{force}"
        for one in render.make(request, request.features):
            if isinstance(one, render.Made):
                files.write(files.path(folder, one.feature, request), one)
        shown = [images.read_recipe(folder / f"same-like-x{number}.png")["target"] for number in ("", "-2")]
        assert shown == terms


def test_a_target_of_a_picture_can_only_be_drawn(model, tmp_path):
    from deepdream import dream

    file = saved(tmp_path, "a.png", random_picture(32, 48))
    with pytest.raises(SelectionError) as refused:
        dream(str(file), network=str(model), layers=f"same:inversion({file})", steps=1, octaves=1)
    assert str(refused.value) == (
        f"same:inversion({file}) can only be drawn: its layer is compared place by place. "
        f"Type: deepdream features 'same:inversion({file})'"
    )


def test_pictures_of_targets_have_their_names_and_are_found_again(model, tmp_path):
    request = understand("class:1,same:2", FeatureSettings(size=(32, 48), steps=1), network=str(model))
    for one in render.make(request, request.features):
        if isinstance(one, render.Made):
            images.write(files.path(tmp_path, one.feature, request), one.pixels, recipe=one.recipe)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class-1.png", "same-002.png"]
    assert files.finished(request, tmp_path) == request.features
    assert json.loads(json.dumps(images.read_recipe(tmp_path / "class-1.png")))["target"] == "class:1"
    for _ in range(2):  # the second time they are there
        sheets = {path.name for path in files.sheets(request, tmp_path)}
        assert sheets == {"classes-targets-sheet.png", "same-sheet.png"}
    assert provenance.read_any(tmp_path / "classes-targets-sheet.png")["targets"] == ["class:1"]


def test_a_picture_of_maco_is_written_with_its_opacity(model, tmp_path):
    request = understand("class:1", FeatureSettings(size=(48, 64), steps=2, maco=True), network=str(model))
    (one,) = [event for event in render.make(request, request.features) if isinstance(event, render.Made)]
    files.write(tmp_path / "a.png", one)
    picture = images.read(tmp_path / "a.png")
    np.testing.assert_allclose(picture.alpha, one.alpha, atol=1 / 255)
    assert images.read_recipe(tmp_path / "a.png")["settings"]["maco"] is True
    (plain,) = made(model, "class:1", steps=1)
    assert plain.alpha is None


def test_the_first_records_had_none_of_the_later_settings():
    request = understand("block1_conv1:2", FeatureSettings(), network="pocket")
    recorded = request.recipe(request.features[0])
    assert not recorded["settings"].keys() & {"maco", "spectrum", "accentuate", "nearness", "toward", "between"}
    assert "target" not in recorded
    assert "files" not in recorded
    assert lookup.load("pocket").classifier is not None
