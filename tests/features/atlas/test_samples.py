"""Positions taken from pictures, on a network whose activations are the picture's colours."""

import numpy as np
import pytest

from deepdream.features.atlas.samples import gather
from tests.attribution.colours import MEAN_RED, sees_colours
from tests.support import SMALL, random_arrays, random_picture, vgg

NETWORK = sees_colours()
COLOURS = NETWORK.table[0]


def test_each_activation_is_what_its_picture_has_at_its_point():
    pictures = [random_picture(17, 23), random_picture(20, 15, 1)]
    found = gather(NETWORK, COLOURS, pictures, 30, seed=3)
    assert found.activations.shape == (60, 4)
    assert found.sources.tolist() == [0] * 30 + [1] * 30
    for source, point, activation in zip(found.sources, found.points, found.activations, strict=True):
        red = 255 * pictures[source][tuple(point)][0] - MEAN_RED
        assert activation[2] == pytest.approx(max(0, red), abs=1e-2)
    assert len({(source, *point) for source, point in zip(found.sources, map(tuple, found.points), strict=True)}) == 60


def test_the_border_and_silent_places_are_left_out():
    picture = np.zeros((9, 12, 3), np.float32)
    picture[:, 6:] = 1
    found = gather(NETWORK, COLOURS, [picture], 1000, seed=0)
    rows, columns = found.points.T
    assert set(rows.tolist()) == set(range(1, 8))
    assert set(columns.tolist()) == set(range(6, 11))
    assert len(rows) == 7 * 5


def test_the_same_seed_takes_the_same_places_and_points_are_in_pixels():
    network = vgg(random_arrays(SMALL))
    layer = next(row for row in network.table if row.name == "block3_conv1")
    first, again, other = (gather(network, layer, [random_picture(75, 110)], 40, seed) for seed in (0, 0, 1))
    assert (first.points == again.points).all()
    assert (first.points != other.points).any()
    assert set((first.points % 4).ravel().tolist()) == {2}  # the middle of four pixels
    assert first.points.max(axis=0).tolist() <= [75, 110]
