"""Colours kept, matched and held, measured with scikit-image and in closed form."""

import tracemalloc

import numpy as np
import pytest
from skimage import color

from deepdream import images
from deepdream.images import colour
from tests.support import random_picture, relative_error

HEIGHT, WIDTH = 51, 73
LEVEL = 1 / 255


@pytest.fixture
def original():
    return random_picture(HEIGHT, WIDTH, seed=1)


@pytest.fixture
def dream():
    return random_picture(HEIGHT, WIDTH, seed=2)


def ycc(picture):
    """Y in 16..235, Cb and Cr in 16..240, by scikit-image, scaled to 0..1 and -0.5..0.5."""
    return (color.rgb2ycbcr(picture.astype(float)) - [16, 128, 128]) / [219, 224, 224]


def lab(picture):
    return color.rgb2lab(picture.astype(float))


def chroma_error(picture, original):
    return np.abs(ycc(picture) - ycc(original))[..., 1:].max()


def test_keep_colours_keeps_chroma_to_one_level_even_in_the_file(tmp_path, dream, original):
    kept = colour.keep_colours(dream, original)
    assert chroma_error(kept, original) < 1e-5
    images.write(tmp_path / "kept.png", kept)
    assert chroma_error(images.read(tmp_path / "kept.png").pixels, original) < LEVEL


def test_keep_colours_takes_the_dreams_luma_within_the_headroom(original):
    original = 0.3 + 0.4 * original
    dream = original + 0.1 * (random_picture(HEIGHT, WIDTH, seed=5) - 0.5)
    luma = ycc(dream)[..., 0]
    np.testing.assert_allclose(ycc(colour.keep_colours(dream, original))[..., 0], luma, atol=1e-5)


def test_keep_colours_compresses_luma_into_the_headroom_monotonically():
    original = np.tile(np.float32([0.9, 0.2, 0.3]), (1, 64, 1))
    dream = np.repeat(np.linspace(0, 1, 64, dtype=np.float32), 3).reshape(1, 64, 3)
    kept = colour.keep_colours(dream, original)
    assert 0 <= kept.min() < kept.max() <= 1
    assert (np.diff(ycc(kept)[0, :, 0]) > 0).all()
    assert chroma_error(kept, original) < 1e-5


def test_keep_colours_of_a_pure_colour_leaves_it(dream):
    red = np.broadcast_to(np.float32([1, 0, 0]), dream.shape)
    np.testing.assert_allclose(colour.keep_colours(dream, red), red, atol=1e-6)


@pytest.mark.parametrize("keep", [colour.keep_colours, colour.keep_lightness])
def test_keeping_of_a_dream_that_is_the_original_changes_nothing(keep, original):
    assert np.abs(keep(original.copy(), original) - original).max() < 0.1 * LEVEL


def test_keep_lightness_has_the_originals_lightness(dream, original):
    kept = colour.keep_lightness(dream.copy(), original)
    assert np.abs(lab(kept)[..., 0] - lab(original)[..., 0]).max() < 0.05


def test_keep_lightness_has_the_dreams_colours_within_the_gamut(dream, original):
    dream, original = 0.4 + 0.2 * dream, 0.4 + 0.2 * original
    kept = colour.keep_lightness(dream.copy(), original)
    assert np.abs(lab(kept)[..., 1:] - lab(dream)[..., 1:]).max() < 0.05


def test_statistics_are_those_of_scikit_images_lab(original):
    found = colour.statistics(original)
    np.testing.assert_allclose(found.mean, lab(original).mean(axis=(0, 1)), atol=0.03)
    np.testing.assert_allclose(found.deviation, lab(original).std(axis=(0, 1)), atol=0.03)


def test_matched_statistics_are_the_references(dream):
    palette = 0.35 + 0.3 * random_picture(40, 31, seed=9) * np.float32([1, 0.8, 0.6])  # of another size
    matched = colour.match_statistics(dream, colour.statistics(palette))
    np.testing.assert_allclose(lab(matched).mean(axis=(0, 1)), lab(palette).mean(axis=(0, 1)), atol=0.3)
    np.testing.assert_allclose(lab(matched).std(axis=(0, 1)), lab(palette).std(axis=(0, 1)), atol=0.3)


def test_matching_a_picture_with_itself_changes_nothing(dream):
    matched = colour.match_statistics(dream.copy(), colour.statistics(dream))
    assert np.abs(matched - dream).max() < 0.1 * LEVEL


def test_matching_does_not_amplify_rounding_into_colours():
    grey = np.round(np.repeat(random_picture(HEIGHT, WIDTH).mean(axis=2, keepdims=True), 3, axis=2) * 255) / 255
    matched = colour.match_statistics(grey.astype(np.float32), colour.statistics(random_picture(30, 30)))
    a, b = lab(matched)[..., 1], lab(matched)[..., 2]
    assert max(a.std(), b.std()) < 0.5


