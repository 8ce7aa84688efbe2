"""Tiled equals whole: the geometry in integers, and the gradient on odd pictures, every stride and every kind."""

from functools import partial

import numpy as np
import pytest

from deepdream.ascent import climb
from deepdream.ascent.transforms import normalized
from deepdream.gradient import engine, tiles
from deepdream.network.layers import truncate
from deepdream.network.vgg import architecture
from deepdream.objectives.layers import layer_objective
from deepdream.settings.selection import choose
from tests.support import SMALL, random_picture, relative_error, vgg

TABLE = architecture.layers(SMALL)


@pytest.mark.parametrize("size", [(97, 131), (64, 64), (33, 200), (320, 47)])
def test_cores_cover_every_pixel_once(size):
    covered = np.zeros(size, int)
    for tile in tiles.plan(size, core=48, margin=24, stride=16).tiles:
        top, left, bottom, right = tile.core
        covered[top:bottom, left:right] += 1
    assert (covered == 1).all()


def test_windows_are_aligned_to_the_deepest_stride_and_contain_the_margin():
    tiling = tiles.plan((300, 500), core=50, margin=32, stride=16)
    assert tiling.window == (64 + 64, 64 + 64)  # the core is rounded up to 64
    for tile in tiling.tiles:
        assert all(start % 16 == 0 for start in tile.origin)
        assert tile.core[0] - tile.origin[0] == 32


def test_an_axis_that_one_core_covers_needs_no_margin():
    assert tiles.plan((60, 200), core=64, margin=32, stride=16).window == (60, 128)


@pytest.mark.parametrize(
    ("layer", "expected"), [("block1_conv2", 2), ("block3_conv4", 24), ("block4_conv4", 56), ("block5_conv4", 128)]
)
def test_the_margin_is_half_the_receptive_field_rounded_up_to_the_stride(layer, expected):
    assert tiles.margin(truncate(TABLE, {layer}), (layer,)) == expected


def both(arrays, text, kind, space, images, tile):
    """Value and gradient, tiled and whole."""
    choices = choose(text, {layer.name: layer.channels for layer in TABLE})
    gradient = engine.make(vgg(arrays), layer_objective(choices, kind), space=space)
    return [gradient(images, core) for core in (tile, None)]


@pytest.mark.parametrize("space", ["network", "raw"])
@pytest.mark.parametrize("kind", ["mean", "squares"])
@pytest.mark.parametrize(
    ("text", "size", "tile"),
    [
        ("block1", (37, 53), 10),
        ("block1_conv1:2", (37, 53), 13),
        ("block3", (75, 101), 32),
        ("block3_conv2:1+4,block1=0.3", (75, 101), 24),
        ("pool", (141, 167), 64),
        ("block5", (167, 141), 48),
        ("block5_pool:1+6", (203, 97), 64),
        ("block2_pool", (63, 95), 32),
    ],
)
def test_the_sum_of_the_tiles_gradients_is_the_whole_gradient(small_arrays, text, kind, space, size, tile):
    images = random_picture(*size)[None]
    (tiled_value, tiled), (whole_value, whole) = both(small_arrays, text, kind, space, images, tile)
    np.testing.assert_allclose(tiled_value, whole_value, rtol=1e-5)
    assert relative_error(tiled, whole) < 1e-5


@pytest.mark.parametrize(
    ("text", "size", "tile", "wraps"),
    [
        ("block1_conv1", (37, 53), 13, (False, False)),
        ("block3", (75, 101), 32, (False, False)),
        ("block4_conv2,block2_pool=0.5", (141, 167), 64, (False, False)),
        ("block3_conv1", (64, 48), 40, (False, True)),
    ],
)
def test_in_bfloat16_tiles_differ_from_the_whole_by_roundings_of_the_gradient(small_arrays, text, size, tile, wraps):
    """Windows see the same activations; each rounds the gradient of its own share."""
    images = random_picture(*size)[None]
    choices = choose(text, {layer.name: layer.channels for layer in TABLE})
    gradient = engine.make(vgg(small_arrays), layer_objective(choices), wraps=wraps, algorithm="bfloat16")
    (tiled_value, tiled), (other_value, other) = (
        gradient(images, tile),
        gradient(images, tiles.rounded_up(max(size), 16)),
    )
    np.testing.assert_allclose(tiled_value, other_value, rtol=1e-5)
    assert relative_error(tiled, other) < 0.01


