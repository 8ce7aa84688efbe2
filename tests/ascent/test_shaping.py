"""Natural shaping on waves whose result is known in closed form, the cascade against SciPy."""

import tracemalloc

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from deepdream.ascent import laplacian, shaping
from deepdream.settings import Settings
from tests.support import random_picture, relative_error


def natural(gradient: np.ndarray, **how) -> np.ndarray:
    """The shaped gradient; a copy is shaped, because shaping works in place."""
    return shaping.natural(gradient.copy(), **how)


def wave(height: int, width: int, cycles: int) -> np.ndarray:
    """A grey grating with this many cycles across the width."""
    row = np.sin(2 * np.pi * cycles * np.arange(width) / width)
    return np.broadcast_to(row[None, :, None], (height, width, 3)).astype(np.float32)


def test_no_exponent_and_no_colour_leaves_the_gradient():
    gradient = random_picture(37, 51)
    assert relative_error(natural(gradient, exponent=0, colour=0), gradient) < 1e-6


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_a_wave_is_divided_by_its_frequency_to_the_exponent(exponent):
    coarse, fine = wave(31, 256, 8), wave(31, 256, 32)
    gain = [np.abs(natural(w, exponent=exponent, colour=0)).max() for w in (coarse, fine)]
    assert gain[0] / gain[1] == pytest.approx(4**exponent, rel=1e-3)


def test_waves_longer_than_sixty_four_pixels_are_not_amplified_further():
    gain = [np.abs(natural(wave(9, 512, n), colour=0)).max() for n in (2, 8)]
    assert gain[0] == pytest.approx(gain[1], rel=1e-4)


@pytest.mark.parametrize("longest", [6, 12, 32, 64])
@pytest.mark.parametrize("exponent", [0.5, 1.5])
@pytest.mark.parametrize("fades", [False, True])
def test_the_spectrum_falls_with_frequency_and_beyond_the_longest_wave_is_flat_or_fades(longest, exponent, fades):
    noise = np.random.default_rng(0).normal(size=(192, 240, 3)).astype(np.float32)
    shaped = natural(noise, exponent=exponent, colour=0, longest=longest, fades=fades)
    gain = np.abs(np.fft.rfft2(shaped[..., 0])) / np.abs(np.fft.rfft2(noise[..., 0]))
    waves = np.hypot(np.fft.fftfreq(192)[:, None], np.fft.rfftfreq(240)) * longest
    expected = np.maximum(waves, 1) ** -exponent * (np.minimum(waves, 1) if fades else 1)
    np.testing.assert_allclose(gain, expected, rtol=1e-3, atol=1e-5)


def test_where_longer_waves_fade_the_mean_brightness_does_not_change():
    shaped = natural(random_picture(64, 80), fades=True)
    assert np.abs(shaped.mean(axis=(0, 1))).max() < 1e-6


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("size", [(33, 70), (64, 90), (5, 7)])
def test_open_borders_do_not_meet(size, mirrored):
    gradient = np.zeros((*size, 3), np.float32)
    gradient[:, :2] = 1  # a line at the left border only
    wrapped = natural(gradient.copy(), colour=0, longest=16)
    opened = natural(gradient.copy(), colour=0, longest=16, opens=(True, True), mirrored=mirrored)
    assert np.abs(opened[:, -2:]).max() < 0.5 * np.abs(wrapped[:, -2:]).max()


def test_a_mirrored_gradient_is_shaped_as_the_middle_of_its_mirror_images():
    gradient = random_picture(48, 60)
    images = np.pad(gradient, ((48, 48), (60, 60), (0, 0)), mode="symmetric")  # wraps around without a seam
    middle = natural(images, longest=16, fades=True)[48:96, 60:120]
    own = natural(gradient, longest=16, fades=True, opens=(True, True), mirrored=True)
    assert relative_error(own, middle) < 0.1  # the images end at 16 pixels, and waves fade slowly


@pytest.mark.parametrize(("mirrored", "low", "high"), [(False, 0.97, 1.03), (True, 1.15, 1.45)])
def test_white_noise_is_as_strong_at_open_borders_as_inside_unless_it_is_mirrored(mirrored, low, high):
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(40):
        noise = rng.normal(size=(90, 900, 3)).astype(np.float32)
        shaped = natural(noise, colour=0, longest=32, fades=True, opens=(True, False), mirrored=mirrored)
        rows.append(np.square(shaped).mean(axis=(1, 2)))
    strength = np.sqrt(np.mean(rows, axis=0))
    inside = strength[30:60].mean()
    assert low < strength[0] / inside < high
    assert low < strength[-1] / inside < high
    assert 0.97 < strength[12] / inside < 1.03


