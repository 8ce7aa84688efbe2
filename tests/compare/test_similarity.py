"""Similarity to the original: exact where nothing changed, known numbers where the change is known."""

import numpy as np
import pytest

from deepdream.compare import measures, similarity
from tests.support import random_picture

PICTURE = random_picture(61, 83)


def test_an_unchanged_picture_has_exactly_no_change():
    assert similarity.distance(PICTURE, PICTURE.copy()) == 0.0
    assert similarity.ssim(PICTURE, PICTURE.copy()) == 1.0
    assert similarity.outlines(PICTURE, PICTURE.copy()) == 1.0


@pytest.mark.parametrize("size", [(61, 83), (501, 703)])
def test_an_unchanged_picture_measures_as_unchanged(size):
    picture = random_picture(*size)
    found, noise = measures.take(picture, picture.copy())
    assert all(np.isnan(one.mean) for one in noise.values())
    assert (found["distance"], found["ssim"], found["outlines"]) == (0.0, 1.0, 1.0)
    assert all(np.isnan(found[name]) for name in ("wavelength", "slope", "part_size", "repetition", "spread", "grid"))
    assert measures.kept(picture, picture.copy()) == (0.0, 1.0, 1.0)


def test_the_distance_of_an_even_change():
    assert similarity.distance(PICTURE * 0.5, PICTURE * 0.5 + 0.25) == pytest.approx(0.25)


def test_an_inverted_picture_keeps_its_outlines_but_not_its_structure():
    assert similarity.outlines(PICTURE, 1 - PICTURE) == pytest.approx(1)
    assert similarity.ssim(PICTURE, 1 - PICTURE) < 0


def test_another_picture_keeps_neither():
    other = random_picture(61, 83, seed=1)
    assert abs(similarity.outlines(PICTURE, other)) < 0.2
    assert similarity.ssim(PICTURE, other) < 0.3


def test_a_flat_picture_has_no_outlines():
    flat = np.full_like(PICTURE, 0.5)
    assert np.isnan(similarity.outlines(flat, PICTURE))
    assert similarity.outlines(PICTURE, flat) == 0.0


def test_more_noise_is_further_away():
    grain = np.random.default_rng(0).normal(size=PICTURE.shape)
    kept = [measures.kept(PICTURE, PICTURE + level * grain) for level in (0, 0.02, 0.1, 0.5)]
    assert [row[0] for row in kept] == sorted(row[0] for row in kept)
    assert [row[1] for row in kept] == sorted((row[1] for row in kept), reverse=True)
    assert [row[2] for row in kept] == sorted((row[2] for row in kept), reverse=True)


def test_grey_is_not_colourful_and_pure_colours_are():
    assert similarity.colourfulness(np.repeat(PICTURE[..., :1], 3, axis=2)) == pytest.approx(0, abs=1e-6)
    halves = np.zeros((10, 20, 3))
    halves[:, :10, 0], halves[:, 10:, 1] = 1, 1
    # Half red, half green: rg is 255 and -255, yb is 127.5 everywhere. M3 = 255 + 0.3 * 127.5.
    assert similarity.colourfulness(halves) == pytest.approx(255 + 0.3 * 127.5)


def test_a_step_of_a_smaller_octave_counts_as_the_picture_it_would_give():
    big = random_picture(200, 300)
    from deepdream import images

    small = images.resize(big, (100, 150))
    assert measures.kept(big, small) == (0.0, 1.0, 1.0)
    lighter = measures.kept(big * 0.5, images.resize(big * 0.5, (100, 150)) + np.float32(0.1))
    assert lighter[0] == pytest.approx(0.1, abs=1e-3)
