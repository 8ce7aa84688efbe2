"""Headroom on steps known in closed form."""

import numpy as np
import pytest

from deepdream.ascent.headroom import headroom
from tests.support import random_picture


@pytest.mark.parametrize(
    ("value", "step", "left"),
    [(0.5, 1.0, 1.0), (0.9, 1.0, 0.5), (0.9, -1.0, -1.0), (1.0, 1.0, 0.0), (1.0, -1.0, -1.0), (0.05, -2.0, -0.3125)],
)
def test_a_step_shrinks_toward_the_limit_it_moves_to_and_not_away_from_it(value, step, left):
    direction = headroom(np.full((5, 7, 3), step, np.float32), np.full((5, 7, 3), value, np.float32), width=0.2)
    np.testing.assert_allclose(direction, left, rtol=1e-5, atol=1e-6)


def test_many_steps_come_close_to_the_limits_and_reach_none():
    picture, start = random_picture(33, 41), random_picture(33, 41)
    sign = np.where(random_picture(33, 41, seed=1) > 0.5, 1, -1).astype(np.float32)
    for _ in range(40):
        picture += 0.01 * headroom(sign.copy(), picture, width=0.3)
    assert ((picture > 0) & (picture < 1)).all()
    assert np.abs(picture - start).mean() > 0.1