def test_a_batch_is_tiled_as_one(small_arrays):
    images = np.stack([random_picture(61, 83), random_picture(61, 83, seed=1)])
    (tiled_value, tiled), (whole_value, whole) = both(small_arrays, "block3", "mean", "network", images, 32)
    np.testing.assert_allclose(tiled_value, whole_value, rtol=1e-5)
    assert relative_error(tiled, whole) < 1e-5


def test_a_margin_too_small_by_one_stride_would_show(small_arrays, monkeypatch):
    right = tiles.margin
    monkeypatch.setattr(tiles, "margin", lambda table, names: right(table, names) - table[-1].stride)
    (_, tiled), (_, whole) = both(small_arrays, "block3", "mean", "network", random_picture(75, 101)[None], 32)
    assert relative_error(tiled, whole) > 1e-4


def test_a_climb_with_jitter_is_the_same_tiled_and_whole(small_arrays):
    pictures = []
    for core in (32, None):
        picture = random_picture(75, 101)
        choices = choose("block3", {layer.name: layer.channels for layer in TABLE})
        gradient = engine.make(vgg(small_arrays), layer_objective(choices))
        pulls = [climb.Pull([climb.Term(partial(gradient, tile=core))], [partial(normalized, rule="mean-abs")])]
        list(
            climb.climb(
                picture, pulls, steps=3, step_size=0.01, jitter=(9, 9), border="wrap", rng=np.random.default_rng(5)
            )
        )
        pictures.append(picture)
    np.testing.assert_allclose(*pictures, atol=1e-4)


def wrapped(arrays, text, wraps, images, tile=None):
    choices = choose(text, {layer.name: layer.channels for layer in TABLE})
    return engine.make(vgg(arrays), layer_objective(choices), wraps=wraps)(images, tile)


@pytest.mark.parametrize("tile", [None, 32])
@pytest.mark.parametrize(
    ("wraps", "shift"), [((True, True), (24, 56)), ((False, True), (0, 40)), ((True, False), (-16, 0))]
)
def test_a_wrapped_gradient_commutes_with_rolling_the_picture(small_arrays, wraps, shift, tile):
    picture = random_picture(64, 96)[None]
    value, slope = wrapped(small_arrays, "block3", wraps, picture, tile)
    rolled_value, rolled = wrapped(small_arrays, "block3", wraps, np.roll(picture, shift, (1, 2)), tile)
    np.testing.assert_allclose(rolled_value, value, rtol=1e-5)
    assert relative_error(rolled, np.roll(slope, shift, (1, 2))) < 1e-5


def test_a_flat_gradient_does_not_commute_with_rolling(small_arrays):
    picture = random_picture(64, 96)[None]
    _, slope = wrapped(small_arrays, "block3", (False, False), picture)
    _, rolled = wrapped(small_arrays, "block3", (False, False), np.roll(picture, (24, 56), (1, 2)))
    assert relative_error(rolled, np.roll(slope, (24, 56), (1, 2))) > 0.05


def test_a_wrapped_picture_is_periodic(small_arrays):
    picture = random_picture(32, 48)
    _value, slope = wrapped(small_arrays, "block2", (True, True), picture[None])
    endless = np.tile(picture, (5, 5, 1))[None]
    _, whole = wrapped(small_arrays, "block2", (False, False), endless)
    middle = whole[:, 64:96, 96:144] * 25  # the mean over 25 copies is 25 times as small
    assert relative_error(slope, middle) < 1e-4


def test_a_window_larger_than_the_picture_covers_it_more_than_once(small_arrays):
    picture = random_picture(16, 16)[None]  # the margin of block3 alone is 24
    value, slope = wrapped(small_arrays, "block3", (True, True), picture)
    rolled_value, rolled = wrapped(small_arrays, "block3", (True, True), np.roll(picture, (8, -8), (1, 2)))
    assert relative_error(rolled, np.roll(slope, (8, -8), (1, 2))) < 1e-5
    np.testing.assert_allclose(rolled_value, value, rtol=1e-5)
