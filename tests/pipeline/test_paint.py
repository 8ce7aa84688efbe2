"""The settings paint, brushes and breath: what they dream, what they refuse, and that a record replays."""

import numpy as np
import pytest
from PIL import Image

import deepdream
from deepdream import images
from deepdream.ascent import constraints
from deepdream.errors import GradientError, ImageError, SelectionError, SettingError
from deepdream.images import paint
from deepdream.images.compositing import distance
from deepdream.pipeline.painting import by_brush
from deepdream.pipeline.request import understand
from deepdream.settings import Settings
from deepdream.settings.former import recorded
from tests.support import random_picture

QUICK = {"network": "pocket", "octaves": 2, "steps": 3, "jitter": 5}
SIZE = (75, 110)


def written(folder, index, name="paint.png"):
    (folder / name).write_bytes(paint.png(index))
    return str(folder / name)


@pytest.fixture
def halves():
    """The first brush on the left, the second on the right, nothing in between."""
    index = np.zeros(SIZE, np.uint8)
    index[:, :40], index[:, 70:] = 1, 2
    return index


def test_a_picture_painted_all_over_is_the_dream_of_the_brush_to_the_bit(tmp_path):
    picture = random_picture(*SIZE)
    file = written(tmp_path, np.ones(SIZE, np.uint8))
    made = deepdream.dream(picture, paint=file, brushes="block4_conv2:12", **QUICK)
    plain = deepdream.dream(picture, layers="block4_conv2:12", **QUICK)
    assert np.array_equal(made.picture, plain.picture)
    assert not np.array_equal(made.picture, picture)


def test_what_is_not_painted_keeps_its_bits_and_each_side_follows_its_own_brush(tmp_path, halves):
    picture = random_picture(*SIZE)
    file = written(tmp_path, halves)
    made = deepdream.dream(picture, paint=file, brushes="block3;block2_conv1:4", **QUICK).picture
    other = deepdream.dream(picture, paint=file, brushes="block3;block2_conv1:9", **QUICK).picture
    assert np.array_equal(made[:, 40:70], picture[:, 40:70])
    assert not np.array_equal(made[:, :40], picture[:, :40])
    assert not np.array_equal(made[:, 70:], other[:, 70:])


def test_a_mask_makes_paint_as_strong_as_it_is_bright(tmp_path, halves):
    picture = random_picture(*SIZE)
    ramp = np.zeros(SIZE, np.uint8)
    ramp[:, :40] = np.linspace(0, 255, 40)
    Image.fromarray(ramp).save(tmp_path / "mask.png")
    given = {
        "paint": written(tmp_path, halves),
        "brushes": "block3;block2_conv1:4",
        **QUICK,
        "octaves": 1,
        "steps": 1,
        "tv": 0,
    }
    plain = deepdream.dream(picture, **given).picture - picture
    soft = deepdream.dream(picture, mask=str(tmp_path / "mask.png"), **given).picture - picture
    assert not soft[:, 40:].any()
    inside = (picture > 0.1) & (picture < 0.9)  # no step is cut off at black or white there
    inside[:, 40:] = False
    assert np.allclose(soft[inside], (plain * ramp[..., None] / 255)[inside], atol=1e-6)


def test_a_white_mask_changes_no_bit_of_paint(tmp_path, halves):
    picture = random_picture(*SIZE)
    Image.new("L", SIZE[::-1], 255).save(tmp_path / "mask.png")
    given = {"paint": written(tmp_path, halves), "brushes": "block3;block2_conv1:4", **QUICK}
    masked = deepdream.dream(picture, mask=str(tmp_path / "mask.png"), **given).picture
    assert np.array_equal(masked, deepdream.dream(picture, **given).picture)


def test_a_mask_that_leaves_none_of_the_paint_is_refused(tmp_path, halves):
    where = np.zeros(SIZE, np.uint8)
    where[:, 45:65] = 255
    Image.fromarray(where).save(tmp_path / "mask.png")
    given = {"paint": written(tmp_path, halves), "brushes": "block3;block2", "mask": str(tmp_path / "mask.png")}
    with pytest.raises(ImageError) as refused:
        understand(random_picture(*SIZE), {**given, **QUICK})
    assert refused.value.message == "The mask is black wherever there is paint: nothing would be dreamt."


def test_paint_of_another_size_is_resized_with_a_note(tmp_path, halves):
    file = written(tmp_path, halves[::3, ::2])
    request = understand(random_picture(*SIZE), {"paint": file, "brushes": "block3;block2", **QUICK})
    assert request.index.shape == SIZE
    assert set(np.unique(request.index)) == {0, 1, 2}
    assert f"The paint {file} is 55x25; it was resized to the dream's 110x75." in request.notes


def test_the_record_names_the_paint_and_its_digest(tmp_path, halves):
    file = written(tmp_path, halves)
    recipe = deepdream.dream(random_picture(*SIZE), paint=file, brushes="block3;block2", **QUICK).recipe
    assert recipe["settings"]["paint"] == file
    assert recipe["settings"]["brushes"] == "block3;block2"
    assert len(recipe["files"][file]) == 64


