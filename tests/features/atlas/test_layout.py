"""Activations on a map: clusters stay together, the same seed gives the same map, and cells partition it."""

import numpy as np
import pytest

from deepdream.features.atlas import layout


@pytest.fixture(scope="module")
def clusters():
    """Three directions, forty noisy activations of each, of any length."""
    rng = np.random.default_rng(0)
    directions = np.eye(3, 8, dtype=np.float32)
    kinds = np.repeat(np.arange(3), 40)
    lengths = rng.uniform(1, 9, (120, 1))
    return kinds, (lengths * (directions[kinds] + 0.05 * rng.random((120, 8)))).astype(np.float32)


def test_activations_of_one_direction_are_close_whatever_their_length(clusters):
    kinds, activations = clusters
    places = layout.place(activations, seed=0)
    assert places.shape == (120, 2)
    assert (places.min(), places.max()) == (0, 1)
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(120)
    assert (kinds[distances.argmin(axis=1)] == kinds).all()
    assert (layout.place(activations, seed=0) == places).all()


def test_outliers_are_moved_to_the_border():
    points = np.concatenate([np.random.default_rng(0).random((500, 2)), [[1000.0, -1000.0]]])
    found = layout.normalised(points)
    assert found[-1].tolist() == [1, 0]
    assert np.ptp(found[:-1], axis=0).min() > 0.8


def test_cells_partition_the_map_and_a_single_member_is_no_cell():
    points = np.float32([[0, 0], [0.1, 0.24], [0.99, 1], [1, 1], [0.6, 0.3]])
    found = layout.cells(points, 4)
    assert {place: members.tolist() for place, members in found.items()} == {(0, 0): [0, 1], (3, 3): [2, 3]}
