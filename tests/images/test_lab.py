"""L*a*b* against scikit-image, tabulated colours, and colours out of gamut."""

import numpy as np
import pytest
from skimage import color

from deepdream.images import lab
from tests.support import random_picture


def lattice() -> np.ndarray:
    """[17 * 17, 17, 3]: colours over the whole cube, including its corners and faces."""
    steps = np.linspace(0, 1, 17, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 17, 3)


def test_to_lab_agrees_with_scikit_image_on_the_whole_cube():
    found, true = lab.to_lab(lattice()), color.rgb2lab(lattice().astype(float))
    assert found.dtype == np.float32
    assert np.abs(found - true).max() < 0.05  # their white has a blue of 1.0888, sRGB's own sum is 1.0890


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (100, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 1, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((0.5, 0.5, 0.5), (53.39, 0, 0)),
    ],
)
def test_tabulated_colours(rgb, expected):
    np.testing.assert_allclose(lab.to_lab(np.array(rgb, np.float32)), expected, atol=0.03)


def test_from_lab_inverts_to_lab():
    assert np.abs(lab.from_lab(lab.to_lab(lattice())) - lattice()).max() < 0.1 / 255


def test_grey_has_no_chroma():
    grey = np.repeat(np.linspace(0, 1, 101, dtype=np.float32)[:, None], 3, axis=1)
    assert np.abs(lab.to_lab(grey)[:, 1:]).max() < 1e-3


def test_a_colour_out_of_gamut_keeps_its_lightness_and_hue():
    wanted = lab.to_lab(random_picture(35, 41)) * np.float32([1, 4, 4])
    found = lab.from_lab(wanted)
    assert found.min() >= 0
    assert found.max() <= 1
    seen = lab.to_lab(found)
    assert np.abs(seen[..., 0] - wanted[..., 0]).max() < 0.02
    chroma, full = np.hypot(*np.moveaxis(seen[..., 1:], -1, 0)), np.hypot(*np.moveaxis(wanted[..., 1:], -1, 0))
    assert (chroma < full - 1).mean() > 0.5  # most did not exist
    across = seen[..., 1] * wanted[..., 2] - seen[..., 2] * wanted[..., 1]
    assert np.abs(across / np.maximum(full, 1)).max() < 0.05  # distance from the ray of the wanted hue


def test_it_loses_no_more_chroma_than_it_must():
    red = lab.to_lab(np.float32([1, 0, 0]))
    stronger = lab.from_lab(red * np.float32([1, 1.5, 1.5]))
    np.testing.assert_allclose(stronger, [1, 0, 0], atol=2e-2)


@pytest.mark.parametrize(("lightness", "level"), [(-20, 0), (120, 1)])
def test_lightness_beyond_the_scale_is_black_or_white(lightness, level):
    np.testing.assert_allclose(lab.from_lab(np.float32([lightness, 30, -30])), level, atol=0.1 / 255)
