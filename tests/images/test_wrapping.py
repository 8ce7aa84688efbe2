"""Periodic sizes, cross-faded borders, wrap-around resizing."""

import numpy as np
import pytest

from deepdream import images
from deepdream.images import wrapping
from deepdream.pipeline.request import understand
from tests.images import seam
from tests.support import random_picture


def wave(height, width):
    """A picture that is periodic along both axes."""
    y, x = np.mgrid[:height, :width]
    grey = 0.5 + 0.2 * np.sin(2 * np.pi * 3 * x / width) + 0.2 * np.cos(2 * np.pi * 2 * y / height)
    return np.repeat(grey[..., None], 3, axis=2).astype(np.float32)


def test_wrapping_sides_are_rounded_to_the_stride():
    assert wrapping.periodic_size((603, 905), 16, (True, True)) == (608, 912)
    assert wrapping.periodic_size((603, 905), 16, (False, True)) == (603, 912)
    assert wrapping.periodic_size((5, 9), 16, (True, True)) == (16, 16)


@pytest.mark.parametrize("wraps", [(True, True), (False, True), (True, False)])
def test_make_periodic_matches_the_borders_and_keeps_the_middle(wraps):
    ramp = np.linspace(0, 1, 97)[:, None, None] + np.linspace(0, 0.5, 131)[None, :, None]
    ramp = np.repeat(ramp, 3, axis=2).astype(np.float32)
    closed = wrapping.make_periodic(ramp, wraps)
    for axis in (0, 1):
        assert seam.measure(ramp, axis=axis).visible
        assert seam.measure(closed, axis=axis).visible != wraps[axis]
    np.testing.assert_array_equal(closed[20:-20, 25:-25], ramp[20:-20, 25:-25])


def test_a_periodic_picture_is_still_periodic_after_resizing():
    resized = wrapping.resize(wave(48, 80), (72, 112), (True, True), images.resize)
    np.testing.assert_allclose(
        resized,
        np.roll(
            wrapping.resize(np.roll(wave(48, 80), (24, 40), (0, 1)), (72, 112), (True, True), images.resize),
            (-36, -56),
            (0, 1),
        ),
        atol=1e-5,
    )
    flat = images.resize(wave(48, 80), (72, 112))
    rolled = np.roll(images.resize(np.roll(wave(48, 80), (24, 40), (0, 1)), (72, 112)), (-36, -56), (0, 1))
    assert np.abs(flat - rolled).max() > 1e-3  # without wrap-around resizing it is not


def test_without_wrapping_it_is_the_plain_resize():
    picture = random_picture(31, 43)
    np.testing.assert_array_equal(
        wrapping.resize(picture, (45, 60), (False, False), images.resize), images.resize(picture, (45, 60))
    )


def test_a_picture_that_is_periodic_already_is_not_changed():
    assert all(wrapping.is_periodic(wave(48, 80), axis) for axis in (0, 1))
    ramp = np.broadcast_to(np.linspace(0, 1, 48, dtype=np.float32)[:, None, None], (48, 80, 3))
    assert not wrapping.is_periodic(ramp, 0)
    assert wrapping.is_periodic(ramp, 1)
    request = understand(wave(48, 80), {"tileable": True, "layers": "block2", "network": "pocket"})
    assert request.notes == ()
    np.testing.assert_array_equal(request.picture.pixels, wave(48, 80))