def test_balance_is_mean_contrast_and_saturation(original):
    found = colour.balance(original)
    spread = ycc(original).std(axis=(0, 1))
    np.testing.assert_allclose(found.mean, original.mean(axis=(0, 1)), atol=1e-5)
    assert found.contrast == pytest.approx(spread[0], abs=1e-4)
    assert found.saturation == pytest.approx(np.hypot(*spread[1:]), abs=1e-4)


def test_held_pictures_have_the_starts_balance(original):
    start = colour.balance(original)
    drifted = (original * np.float32([0.9, 0.5, 0.7]) + 0.1) ** 1.3
    held = colour.balance(colour.hold(drifted, start, clip=False))
    np.testing.assert_allclose(held.mean, start.mean, atol=1e-5)
    assert held.contrast == pytest.approx(start.contrast, abs=1e-5)
    assert held.saturation == pytest.approx(start.saturation, abs=1e-5)


def test_a_long_run_that_drifts_is_held():
    picture = random_picture(HEIGHT, WIDTH)
    start = colour.balance(picture)
    push = np.float32([0.004, -0.002, 0.003])
    for _ in range(200):
        picture = np.clip(0.5 + (picture + push - 0.5) * 1.02, 0, 1)  # brighter, redder and harder with each step
        colour.hold(picture, start)
    now = colour.balance(picture)
    np.testing.assert_allclose(now.mean, start.mean, atol=2 * LEVEL)
    assert now.contrast == pytest.approx(start.contrast, rel=0.02)
    assert now.saturation == pytest.approx(start.saturation, rel=0.02)


def test_an_empty_canvas_may_fill_before_it_is_held(original):
    empty = colour.balance(np.full_like(original, 0.5))
    first = 0.5 + 0.05 * (original - original.mean(axis=(0, 1)))
    np.testing.assert_allclose(colour.hold(first.copy(), empty, clip=False), first, atol=1e-4)
    full = colour.balance(colour.hold(original.copy(), empty, clip=False))
    assert full.contrast == pytest.approx(colour.FREE_CONTRAST, rel=1e-4)
    assert full.saturation == pytest.approx(colour.FREE_SATURATION, rel=1e-4)


def test_holding_commutes_with_rolling(original, dream):
    start = colour.balance(original)
    rolled = np.roll(colour.hold(dream.copy(), start), (7, -12), (0, 1))
    assert relative_error(colour.hold(np.roll(dream, (7, -12), (0, 1)), start), rolled) < 1e-6


@pytest.mark.parametrize(
    "change",
    [
        colour.keep_colours,
        colour.keep_lightness,
        lambda dream, original: colour.match_statistics(dream, colour.statistics(original)),
        lambda dream, original: colour.hold(dream, colour.balance(original)),
    ],
)
def test_a_large_picture_is_changed_in_place_by_strips(change):
    dream, original = (0.3 + np.random.default_rng(n).random((1703, 1401, 3), np.float32) / 3 for n in (1, 2))
    kept, before = original.copy(), dream[:40].copy()
    tracemalloc.start()
    changed = change(dream, original)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert changed is dream
    assert changed.dtype == np.float32
    assert 0 <= changed.min() <= changed.max() <= 1
    assert not np.array_equal(changed[:40], before)
    assert np.array_equal(original, kept)
    assert peak < 200e6  # which does not grow with the picture


def test_only_what_the_cover_covers_is_measured_and_changed():
    picture, other = random_picture(40, 60), 0.3 + 0.4 * random_picture(40, 60, seed=1)
    cover = np.zeros((40, 60, 1), np.float32)
    cover[:, :30] = 1
    inside, outside = np.s_[:, :30], np.s_[:, 30:]
    for change, state in (
        (colour.match_statistics, colour.statistics(other)),
        (colour.hold, colour.balance(other)),
    ):
        alone = change(picture[inside].copy(), state)
        whole = change(picture.copy(), state, cover=cover)
        np.testing.assert_allclose(whole[inside], alone, atol=1e-5)
        assert np.array_equal(whole[outside], picture[outside])


def test_a_soft_cover_leaves_no_visible_edge():
    picture = random_picture(40, 60)
    ramp = np.broadcast_to(np.linspace(0, 1, 60, dtype=np.float32)[None, :, None], (40, 60, 1))
    full = colour.match_statistics(picture.copy(), colour.statistics(1 - picture), np.ones_like(ramp))
    soft = colour.match_statistics(picture.copy(), colour.statistics(1 - picture), ramp)
    assert np.array_equal(soft[:, 0], picture[:, 0])
    assert np.abs(soft - picture)[:, 1:4].mean() < 0.2 * np.abs(full - picture).mean()
