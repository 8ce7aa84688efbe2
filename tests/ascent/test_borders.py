"""What continues a picture beyond its borders."""

import numpy as np
import pytest

from deepdream.ascent.borders import CONTINUATIONS, SPREAD, WIDEST, mirror, smooth
from tests.support import random_picture

HEIGHT, WIDTH, ROWS, COLUMNS = 61, 83, (5, 9), (0, 12)


@pytest.mark.parametrize("name", CONTINUATIONS)
def test_the_picture_itself_stays_as_it_is(name):
    picture = random_picture(HEIGHT, WIDTH)
    before = picture.copy()
    shown = CONTINUATIONS[name](picture, ROWS, COLUMNS)
    assert (shown.shape, shown.dtype) == ((HEIGHT + 14, WIDTH + 12, 3), np.float32)
    assert np.array_equal(shown[5:-9, :-12], before)
    assert np.array_equal(picture, before)
    assert np.array_equal(shown, np.clip(shown, 0, 1))


def test_slopes_go_on_beyond_every_border_of_a_mirror_image():
    whole = slope(HEIGHT + 14, WIDTH + 12)
    np.testing.assert_allclose(mirror(whole[5:-9, :-12], ROWS, COLUMNS), whole, atol=1e-5)


def test_slopes_go_on_beyond_smooth_borders_away_from_corners():
    whole = slope(161 + 14, 203 + 12)
    shown = smooth(whole[5:-9, :-12], ROWS, COLUMNS)
    rows, columns = (slice(3 * WIDEST + 9, -3 * WIDEST - 12),) * 2
    np.testing.assert_allclose(shown[:, columns], whole[:, columns], atol=1e-5)
    np.testing.assert_allclose(shown[rows], whole[rows], atol=1e-5)


def test_a_mirror_image_is_twice_the_border_minus_the_picture():
    picture = 0.4 + 0.2 * random_picture(HEIGHT, WIDTH)
    shown = mirror(picture, (3, 0), (0, 0))
    np.testing.assert_allclose(shown[:3], 2 * picture[0] - picture[3:0:-1], atol=1e-6)


def test_grain_on_the_border_leaves_no_streaks_beyond_it():
    picture = np.full((40, 90, 3), 0.5, np.float32)
    picture[0, ::2] += np.float32(0.1)  # every other pixel of the first row
    assert np.ptp(mirror(picture, (8, 0), (0, 0))[:8], axis=1) == pytest.approx(0.2)
    np.testing.assert_allclose(smooth(picture, (8, 0), (0, 0))[:7], 0.6, atol=2e-3)  # twice the mean minus the picture


def test_light_that_changes_slowly_along_a_border_goes_on_beyond_it():
    waves = 0.5 + 0.3 * np.cos(2 * np.pi * np.arange(400) / 200)
    picture = np.broadcast_to(waves.astype(np.float32)[None, :, None], (60, 400, 3))
    shown = smooth(picture, (20, 0), (0, 0))[::-1][60:, :, 0]
    away = slice(3 * WIDEST, -3 * WIDEST)  # from the ends of the border
    for distance, found in enumerate(shown, start=1):
        kept = np.exp(
            -0.5 * (2 * np.pi * min(SPREAD * distance, WIDEST) / 200) ** 2
        )  # a Gaussian's response to that wave
        expected = 2 * (0.5 + kept * (waves - 0.5)) - waves
        np.testing.assert_allclose(found[away], expected[away], atol=3e-3)


def test_what_meets_a_border_has_no_edge_there():
    picture = np.full((40, 90, 3), 0.3, np.float32)
    picture[:, 40:50] = 0.7  # a trunk
    shown = smooth(picture, (8, 0), (0, 0))
    assert np.abs(shown[7, 44:46] - 0.7).max() < 0.02
    assert np.abs(shown[7, 20] - 0.3).max() < 0.02


def slope(height: int, width: int) -> np.ndarray:
    """A picture that brightens evenly down and to the right, and darkens so in green."""
    down, right = np.mgrid[:height, :width]
    plane = 0.2 + 0.001 * down + 0.0015 * right
    return np.stack([plane, 1 - plane, plane], axis=-1).astype(np.float32)
