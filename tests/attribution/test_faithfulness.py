"""Insertion and deletion on a target that is linear in the pixels, where both curves are sums."""

import numpy as np
import pytest

from deepdream.attribution import faithfulness
from tests.attribution.colours import question, sees_colours
from tests.support import random_picture

SIZE = (9, 13)
PICTURE = 0.6 + 0.4 * random_picture(*SIZE)
WHITE = np.ones_like(PICTURE)


def test_both_curves_are_the_sums_of_what_the_pixels_give():
    target = question(sees_colours(), "block1_conv1:2", PICTURE, WHITE).target
    change = 255 * (PICTURE[..., 0] - 1) / PICTURE[..., 0].size
    order = faithfulness.ranking(change)
    assert np.argmax(change) == order[0]
    ends = np.linspace(0, change.size, 6).round().astype(int)
    gone = np.array([change.ravel()[order[:end]].sum() for end in ends])
    whole = (255 * PICTURE[..., 0] - 123.68).mean()
    deletion = list(faithfulness.curve(target, PICTURE, WHITE, order, 5))
    np.testing.assert_allclose(deletion, whole - gone, rtol=1e-5)
    insertion = list(faithfulness.curve(target, WHITE, PICTURE, order, 5))
    np.testing.assert_allclose(insertion, (255 - 123.68) + gone, rtol=1e-5)


def test_equal_pixels_change_in_reading_order():
    assert faithfulness.ranking(np.float32([[1, 3], [3, 0]])).tolist() == [1, 2, 0, 3]


@pytest.mark.parametrize(("curve", "area"), [([1, 0], 0.5), ([1, 0, 0], 0.25), ([0, 1, 1], 0.75), ([1, 1, 1, 1], 1)])
def test_the_area_is_that_of_the_trapezoids(curve, area):
    assert faithfulness.area(np.array(curve, float)) == area
