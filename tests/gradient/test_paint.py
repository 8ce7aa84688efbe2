"""Paint on a window: how much of a layer's position each brush covers."""

import numpy as np

from deepdream.gradient.paint import shares


def test_the_shares_of_a_position_are_exact():
    index = np.zeros((9, 13), np.uint8)
    index[:4, :4], index[4:6, :4], index[8, 12] = 1, 2, 1
    found = shares(index, 4, 2)
    assert found.shape == (2, 3, 2)
    assert found[..., 0].tolist() == [[1, 0, 0], [0, 0, 0]]
    assert found[..., 1].tolist() == [[0, 0, 0], [0.5, 0, 0]]
