"""The filter form of the pyramid against a decimated pyramid averaged over all shifts."""

import itertools

import numpy as np
import pytest

from deepdream.ascent import laplacian
from tests.support import random_picture, relative_error


def blur(picture):
    """The binomial kernel along both axes, borders wrapping."""
    for axis in (0, 1):
        picture = sum(
            n / 16 * np.roll(picture, shift, axis) for n, shift in zip((1, 4, 6, 4, 1), range(-2, 3), strict=True)
        )
    return picture


def halved(picture):
    return blur(picture)[::2, ::2]


def doubled(picture):
    spread = np.zeros((2 * picture.shape[0], 2 * picture.shape[1], 3))
    spread[::2, ::2] = picture
    return 4 * blur(spread)


def split(picture, levels):
    parts = []
    for _ in range(levels):
        coarse = halved(picture)
        parts.append(picture - doubled(coarse))
        picture = coarse
    return [*parts, picture]


def merged(parts):
    picture = parts[-1]
    for part in reversed(parts[:-1]):
        picture = doubled(picture) + part
    return picture


def shifted(picture, levels):
    """Every shift that a decimated pyramid distinguishes, with the picture rolled by it."""
    for shift in itertools.product(range(2**levels), repeat=2):
        yield shift, np.roll(picture, shift, (0, 1))


def alone(parts, level):
    return [part * (number == level) for number, part in enumerate(parts)]


@pytest.mark.parametrize("size", [(37, 51), (64, 48), (5, 3), (1, 1)])
@pytest.mark.parametrize("levels", [0, 1, 4, 9])
def test_the_pyramid_reconstructs(size, levels):
    gradient = random_picture(*size)
    assert relative_error(laplacian.weighted(gradient.copy(), np.ones(levels + 1)), gradient) < 1e-6


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_level_is_the_mean_over_all_shifts_of_that_level(level):
    picture = random_picture(24, 40)
    unrolled = [
        np.roll(merged(alone(split(rolled, 2), level)), (-shift[0], -shift[1]), (0, 1))
        for shift, rolled in shifted(picture, 2)
    ]
    found = laplacian.weighted(picture.copy(), [float(number == level) for number in range(3)])
    assert relative_error(found, np.mean(unrolled, axis=0)) < 1e-6


def test_each_level_is_divided_by_its_root_mean_square_over_all_shifts():
    gradient = random_picture(24, 40)
    powers = [[np.square(part).mean() for part in split(rolled, 2)] for _, rolled in shifted(gradient, 2)]
    expected = laplacian.weighted(gradient.copy(), 1 / np.sqrt(np.mean(powers, axis=0)))
    assert relative_error(laplacian.laplacian(gradient.copy(), levels=2), expected) < 1e-5


def test_normalisation_commutes_with_rolling_a_picture_of_odd_size():
    gradient = random_picture(45, 33)
    rolled = np.roll(laplacian.laplacian(gradient.copy()), (7, -5), (0, 1))
    assert relative_error(laplacian.laplacian(np.roll(gradient, (7, -5), (0, 1))), rolled) < 1e-5


def test_waves_of_different_scales_end_up_about_equally_strong():
    columns = np.arange(256)
    fine, coarse = (np.cos(2 * np.pi * cycles * columns / 256)[None, :, None] for cycles in (110, 3))
    for strength in (1 / 100, 1, 100):
        gradient = np.broadcast_to(fine + strength * coarse, (9, 256, 3)).astype(np.float32)
        waves = np.abs(np.fft.rfft(laplacian.laplacian(gradient)[0, :, 0]))
        assert 1 / 5 < waves[3] / waves[110] < 5  # a wave may be in all five levels, each brought to 1


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_the_scale_of_the_gradient_does_not_matter(scale):
    gradient = random_picture(21, 34) - np.float32(0.5)
    scaled = laplacian.laplacian(gradient * np.float32(scale))
    assert relative_error(scaled, laplacian.laplacian(gradient.copy())) < 1e-5


def test_an_empty_level_stays_empty():
    shaped = laplacian.laplacian(np.full((32, 48, 3), 0.25, np.float32))
    np.testing.assert_allclose(shaped, 1, atol=1e-5)


@pytest.mark.parametrize("value", [0, np.nan])
def test_a_gradient_that_is_zero_or_not_finite_is_left_for_the_normalisation_to_reject(value):
    gradient = np.full((7, 9, 3), value, np.float32)
    np.testing.assert_array_equal(laplacian.laplacian(gradient.copy()), gradient)
