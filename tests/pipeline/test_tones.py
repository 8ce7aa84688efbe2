"""What dreams leave black or white, by the defaults and without what prevents it."""

import numpy as np
import pytest

import deepdream
from tools.limits import RIM, clipped, rim


def landscape(height: int = 93, width: int = 131) -> np.ndarray:
    """A pale sky over dark land, with a little grain; [H, W, 3] float32."""
    tone = np.where(np.arange(height) < height * 0.6, 0.88, 0.1)[:, None, None]
    grain = np.random.default_rng(0).normal(0, 0.02, (height, width, 3))
    return np.clip(tone + grain, 0, 1).astype(np.float32)


def dreamt(picture, layers, **given):
    return deepdream.dream(picture, network="pocket", layers=layers, octaves=3, **given).picture


@pytest.mark.parametrize("layers", ["block1", "block2"])
def test_pale_skies_and_dark_land_do_not_burn_out(layers):
    picture = landscape()
    before = clipped(picture)
    assert clipped(dreamt(picture, layers)) - before <= 2
    assert clipped(dreamt(picture, layers, headroom=0.0)) - before > 6


def test_the_measures_of_limits_and_rims():
    picture = np.full((40, 50, 3), 0.5, np.float32)
    changed = picture + 0.1
    changed[:RIM] += 0.1  # of 816 pixels of the rim 400 are changed twice as much
    outer = 40 * 50 - (40 - 2 * RIM) * (50 - 2 * RIM)
    assert rim(changed, picture) == pytest.approx((outer + RIM * 50) / outer, rel=1e-5)
    changed[0, :5] = [0.001, 0.999, 0.5]
    assert clipped(changed) == pytest.approx(100 * 10 / 6000)
