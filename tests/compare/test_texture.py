"""Textures whose period, direction and parts are known."""

import numpy as np
import pytest

from deepdream.compare import texture
from tests.compare.patterns import NOTHING, SIZE, checkerboard, coloured, grating, noise


@pytest.mark.parametrize("angle", [0, 30, 63, 90, 117, 165])
@pytest.mark.parametrize("length", [8, 12.5, 20])
def test_the_orientation_of_a_grating_to_a_degree(length, angle):
    found = texture.orientation(grating(length, angle))
    assert (found.angle - angle + 90) % 180 - 90 == pytest.approx(0, abs=1)
    assert found.spread < 0.01
    assert found.grid > 0.98


def test_two_perpendicular_gratings_are_a_grid_without_a_main_direction():
    found = texture.orientation(grating(12, 20) + grating(12, 110))
    assert found.spread > 0.95
    assert found.grid == pytest.approx(
        0.5, abs=0.1
    )  # half of the gradient lies where both overlap, and points between them
    assert texture.orientation(noise(0, 0)).grid < 0.05


def test_separate_squares_are_a_perfect_grid():
    squares = np.zeros(SIZE)
    squares[np.ix_(np.arange(SIZE[0]) % 30 < 15, np.arange(SIZE[1]) % 30 < 15)] = 0.2
    found = texture.orientation(coloured(squares))
    assert found.grid > 0.85
    assert found.spread > 0.95


@pytest.mark.filterwarnings("error")
def test_traces_of_rounding_have_no_direction():
    """What is added to a flat area differs from nothing by rounding only, and must not spoil the mean."""
    traces = grating(12, 30)
    traces[:100] = np.random.default_rng(0).normal(0, 1e-200, traces[:100].shape)
    assert texture.orientation(traces).grid > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_noise_prefers_no_direction(seed):
    found = texture.orientation(noise(1, seed))
    assert found.spread > 0.97


@pytest.mark.parametrize("angle", [0, 30, 117])
@pytest.mark.parametrize("length", [8, 12.5, 20])
def test_a_grating_repeats_perfectly_after_its_wavelength(length, angle):
    found = texture.repetition(grating(length, angle))
    assert found.height == pytest.approx(1, abs=0.001)
    assert found.distance == pytest.approx(length, abs=1)


@pytest.mark.parametrize("side", [4, 8, 13])
def test_a_checkerboard_repeats_perfectly_after_its_diagonal(side):
    found = texture.repetition(checkerboard(side))
    assert found.height == pytest.approx(1, abs=0.001)
    assert found.distance == pytest.approx(side * np.sqrt(2), abs=0.1)


@pytest.mark.parametrize("exponent", [0, 1])
def test_noise_does_not_repeat(exponent):
    assert texture.repetition(noise(exponent, 0)).height < 0.06


def test_a_repeat_in_noise_is_as_high_as_its_share():
    tile = np.random.default_rng(0).normal(size=(20, 30, 3))
    tiled = np.tile(tile, (11, 11, 1))[: SIZE[0], : SIZE[1]]
    mixed = texture.repetition(tiled + noise(0, 1))
    assert mixed.height == pytest.approx(0.5, abs=0.03)
    assert mixed.distance == pytest.approx(20, abs=0.01)


def test_one_soft_blob_is_no_repeat():
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    blob = np.exp(-((rows - 100) ** 2 + (columns - 150) ** 2) / (2 * 6**2))
    assert texture.repetition(coloured(blob)).height < 0.1


@pytest.mark.parametrize("side", [4, 8, 13])
def test_the_parts_of_a_checkerboard_are_its_squares(side):
    assert texture.part_size(checkerboard(side)) == pytest.approx(side, rel=0.03)


def test_the_parts_of_scattered_discs_are_the_discs():
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    discs = sum(((rows - y) ** 2 + (columns - x) ** 2 <= 49) for y, x in [(40, 50), (90, 200), (160, 100), (170, 260)])
    assert texture.part_size(coloured(discs * 0.3)) == pytest.approx(np.sqrt(np.pi) * 7, rel=0.03)


def test_crossing_waves_are_separate_parts():
    net = texture.part_size(grating(20, 0) + grating(20, 90))
    assert 5 < net < 20


def test_a_slow_change_of_light_is_neither_repeat_nor_part():
    light = np.sin(np.linspace(0, np.pi, SIZE[0]))[:, None, None] * np.ones((*SIZE, 3))
    assert texture.part_size(0.1 * light + checkerboard(8)) == pytest.approx(8, rel=0.1)
    assert texture.repetition(0.1 * light + checkerboard(8)).distance == pytest.approx(8 * np.sqrt(2), abs=0.1)


def test_nothing_added_has_no_texture():
    assert np.isnan(texture.repetition(NOTHING)).all()
    assert np.isnan(texture.orientation(NOTHING)).all()
    assert np.isnan(texture.part_size(NOTHING))
