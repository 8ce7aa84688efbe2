"""What dreams leave black or white, by the defaults and without what prevents it."""

import numpy as np
import pytest

import deepdream
from tools.limits import MARGIN, RIM, clipped, rim


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


def test_the_measure_of_limits():
    changed = np.full((40, 50, 3), 0.5, np.float32)
    changed[0, :5] = [0.001, 0.999, 0.5]
    assert clipped(changed) == pytest.approx(100 * 10 / 6000)


@pytest.mark.parametrize("mark", [1.0, 1.5, 0.8])
def test_the_measure_of_rims_sees_marks_and_not_what_a_picture_shows_there(mark):
    added = np.random.default_rng(1).normal(0, 0.05, (157, 203, 3))
    added[: MARGIN + RIM] *= 7  # a busy sky: strong at the part's rim for its own sake
    inner = 0.6 * added[MARGIN:-MARGIN, MARGIN:-MARGIN]  # a part is dreamt less strongly than the whole
    inside = inner[RIM:-RIM, RIM:-RIM].copy()
    inner *= mark
    inner[RIM:-RIM, RIM:-RIM] = inside
    assert rim(added, inner) == pytest.approx(mark)
