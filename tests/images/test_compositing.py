"""Distances and blends with known results."""

import numpy as np
import pytest

from deepdream.images import compositing
from tests.support import random_picture


def test_the_distance_is_a_root_mean_square_difference():
    original = np.zeros((301, 7, 3), np.float32)  # more rows than a strip
    assert compositing.distance(original, original) == 0
    assert compositing.distance(original + 0.25, original) == pytest.approx(0.25)


def test_a_dream_beyond_the_limit_is_blended_back_to_exactly_the_limit():
    original, dream = random_picture(301, 9), random_picture(301, 9, seed=1)
    direction = dream - original
    assert not compositing.hold_within(dream, original, 0.9)
    assert compositing.hold_within(dream, original, 0.05)
    assert compositing.distance(dream, original) == pytest.approx(0.05, rel=1e-4)
    np.testing.assert_allclose(np.corrcoef((dream - original).ravel(), direction.ravel())[0, 1], 1, atol=1e-5)


def test_strength_blends_from_the_original_to_the_dream():
    original, dream = random_picture(13, 9), random_picture(13, 9, seed=1)
    for strength, expected in ((0.0, original), (1.0, dream), (0.5, (original + dream) / 2)):
        shown = dream.copy()
        compositing.show(shown, original, strength)
        np.testing.assert_allclose(shown, expected, atol=1e-6)


def test_where_every_mask_is_black_the_original_is_restored_bit_for_bit():
    original, dream = random_picture(13, 9), random_picture(13, 9, seed=1)
    left, top = np.zeros((13, 9, 1), np.float32), np.zeros((13, 9, 1), np.float32)
    left[:, :3], top[:2] = 0.01, 1
    shown = dream.copy()
    compositing.restore(shown, original, (left, top))
    outside = (left + top)[..., 0] == 0
    assert np.array_equal(shown[outside], original[outside])
    assert np.array_equal(shown[~outside], dream[~outside])


def test_a_region_without_a_mask_is_everywhere():
    original, dream = random_picture(5, 9), random_picture(5, 9, seed=1)
    shown = dream.copy()
    compositing.restore(shown, original, (None, np.zeros((5, 9, 1), np.float32)))
    assert np.array_equal(shown, dream)


def test_the_cover_of_masks_is_their_largest_value():
    left, top = np.zeros((5, 9, 1), np.float32), np.zeros((5, 9, 1), np.float32)
    left[:, :3], top[:2] = 0.25, 1
    found = compositing.cover((left, top))
    assert np.array_equal(found, np.maximum(left, top))
    assert compositing.cover((left, None)) is None
