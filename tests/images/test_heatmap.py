"""Heat maps: where the heat is, and the colours of minimum and maximum."""

import numpy as np
import pytest

from deepdream.images import heatmap

GREY = np.full((37, 53, 3), 0.5, np.float32)


def test_a_silent_channel_leaves_the_picture_dim_and_grey():
    picture = GREY * [1.0, 0.2, 0.6]
    shown = heatmap.overlay(picture.astype(np.float32), np.zeros((9, 13), np.float32), 4)
    np.testing.assert_allclose(shown, np.full_like(GREY, heatmap.DIMMED * 0.3), atol=1e-6)


def test_the_heat_is_where_the_channel_is_active_at_odd_sizes_too():
    map = np.zeros((9, 13), np.float32)
    map[2, 3] = 7.0
    shown = heatmap.overlay(GREY, map, 4)
    assert shown.shape == GREY.shape
    assert shown.dtype == np.float32
    change = np.abs(shown - heatmap.DIMMED * 0.5).sum(axis=2)
    rows, columns = np.nonzero(change > 0.5 * change.max())
    assert rows.mean() == pytest.approx(2 * 4 + 1.5, abs=0.6)
    assert columns.mean() == pytest.approx(3 * 4 + 1.5, abs=0.6)
    assert change[:, 30:].max() < 1e-5


def test_the_last_position_extends_to_the_border():
    map = np.zeros((9, 13), np.float32)
    map[-1, -1] = 1.0
    change = np.abs(heatmap.overlay(GREY, map, 4) - heatmap.DIMMED * 0.5).sum(axis=2)
    assert change[-1, -1] > 0.1


def test_viridis_from_minimum_to_maximum():
    shown = np.rint(heatmap.plain(np.float32([[2.0, 3.0], [2.5, 2.0]])) * 255)
    assert shown[0, 0].tolist() == [68, 1, 84]
    assert shown[0, 1].tolist() == [253, 231, 37]
    assert (heatmap.plain(np.ones((2, 2), np.float32)) == heatmap.plain(np.zeros((1, 1), np.float32))).all()


def test_small_maps_are_shown_as_squares():
    small = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    large = heatmap.enlarged(small, 7)
    assert large.shape == (6, 6, 3)
    assert (large[:3, 3:] == small[0, 1]).all()


def test_maps_that_are_large_enough_stay_as_they_are():
    map = np.arange(6 * 5 * 3, dtype=np.float32).reshape(6, 5, 3)
    assert np.array_equal(heatmap.enlarged(map, 4), map)


def test_a_signed_map_is_warm_above_zero_and_cold_below_and_grey_at_zero():
    map = np.zeros(GREY.shape[:2], np.float32)
    map[3, 5], map[20, 40] = 2.0, -2.0
    shown = heatmap.signed(GREY * [1.0, 0.2, 0.6], map)
    assert shown.dtype == np.float32
    assert shown[3, 5, 0] > shown[3, 5, 2] + 0.1
    assert shown[20, 40, 2] > shown[20, 40, 0] - 0.1
    np.testing.assert_allclose(shown[10, 10], heatmap.DIMMED * 0.3, atol=1e-6)
    warm, cold = (heatmap.signed(GREY, sign * map)[3, 5] for sign in (1, -1))
    np.testing.assert_allclose(warm, cold[::-1], atol=1e-6)  # equally bright
