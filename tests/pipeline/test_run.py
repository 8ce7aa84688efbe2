"""Whole small dreams on the pocket network: input, output, and the stream of records."""

import json

import numpy as np
import pytest
from PIL import Image

import deepdream
from deepdream import SAMPLE, images
from deepdream.errors import DreamError, GradientError
from deepdream.gradient import engine
from deepdream.images import compositing, masks
from deepdream.network.weights import lookup
from deepdream.pipeline import provenance, replay, request, run, session
from deepdream.pipeline.events import Done, Estimate, Note, Step
from deepdream.runtime import tf
from tests.images import seam
from tests.support import random_picture

QUICK = {"network": "pocket", "layers": "block2", "octaves": 2, "steps": 2, "jitter": 4}


def dream(picture, **given):
    return deepdream.dream(picture, **(QUICK | given))


def test_the_stream_is_an_estimate_then_every_step_then_the_end():
    estimate, *steps, done = deepdream.dream_steps(random_picture(45, 63), **QUICK | {"steps": "3/2"})
    assert isinstance(estimate, Estimate)
    assert isinstance(done, Done)
    assert estimate.sizes == ((32, 45), (45, 63))
    assert estimate.steps == 5
    assert [(step.octave, step.step, step.steps) for step in steps] == [
        (1, 1, 3),
        (1, 2, 3),
        (1, 3, 3),
        (2, 1, 2),
        (2, 2, 2),
    ]
    assert all(isinstance(step, Step) for step in steps)
    assert [step.fraction for step in steps] == sorted(step.fraction for step in steps)
    assert steps[-1].fraction == pytest.approx(1)
    assert done.losses == (tuple(step.loss for step in steps[:3]), tuple(step.loss for step in steps[3:]))


def test_the_same_recipe_gives_the_same_pixels():
    picture = random_picture(45, 63)
    first, second = dream(picture, layers="block4"), dream(picture, layers="block4")
    assert np.array_equal(first.picture, second.picture)
    assert not np.array_equal(first.picture, dream(picture, layers="block4", seed=1).picture)


def test_the_losses_rise():
    losses = dream(random_picture(45, 63), octaves=1, steps=6, jitter=0).losses[0]
    assert list(losses) == sorted(losses)


def test_the_picture_given_is_not_changed():
    picture = random_picture(45, 63)
    before = picture.copy()
    for mode in ("detail", "grow"):
        dream(picture, octave_mode=mode)
    assert np.array_equal(picture, before)


def test_a_dream_is_saved_with_its_recipe(tmp_path):
    made = dream(random_picture(45, 63))
    made.save(tmp_path / "dream.png")
    recipe = images.read_recipe(tmp_path / "dream.png")
    assert recipe == json.loads(json.dumps(made.recipe))
    assert recipe["settings"]["layers"] == "block2"
    assert recipe["network"] == "pocket"
    np.testing.assert_allclose(images.read(tmp_path / "dream.png").pixels, made.picture, atol=0.5 / 255 + 1e-6)


def test_tiles_give_the_same_dream():
    picture = random_picture(75, 101)
    given = {"layers": "block3", "steps": 3, "precision": "float32"}  # bfloat16 rounds each tile's gradient
    whole, tiled = (dream(picture, tile=tile, **given).picture for tile in (None, 32))
    assert np.abs(whole - tiled).mean() < 0.2 / 255


@pytest.mark.slow
@pytest.mark.parametrize("name", ["winograd", "strips"])
def test_winograds_convolution_gives_the_same_dream(name):
    picture = random_picture(75, 101)
    plain, fast = (dream(picture, layers="block3", steps=6, octaves=2, convolution=path) for path in ("direct", name))
    assert np.abs(plain.picture - fast.picture).mean() < 2 / 255
    assert fast.recipe["runtime"]["convolution"] == [name, name]


def test_a_dream_made_again_is_computed_as_it_was_octave_by_octave(tmp_path):
    given = {"network": "pocket", "layers": "block2", "octaves": 2, "steps": 2, "precision": "float32"}
    before = dream(random_picture(45, 63), convolution="direct/strips", **given)
    chosen = before.recipe | {"settings": before.recipe["settings"] | {"convolution": "auto"}}  # as if by itself
    images.write(tmp_path / "a.png", before.picture, recipe=chosen)
    settings = replay.given(provenance.read(tmp_path / "a.png"), tmp_path / "a.png")
    after = dream(random_picture(45, 63), **settings)
    assert after.recipe["runtime"]["convolution"] == ["direct", "strips"]
    assert np.array_equal(after.picture, before.picture)


def test_strength_blends_with_the_original():
    picture = random_picture(45, 63)
    full, half = (dream(picture, strength=strength).picture for strength in (1.0, 0.5))
    np.testing.assert_allclose(half, (full + picture) / 2, atol=1e-6)