def test_records_from_before_paint_have_none():
    old = {"layers": "block4"}
    assert {name: recorded(old, ())[name] for name in ("paint", "brushes", "breath")} == {
        "paint": None,
        "brushes": None,
        "breath": 0.0,
    }


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"paint": "FILE"}, SettingError, "paint needs brushes: what its colours excite."),
        ({"paint": "FILE", "brushes": "block3"}, ImageError, "The paint FILE has the colour 2, and there is 1 brush."),
        ({"paint": "FILE", "brushes": "block3;"}, SelectionError, "The selection '' names no layer."),
        (
            {"paint": "FILE", "brushes": "block3;block2=-1"},
            SelectionError,
            "The brush block2 has the weight -1: a brush excites, its weight is positive.",
        ),
        (
            {"paint": "FILE", "brushes": "block3;block9"},
            SelectionError,
            "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool.",
        ),
        ({"breath": 1.5}, SettingError, "breath 1.5 is out of its bounds: 0.0 to 1.0."),
    ],
)
def test_what_can_t_be_painted_is_refused(tmp_path, halves, given, error, message):
    file = written(tmp_path, halves)
    given = {name: file if value == "FILE" else value for name, value in given.items()}
    with pytest.raises(error) as refused:
        understand(random_picture(*SIZE), {**given, **QUICK})
    assert refused.value.message == message.replace("FILE", file)


def test_paint_that_is_no_indexed_picture_or_empty_is_refused(tmp_path):
    rgb, text = tmp_path / "rgb.png", tmp_path / "text.png"
    Image.new("RGB", SIZE[::-1]).save(rgb)
    text.write_text("no picture")
    empty = written(tmp_path, np.zeros(SIZE, np.uint8), "empty.png")
    messages = {
        str(rgb): f"The paint {rgb} is not an indexed picture: its colours have to be numbers of brushes.",
        str(text): f"The paint {text} is not a picture.",
        empty: f"The paint {empty} is empty: nothing would be dreamt.",
        str(tmp_path / "none.png"): f"The paint {tmp_path / 'none.png'} can't be read: No such file or directory.",
    }
    for file, message in messages.items():
        with pytest.raises(ImageError) as refused:
            understand(random_picture(*SIZE), {"paint": file, "brushes": "block3", **QUICK})
        assert refused.value.message == message


def test_brushes_without_paint_and_layers_with_it_have_no_effect(tmp_path, halves):
    picture = random_picture(*SIZE)
    assert "brushes has no effect without a paint." in understand(picture, {"brushes": "block3", **QUICK}).notes
    given = {"paint": written(tmp_path, halves), "brushes": "block3;block2", "layers": "block5"}
    assert "layers has no effect with a paint." in understand(picture, {**given, **QUICK}).notes


def test_every_brush_is_as_strong_as_the_others_whatever_its_size_and_loudness():
    rng = np.random.default_rng(0)
    gradient = rng.normal(size=(40, 61, 3)).astype(np.float32)
    index = np.zeros((40, 61), np.uint8)
    index[:, :30], index[5:8, 40:44] = 1, 2
    gradient[:, :30] *= 100
    gradient[5:8, 40:44] *= 10
    made = by_brush(gradient.copy(), index=index, rule="mean-abs")
    assert [np.abs(made[index == number]).mean() for number in (1, 2)] == pytest.approx([1, 1], rel=1e-5)
    assert not made[index == 0].any()


def test_what_has_spread_to_a_silent_brush_is_not_made_loud():
    gradient = np.ones((10, 20, 3), np.float32)
    gradient[:, 10:] = 1e-6
    index = np.repeat([[1] * 10 + [2] * 10], 10, axis=0).astype(np.uint8)
    made = by_brush(gradient, index=index, rule="mean-abs")
    assert made[:, 10:].max() < 1e-4
    assert np.allclose(made[:, :10], 1)


def test_silence_is_an_error_of_a_dream_and_none_of_a_live_one():
    silent, index = np.zeros((4, 5, 3), np.float32), np.ones((4, 5), np.uint8)
    index[0] = 0
    with pytest.raises(GradientError, match=r"The gradient is zero everywhere\."):
        by_brush(silent, index=index, rule="mean-abs")
    assert not by_brush(silent, index=index, rule="mean-abs", silence=True).any()


def test_breath_keeps_a_long_dream_near_its_original():
    picture = images.read(deepdream.SAMPLE, max_side=96).pixels
    long = {"network": "pocket", "octaves": 1, "steps": 40, "step_size": 0.02, "layers": "block3"}
    free, breathing = (deepdream.dream(picture, breath=breath, **long).picture for breath in (0.0, 0.1))
    assert distance(breathing, picture) < 0.7 * distance(free, picture)


def test_breath_draws_back_by_its_share_and_leaves_equal_pixels_alone():
    original, picture = random_picture(20, 31), random_picture(20, 31, seed=1)
    picture[:, :9] = original[:, :9]
    before = picture.copy()
    assert constraints.breathe(original, 0.25)(picture) is False
    assert np.allclose(picture, 0.75 * before + 0.25 * original)
    assert np.array_equal(picture[:, :9], original[:, :9])


def test_the_brushes_are_as_many_as_an_indexed_picture_holds():
    with pytest.raises(SelectionError, match=r"There are 256 brushes: an indexed picture has colours for 255\."):
        Settings(paint="p.png", brushes=";".join(["block3"] * 256))
