"""Flow, against motions that are known; warping, against exact resampling."""

import numpy as np
import pytest

from deepdream import images
from deepdream.film.flow import flow, visible
from deepdream.film.warp import cubic, lanczos, sample, sharper, warp
from deepdream.settings import SAMPLE

SIZE = (121, 203)
ROWS, COLUMNS = (grid.astype(np.float32) for grid in np.mgrid[0 : SIZE[0], 0 : SIZE[1]])
MIDDLE = SIZE[0] / 2, SIZE[1] / 2


def texture(rows, columns, seed=0):
    """A pattern of many waves, defined everywhere, [h, w, 3] in 0..1."""
    rng = np.random.default_rng(seed)
    out = np.zeros((*np.shape(rows), 3))
    for _ in range(40):
        wave = 2 ** rng.uniform(3, 7)
        angle = rng.uniform(0, 2 * np.pi)
        phase = 2 * np.pi * (np.cos(angle) * rows + np.sin(angle) * columns) / wave + rng.uniform(0, 2 * np.pi)
        out += np.sin(phase)[..., None] * rng.uniform(0, 1, 3) * wave**0.5  # louder where coarser, as pictures are
    return (0.5 + out / 100).clip(0, 1).astype(np.float32)


def scaled(by):
    return MIDDLE[0] + (ROWS - MIDDLE[0]) * by, MIDDLE[1] + (COLUMNS - MIDDLE[1]) * by


def turned(degrees):
    turn = np.deg2rad(degrees)
    y, x = ROWS - MIDDLE[0], COLUMNS - MIDDLE[1]
    return MIDDLE[0] + y * np.cos(turn) + x * np.sin(turn), MIDDLE[1] - y * np.sin(turn) + x * np.cos(turn)