@pytest.mark.parametrize("layers", ["block1", "block4"])
@pytest.mark.parametrize("size", [(45, 63), (90, 110)])
def test_a_distance_is_kept_whatever_the_layer_and_the_size(layers, size):
    picture = random_picture(*size)
    made = dream(picture, layers=layers, steps=40, step_size=0.01, distance=0.04)
    assert compositing.distance(made.picture, picture) == pytest.approx(0.04, rel=0.02)
    assert all(len(taken) < 40 for taken in made.losses)


def test_outside_a_mask_the_picture_is_untouched_bit_for_bit(tmp_path):
    picture = random_picture(60, 84)
    levels = np.zeros((60, 84), np.uint8)
    levels[10:40, 20:60] = 200
    Image.fromarray(levels).save(tmp_path / "mask.png")
    made = dream(picture, mask=str(tmp_path / "mask.png"), feather=2, octaves=3).picture
    mask, _ = masks.mask(str(tmp_path / "mask.png"), (60, 84), feather=2)
    outside = mask[..., 0] == 0
    assert 0.3 < outside.mean() < 0.9
    assert np.array_equal(made[outside], picture[outside])
    assert np.abs(made - picture)[15:35, 25:55].mean() > 0.01


def test_regions_dream_different_layers_side_by_side(tmp_path):
    picture = random_picture(60, 84)
    left = np.zeros((60, 84), np.uint8)
    left[:, :42] = 255
    Image.fromarray(left).save(tmp_path / "left.png")
    (tmp_path / "parts.toml").write_text(
        '[[region]]\nmask = "left.png"\nlayers = "block1"\n[[region]]\nmask = "!left.png"\nlayers = "block4"\n'
    )
    parts = dream(picture, regions=str(tmp_path / "parts.toml"), octaves=1).picture
    for layers, columns in (("block1", slice(0, 42)), ("block4", slice(42, 84))):
        alone = dream(picture, layers=layers, octaves=1, steps=1).picture
        both = dream(picture, regions=str(tmp_path / "parts.toml"), octaves=1, steps=1).picture
        np.testing.assert_allclose(both[:, columns], alone[:, columns], atol=1e-6)
    assert not np.array_equal(parts, picture)


def test_a_preview_predicts_what_the_full_size_adds():
    picture = images.read(SAMPLE, size=(600, 840)).pixels
    given = {"layers": "block4", "octaves": 3, "octave_ratio": 1.4, "steps": 6, "jitter": 16}
    full, preview = dream(picture, **given).picture, dream(picture, preview=True, **given).picture
    assert max(preview.shape) <= 512
    small = preview.shape[:2]
    added = [images.resize(full - picture, small), preview - images.resize(picture, small)]
    assert np.corrcoef(added[0].ravel(), added[1].ravel())[0, 1] > 0.5


def test_a_gradient_that_is_zero_says_where():
    black = np.zeros((33, 35, 3), np.float32)
    shown = lookup.load("pocket").activations(("block1_conv2",), space="raw")(tf.constant(black[None]))
    loudest = shown["block1_conv2"].numpy().max((0, 1, 2))
    assert loudest.min() == 0  # on black, such a channel is silent everywhere
    with pytest.raises(GradientError) as failed:
        dream(black, layers=(layer := f"block1_conv2:{loudest.argmin()}"), input="raw", octaves=1)
    assert str(failed.value) == f"The gradient is zero everywhere at step 1 of octave 1 for {layer.partition(':')[0]}."
    assert failed.value.exit_code == 1


def test_keeping_colours_leaves_the_chroma():
    picture = 0.25 + 0.5 * random_picture(60, 84)
    made = dream(picture, colour="keep", steps=4).picture
    chroma = np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])  # BT.601, JFIF
    np.testing.assert_allclose(made @ chroma.T, picture @ chroma.T, atol=1 / 255)
    assert np.abs(made - picture).mean() > 0.01


def test_a_palette_gives_the_dream_its_mean_colour(tmp_path):
    warm = np.zeros((20, 30, 3), np.uint8) + np.uint8([200, 140, 80])
    warm[::2] = [170, 120, 90]
    Image.fromarray(warm).save(tmp_path / "warm.png")
    made = dream(random_picture(60, 84), palette=str(tmp_path / "warm.png"))
    assert np.abs(made.picture.mean(axis=(0, 1)) - warm.mean(axis=(0, 1)) / 255).max() < 0.05
    assert list(made.recipe["files"]) == [str(tmp_path / "warm.png")]


