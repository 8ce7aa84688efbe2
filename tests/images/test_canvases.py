"""Starting canvases: spectra with known slopes, plausible skies, and the same canvas from the same seed."""

import tracemalloc

import numpy as np
import pytest

from deepdream import images
from deepdream.compare import spectrum
from deepdream.images import canvases
from tests.images import seam

SIZE = 301, 437


def canvas(kind, size=SIZE, seed=0, **more):
    return canvases.canvas(kind, size, np.random.default_rng(seed), **more)


@pytest.mark.parametrize("kind", canvases.CANVASES)
@pytest.mark.parametrize("size", [SIZE, (1, 1), (1, 7), (90, 3), (8, 6)])
def test_every_canvas_is_a_picture_of_its_size(kind, size):
    picture = canvas(kind, size)
    assert picture.shape == (*size, 3)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert 0 <= picture.min() <= picture.max() <= 1


@pytest.mark.parametrize("kind", ["noise", "pink", "clouds"])
def test_the_same_seed_gives_the_same_canvas_and_another_seed_another(kind):
    assert np.array_equal(canvas(kind, seed=3), canvas(kind, seed=3))
    assert not np.array_equal(canvas(kind, seed=3), canvas(kind, seed=4))


@pytest.mark.parametrize(("kind", "exponent"), [("noise", 0), ("pink", -2)])
@pytest.mark.parametrize("size", [SIZE, (256, 200)])
def test_the_slope_of_the_power_spectrum(kind, exponent, size):
    assert spectrum.slope(canvas(kind, size)) == pytest.approx(exponent, abs=0.1)  # of power; amplitude has half of it


@pytest.mark.parametrize(("kind", "deviation"), [("noise", canvases.NOISE), ("pink", canvases.PINK)])
def test_noise_varies_about_middle_grey(kind, deviation):
    picture = canvas(kind)
    np.testing.assert_allclose(picture.mean(axis=(0, 1)), 0.5, atol=2e-3)
    np.testing.assert_allclose(picture.std(axis=(0, 1)), deviation, rtol=0.05)  # its colours are drawn by chance, too


def test_pink_noise_has_no_preferred_direction():
    power = np.abs(np.fft.fft2(canvas("pink", (255, 255)).mean(axis=2))) ** 2
    assert power[0, 1:100].sum() / power[1:100, 0].sum() == pytest.approx(1, abs=0.6)  # a few waves hold most of it
    weights = np.arange(1, 100) ** 2  # as many parts as waves, all alike
    assert (power[0, 1:100] @ weights) / (power[1:100, 0] @ weights) == pytest.approx(1, abs=0.4)


def test_the_channels_of_pink_noise_are_correlated_and_those_of_white_noise_are_not():
    for kind, expected in (("pink", canvases.CORRELATION), ("noise", 0)):
        found = np.corrcoef(canvas(kind).reshape(-1, 3).T)
        np.testing.assert_allclose(found[np.triu_indices(3, 1)], expected, atol=0.06)


@pytest.mark.parametrize("kind", ["noise", "pink", "flat"])
@pytest.mark.parametrize("axis", [0, 1])
def test_noise_and_flat_canvases_wrap(kind, axis):
    assert not seam.measure(canvas(kind), axis=axis).visible


@pytest.mark.parametrize("size", [(75, 150), (64, 127), (200, 400)])
def test_clouds_go_round_where_asked_to(size):
    assert seam.measure(canvas("clouds", size), axis=1).visible
    assert not seam.measure(canvas("clouds", size, around=True), axis=1).visible


def test_a_flat_canvas_is_its_colour():
    assert (canvas("flat", colour=(0.8, 0.4, 0.2)) == np.float32([0.8, 0.4, 0.2])).all()
    assert (canvas("flat") == 0.5).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_sky_is_partly_blue_and_partly_white_or_grey_and_paler_below(seed):
    sky = canvas("clouds", seed=seed)
    colour = sky[..., 2] - sky[..., 0]
    clouds = colour < 0.12
    assert 0.15 < clouds.mean() < 0.85
    assert sky[clouds].mean() > 0.6
    blue = colour > 0.2
    upper, lower = sky[:100][blue[:100]], sky[-100:][blue[-100:]]
    assert upper.mean() < lower.mean() - 0.1
    assert (upper[:, 2] > upper[:, 0]).all()


def test_clouds_have_structure_at_every_scale():
    assert -3.4 < spectrum.slope(canvas("clouds")) < -2.2


def test_the_sky_is_the_same_at_every_size():
    large, small = canvas("clouds", (603, 801)), canvas("clouds", (201, 267))
    assert np.abs(images.resize(large, (201, 267)) - small).mean() < 0.03


@pytest.mark.parametrize("kind", canvases.CANVASES)
def test_a_large_canvas_needs_little_extra_memory(kind):
    size = 2011, 2503
    tracemalloc.start()
    picture = canvas(kind, size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < picture.nbytes * (1 + (kind == "pink") / 3) + 160e6