@pytest.mark.parametrize(
    ("sees", "longest"), [(3, 16), (6, 16), (8, 16), (10, 32), (16, 32), (24, 64), (500, 64), (None, 64)]
)
def test_a_layer_is_shaped_by_the_first_band_that_holds_two_of_its_receptive_fields(sees, longest):
    assert shaping.band(sees).longest == longest


@pytest.mark.parametrize(("sees", "longest"), [(3, 6), (16, 32), (48, 64), (None, 64)])
def test_former_shaping_takes_the_deepest_layers_field(sees, longest):
    (step,) = shaping.SHAPINGS["natural"](Settings(shape_field="deepest", shape_exponent=1.0, border="wrap"), sees)
    gradient = random_picture(40, 50)
    assert relative_error(step(gradient.copy()), natural(gradient, longest=longest)) < 1e-6


def test_the_exponent_is_by_depth_unless_given():
    gradient = random_picture(40, 50)
    for given, exponent in ({}, 0.5), ({"shape_exponent": 2.0}, 2.0):
        (step,) = shaping.SHAPINGS["natural"](Settings(**given), 6)
        shaped = natural(gradient, exponent=exponent, longest=16, fades=True, opens=(True, True))
        assert relative_error(step(gradient.copy()), shaped) < 1e-6


def test_natural_colours_favour_grey_over_opposed_colours():
    grey = np.ones((8, 9, 3), np.float32)
    opposed = grey * np.array([1, -2, 1], np.float32)
    strength = [np.linalg.norm(natural(g, exponent=0)) / np.linalg.norm(g) for g in (grey, opposed)]
    assert strength[0] > 20 * strength[1]


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
def test_natural_shaping_without_an_exponent_is_the_colours_alone(share):
    gradient = random_picture(21, 34)
    assert (
        relative_error(shaping.coloured(gradient.copy(), share=share), natural(gradient, exponent=0, colour=share))
        < 1e-6
    )


def test_shaping_commutes_with_rolling_the_picture():
    gradient = random_picture(45, 33)
    rolled = np.roll(natural(gradient), (7, -5), (0, 1))
    assert relative_error(natural(np.roll(gradient, (7, -5), (0, 1))), rolled) < 1e-5


@pytest.mark.parametrize("sigma", [0.5, 1.3, 4.0])
def test_the_cascade_is_the_mean_of_three_blurs(sigma):
    gradient = random_picture(37, 51)
    blurs = [gaussian_filter(gradient, (sigma * wide, sigma * wide, 0), mode="wrap") for wide in (0.5, 1.0, 2.0)]
    assert relative_error(shaping.cascade(gradient.copy(), sigma=sigma), np.mean(blurs, axis=0)) < 1e-6


def test_the_cascade_keeps_the_mean_and_weakens_fine_grain_most():
    gradient = random_picture(31, 44)
    np.testing.assert_allclose(
        shaping.cascade(gradient.copy()).mean(axis=(0, 1)), gradient.mean(axis=(0, 1)), rtol=1e-5
    )
    coarse, fine = (np.abs(shaping.cascade(wave(9, 256, cycles).copy())).max() for cycles in (8, 100))
    assert coarse > 0.9
    assert fine < 0.3


def test_the_cascade_commutes_with_rolling_the_picture():
    gradient = random_picture(45, 33)
    rolled = np.roll(shaping.cascade(gradient.copy()), (7, -5), (0, 1))
    assert relative_error(shaping.cascade(np.roll(gradient, (7, -5), (0, 1))), rolled) < 1e-6


@pytest.mark.parametrize("shape", [shaping.natural, shaping.cascade])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3)])
def test_a_picture_smaller_than_the_blurs_can_be_shaped(shape, size):
    gradient = random_picture(*size)
    assert np.isfinite(shape(gradient)).all()


@pytest.mark.parametrize("shape", [shaping.natural, shaping.cascade, laplacian.laplacian])
def test_shaping_works_in_place_without_a_second_gradient_in_memory(shape):
    gradient = random_picture(2500, 301)  # many strips
    tracemalloc.start()
    assert shape(gradient) is gradient
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < gradient.nbytes