def test_held_dreams_do_not_drift():
    picture = 0.3 + 0.4 * random_picture(60, 84)
    given = {"octaves": 1, "steps": 12, "step_size": 0.02, "layers": "block3"}
    drift = [abs(dream(picture, hold=hold, **given).picture.mean() - picture.mean()) for hold in (False, True)]
    spread = [abs(dream(picture, hold=hold, **given).picture.std() - picture.std()) for hold in (False, True)]
    assert drift[1] < 0.005
    assert spread[1] < 0.5 * spread[0]


@pytest.mark.parametrize("start", ["noise", "pink", "clouds", "flat"])
def test_a_canvas_is_dreamt_on_without_a_picture(start):
    made = dream(None, start=start, size="63x45", normalize="std")
    assert made.picture.shape == (45, 63, 3)
    assert made.picture.std() > 0.01


def test_total_variation_calms_a_dream():
    picture = random_picture(60, 84)
    calm, wild = (dream(picture, layers="block1", shape="plain", steps=6, tv=tv).picture for tv in (1.0, 0.0))
    rough = [np.abs(np.diff(made, axis=1)).mean() for made in (calm, wild)]
    assert rough[0] < 0.9 * rough[1]


@pytest.mark.parametrize(
    "given",
    [
        {"shape": "laplacian"},
        {"shape": "laplacian", "shape_levels": 2},
        {"shape": "cascade"},
        {"shape": "cascade", "shape_sigma": 4.0},
        {"optimizer": "adam"},
        {"l2": 1.0},
        {"shape_colour": 0.0},
        {"layers": "block2,block1=-1"},
    ],
    ids=str,
)
def test_each_control_changes_the_dream(given):
    picture = random_picture(60, 84)
    plain, made = dream(picture).picture, dream(picture, **given).picture
    assert np.isfinite(made).all()
    assert np.abs(made - plain).mean() > 1e-3


def test_a_guide_pulls_toward_its_own_features(tmp_path):
    rng = np.random.default_rng(3)
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::4] = 255
    noise = rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    for name, pixels in (("stripes", stripes), ("noise", noise)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    picture = 0.4 + 0.2 * random_picture(64, 64)
    upright = {}
    for name in ("stripes", "noise"):
        given = {"layers": "block1", "steps": 8, "step_size": 0.02, "shape": "plain"}
        made = dream(picture, guide=str(tmp_path / f"{name}.png"), **given).picture
        across, down = (np.abs(np.diff(made, axis=axis)).mean() for axis in (1, 0))
        upright[name] = across / down
    assert upright["stripes"] > 1.1 * upright["noise"]


@pytest.mark.parametrize(
    ("guide", "message"),
    [
        (
            "tiny.png",
            "The guide tiny.png is 9x7; block4_pool needs 16 pixels on each side. "
            "Give a larger guide or choose an earlier layer.",
        ),
        ("none.png", "The guide none.png does not exist."),
        (
            "tiny.png=much",
            "The weight 'much' in guide 'tiny.png=much' is not a number. Type for example --guide a.jpg,b.jpg=0.5.",
        ),
        ("", "guide '' names no picture. Type for example --guide flower.jpg."),
        (
            "tiny.png=nan",
            "The weight 'nan' in guide 'tiny.png=nan' is not a number. Type for example --guide a.jpg,b.jpg=0.5.",
        ),
        ("tiny.png=0", "guide 'tiny.png=0' gives every picture the weight 0. Give one of them a weight."),
    ],
)
def test_a_guide_that_is_invalid_is_rejected_in_one_sentence(tmp_path, monkeypatch, guide, message):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.zeros((7, 9, 3), np.uint8)).save("tiny.png")
    with pytest.raises(DreamError) as refused:
        dream(random_picture(60, 84), guide=guide, layers="block4")
    assert str(refused.value) == message
    assert refused.value.exit_code == 2


def test_a_tileable_dream_has_no_seam_and_rolls_like_an_endless_picture():
    picture = np.repeat(np.linspace(0.1, 0.9, 101, dtype=np.float32)[:, None, None], 150, axis=1)
    picture = picture + np.float32(0.1) * random_picture(101, 150)  # its lower border is much lighter than the upper
    made = dream(np.clip(picture, 0, 1), tileable=True, layers="block3", steps=6)
    assert made.picture.shape == (104, 152, 3)
    assert made.recipe["notes"] == [
        "The picture was resized from 150x101 to 152x104 and faded into itself near its borders, "
        "so that its borders meet."
    ]
    for axis in (0, 1):
        assert not seam.measure(made.picture, axis=axis).visible
    flat = dream(np.clip(picture, 0, 1), layers="block3", steps=6).picture
    assert seam.measure(flat, axis=0).visible


