"""What pictures are compared with."""

import numpy as np
import pytest

from deepdream.attribution.baselines import BASELINES
from deepdream.attribution.settings import BASELINES as CHOICES
from tests.support import random_picture

PICTURE = random_picture(61, 90)


def test_the_table_has_the_baselines_of_the_settings():
    assert tuple(BASELINES) == CHOICES


@pytest.mark.parametrize(("name", "level"), [("black", 0), ("grey", 0.5), ("white", 1)])
def test_a_flat_baseline_is_flat(name, level):
    made = BASELINES[name](PICTURE)
    assert made.dtype == np.float32
    assert (made == np.full((61, 90, 3), level)).all()


def test_the_mean_colour_is_the_picture_s():
    made = BASELINES["mean"](PICTURE)
    assert (made == made[0, 0]).all()
    np.testing.assert_allclose(made[0, 0], PICTURE.mean(axis=(0, 1)), rtol=1e-5)


def test_a_blur_keeps_coarse_waves_and_takes_fine_ones():
    rows, columns = np.mgrid[:64, :96]
    coarse = np.repeat((0.5 + 0.3 * np.cos(2 * np.pi * columns / 96))[..., None], 3, axis=2).astype(np.float32)
    fine = np.repeat((0.3 * np.cos(np.pi * rows)[..., None]), 3, axis=2).astype(np.float32)
    made = BASELINES["blur"](np.clip(coarse + fine, 0, 1))
    assert np.abs(made - coarse)[8:-8, 8:-8].max() < 0.06
    flat = np.full((37, 53, 3), 0.25, np.float32)
    np.testing.assert_allclose(BASELINES["blur"](flat), flat, atol=1e-6)
