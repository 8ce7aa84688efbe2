"""Constraints on the picture after a step."""

import numpy as np
import pytest

from deepdream.ascent import constraints
from deepdream.images import colour, compositing
from tests.support import random_picture


def test_clipping_brings_the_picture_into_range_and_changes_nothing_else():
    before = 3 * random_picture(301, 7) - 1
    picture = before.copy()
    assert not constraints.clip(picture)
    np.testing.assert_array_equal(picture, np.clip(before, 0, 1))


def test_hold_restores_the_starts_mean_and_contrast():
    start = random_picture(31, 44)
    picture = 0.5 * start + 0.3
    assert not constraints.hold(start, clip=False, cover=None)(picture)
    assert colour.balance(picture).contrast == pytest.approx(colour.balance(start).contrast, rel=1e-4)
    np.testing.assert_allclose(picture.mean(axis=(0, 1)), start.mean(axis=(0, 1)), atol=1e-5)


def test_a_picture_within_the_distance_stays_and_one_beyond_it_ends_the_climb_there():
    original = random_picture(31, 44)
    constraint = constraints.within(original, 0.1)
    picture = original + np.float32(0.05)
    before = picture.copy()
    assert not constraint(picture)
    np.testing.assert_array_equal(picture, before)
    picture += np.float32(0.2)
    assert constraint(picture)
    assert compositing.distance(picture, original) == pytest.approx(0.1, rel=1e-5)