def test_a_panorama_wraps_around_in_longitude_and_is_smooth_at_the_poles():
    rng = np.random.default_rng(2)
    picture = (0.4 + 0.2 * rng.random((64, 128, 3))).astype(np.float32)
    made = dream(picture, panorama=True, layers="block2", steps=6, octaves=1, tv=0)  # which smooths the noise itself
    added = made.picture - picture
    rough = np.abs(np.diff(added, axis=1)).mean(axis=(1, 2)) / np.abs(added).mean(axis=(1, 2))
    assert rough[[0, -1]].max() < 0.35 * rough[28:36].mean()
    assert not seam.measure(made.picture, axis=1).visible
    assert made.source.panorama == {"ProjectionType": "equirectangular"}


@pytest.mark.parametrize("start", ["noise", "pink", "clouds", "flat"])
def test_a_panorama_on_any_canvas_has_no_seam(start):
    made = dream(None, start=start, size="128x64", panorama=True, layers="block2", steps=2, octaves=2)
    assert not seam.measure(made.picture, axis=1).visible
    assert not [note for note in made.recipe["notes"] if "faded" in note]


def test_a_photograph_whose_sides_do_not_meet_is_faded_into_a_panorama_with_a_note():
    across = np.linspace(0.1, 0.9, 128, dtype=np.float32)[None, :, None]
    picture = np.clip(np.repeat(across, 64, axis=0) + np.float32(0.1) * random_picture(64, 128), 0, 1)
    assert seam.measure(picture, axis=1).visible
    made = dream(picture, panorama=True, layers="block2", steps=2, octaves=2)
    assert not seam.measure(made.picture, axis=1).visible
    assert made.recipe["notes"] == ["The picture was faded into itself near its borders, so that its borders meet."]
    assert made.recipe["closed"] is True


@pytest.mark.parametrize("start", ["picture", "clouds"])
def test_a_panorama_from_before_sides_were_made_to_meet_replays_as_it_was(start):
    given = {"network": "pocket", "panorama": True, "layers": "block1", "steps": 1, "octaves": 1, "start": start}
    picture = random_picture(64, 128) if start == "picture" else None
    given |= {"size": "128x64"} if picture is None else {}
    now, before = (request.understand(picture, given, closes=closes) for closes in (True, False))
    assert provenance.of_dream(now)["closed"] is True
    assert "closed" not in provenance.of_dream(before)
    assert not np.array_equal(now.picture.pixels, before.picture.pixels)
    if picture is not None:
        assert np.array_equal(before.picture.pixels, picture)


def test_where_memory_runs_out_every_dream_that_shares_the_gradient_gets_a_note_and_records_its_tile(monkeypatch):
    real = engine.make

    def scarce(*arguments, **how):
        gradient = real(*arguments, **how)

        def fails(images, tile):
            if tile is None or tile > 40:
                raise MemoryError
            return gradient(images, tile)

        return fails

    monkeypatch.setattr(engine, "make", scarce)
    asked = request.understand(random_picture(150, 130), {**QUICK, "octaves": 1})
    shared = session.Session()
    for _ in range(2):
        *records, done = run.run(asked, session=shared)
        assert [record.message for record in records if isinstance(record, Note)] == [
            "Memory ran out; continuing in tiles of 38 pixels."
        ]
        assert {record.tile for record in records if isinstance(record, Step)} == {38}
        assert done.recipe["settings"]["tile"] == 38


def test_a_gain_multiplies_each_place_s_step_and_may_exceed_one():
    picture = random_picture(45, 63) * 0.2 + 0.4
    given = QUICK | {"octaves": 1, "steps": 1, "jitter": 0, "precision": "float32", "headroom": 0, "tv": 0}
    asked = request.understand(picture, given)
    own = session.Session()
    run.prepare(asked, own)

    def ascended(gain):
        events = run.ascend(asked, own, expected=1.0, gain=gain)
        while True:
            try:
                next(events)
            except StopIteration as ended:
                return ended.value.picture - picture

    gain = np.ones((45, 63, 1), np.float32)
    gain[:, 30:] = 3
    np.testing.assert_allclose(ascended(gain), ascended(None) * gain, atol=1e-5)


def test_a_dream_that_begins_with_detail_begins_with_it_in_every_octave():
    picture = random_picture(45, 63) * 0.2 + 0.4
    asked = request.understand(picture, QUICK | {"steps": 1, "step_size": 1e-6, "precision": "float32"})
    own = session.Session()
    run.prepare(asked, own)
    added = (random_picture(45, 63, seed=1) - 0.5) * 0.2
    events = run.ascend(asked, own, expected=1.0, added=added)
    begun = {step.octave: step.picture.copy() for step in events}
    np.testing.assert_allclose(begun[1], images.resize(picture + added, begun[1].shape[:2]), atol=1e-3)
    np.testing.assert_allclose(begun[2], picture + added, atol=1e-3)