SCENES = {
    "pan": (ROWS + 2, COLUMNS + 6),
    "rotation": turned(2),
    "zoom": scaled(1 / 1.04),
    "big pan": (ROWS + 5, COLUMNS + 12),
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_flow_finds_a_known_motion_to_half_a_pixel(scene):
    rows, columns = SCENES[scene]
    found = flow(texture(rows, columns), texture(ROWS, COLUMNS))  # the second frame is where the first was
    there = (rows >= 0) & (rows < SIZE[0]) & (columns >= 0) & (columns < SIZE[1])
    error = np.hypot(found[..., 0] - (columns - COLUMNS), found[..., 1] - (rows - ROWS))
    assert error[there].mean() < 0.5


def test_noise_and_a_change_of_light_are_no_motion():
    rng = np.random.default_rng(1)
    second = texture(ROWS, COLUMNS)
    first = (second * 1.05 + rng.normal(0, 4 / 255, second.shape)).clip(0, 1).astype(np.float32)
    found = flow(first, second)
    assert np.hypot(found[..., 0], found[..., 1]).mean() < 0.3


def affine(zoom=1.0, degrees=0.0, down=0.0, right=0.0):
    """Where the ground that a pixel shows was in the frame before: (rows, columns) -> the same."""

    def before(rows, columns):
        turn, y, x = np.deg2rad(degrees), (rows - 135) / zoom, (columns - 240) / zoom
        return 135 + y * np.cos(turn) + x * np.sin(turn) + down, 240 - y * np.sin(turn) + x * np.cos(turn) + right

    return before


GROUNDS = {  # the ground's motion, noise in levels, change of light, and the precision that is asked for
    "pan": (affine(down=2, right=6), 0, 1, 0.8),
    "rotation": (affine(degrees=2), 0, 1, 0.8),
    "zoom": (affine(zoom=1.04), 0, 1, 0.5),  # of a frame of which hardly anything is new
    "big pan": (affine(down=8, right=20), 0, 1, 0.8),
    "noise and light": (affine(down=2, right=3), 4, 1.05, 0.7),
}


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_disc_before_moving_ground_is_followed_and_what_it_uncovers_is_found(ground):
    """New ground behind the disc and at the border; all else is found again to half a pixel."""
    picture, rng = images.read(SAMPLE).pixels, np.random.default_rng(0)
    rows, columns = (grid.astype(np.float32) for grid in np.mgrid[0:270, 0:480])
    before, noise, light, precise = GROUNDS[ground]
    there = before(rows, columns)

    def frame(places, at, light):
        disc = (rows - 95) ** 2 + (columns - at) ** 2 < 40**2
        other = sample(picture[::-1], rows + 5, columns - at + 300)[..., ::-1]
        shown = np.where(disc[..., None], other, sample(picture, places[0] + 150, places[1] + 190))
        return (shown * light + rng.normal(0, noise / 255, shown.shape)).clip(0, 1).astype(np.float32), disc

    (last, was), (now, disc) = frame((rows, columns), 185, 1), frame(there, 176, light)
    inside = (there[0] >= 0) & (there[0] <= 269) & (there[1] >= 0) & (there[1] <= 479)
    nearest = [np.rint(place).clip(0, top).astype(int) for place, top in zip(there, (269, 479), strict=True)]
    new = ~disc & (~inside | was[nearest[0], nearest[1]])
    forward, backward = flow(now, last), flow(last, now)
    right, down = np.where(disc, 9, there[1] - columns), np.where(disc, 0, there[0] - rows)
    error = np.hypot(forward[..., 0] - right, forward[..., 1] - down)
    found = ~visible(forward, backward, now, warp(last, forward))
    assert error[~new].mean() <= 0.5
    assert (found & new).sum() / new.sum() >= 0.85
    assert (found & new).sum() / found.sum() >= precise


def test_a_frame_that_does_not_move_has_no_flow():
    picture = texture(ROWS, COLUMNS)
    assert np.abs(flow(picture, picture)).max() < 1e-3
    assert visible(flow(picture, picture), flow(picture, picture), picture, picture).all()


def test_warping_by_whole_pixels_is_exact():
    picture = texture(ROWS, COLUMNS)
    moved = warp(picture, np.broadcast_to(np.float32([3, -2]), (*SIZE, 2)))
    np.testing.assert_allclose(moved[2:, :-3], picture[:-2, 3:], atol=1e-5)


def test_warping_by_fractions_is_near_the_exact_picture():
    picture = texture(ROWS, COLUMNS)
    moved = warp(picture, np.broadcast_to(np.float32([0.5, 0.25]), (*SIZE, 2)))
    inside = (slice(3, -3), slice(3, -3))
    np.testing.assert_allclose(moved[inside], texture(ROWS + 0.25, COLUMNS + 0.5)[inside], atol=0.01)


def test_beyond_its_border_a_picture_repeats_its_outermost_pixels():
    picture = texture(ROWS, COLUMNS)
    out = sample(picture, np.float32([[-9, 400]]), np.float32([[-9, 400]]))
    np.testing.assert_allclose(out[0], [picture[0, 0], picture[-1, -1]], atol=1e-6)


def test_many_warps_keep_a_detail_sharp():
    """Thirty warps by a third of a pixel: bilinear sampling would leave a third of the finest waves."""
    stripes = np.repeat(np.sin(COLUMNS * 2 * np.pi / 8)[..., None], 3, axis=2).astype(np.float32)
    moved = stripes
    for _ in range(30):
        moved = warp(moved, np.broadcast_to(np.float32([1 / 3, 0]), (*SIZE, 2)))
    assert moved[20:-20, 30:-30].std() > 0.7 * stripes.std()


def test_a_filter_s_weights_are_one_at_a_sample_and_their_sum_is_one():
    t = np.linspace(0, 1, 11, dtype=np.float32)
    for weights, middle in ((cubic(t), 1), (sharper(t), 1), (lanczos(t), 3)):
        np.testing.assert_allclose(np.sum(weights, axis=0), 1, atol=1e-6)
        for n, weight in enumerate(weights):
            assert (weight[0], weight[-1]) == pytest.approx((float(n == middle), float(n == middle + 1)), abs=1e-6)


def test_lanczos_keeps_twice_as_much_of_the_finest_waves_as_cubic():
    waves = np.sin(COLUMNS * 2 * np.pi / 3)[..., None].astype(np.float32)
    kept = []
    for weights in (cubic, lanczos):
        moved = waves
        for right in (0.25, 0.5, 0.75, 0.125, 0.875) * 2:
            moved = warp(moved, np.broadcast_to(np.float32([right, 0]), (*SIZE, 2)), weights)
        kept.append(float(moved[:, 40:-40].std() / waves.std()))
    assert 2 * kept[0] < kept[1] < 1
