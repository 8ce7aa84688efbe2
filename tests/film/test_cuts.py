"""Cuts, on a made reel: all of them, and nothing else."""

import numpy as np

from deepdream.film.cuts import Shots, is_flat
from tests.film.test_flow import COLUMNS, ROWS, SIZE, texture


def reel():
    """Frames, and the numbers of those that begin a shot."""
    frames, cuts, rng = [], set(), np.random.default_rng(0)

    def shot(seed, motion, count=5, light=lambda n: 1.0, noise=0.0, grown=1.0):
        cuts.add(len(frames))
        for n in range(count):
            rows, columns = ROWS * grown**n + motion[0] * n, COLUMNS * grown**n + motion[1] * n
            frames.append((texture(rows, columns, seed) * light(n) + rng.normal(0, noise, (*SIZE, 3))).clip(0, 1))

    shot(1, (0, 0))
    shot(2, (2, 9), count=6)  # a fast pan
    shot(3, (1, 0), light=lambda n: 1.6 if n == 2 else 1.0)  # a camera's flash
    shot(4, (0, 2), count=12, light=lambda n: 1 - n / 11)  # fades to black
    cuts.add(len(frames))
    one, other = texture(ROWS, COLUMNS, 6), texture(ROWS, COLUMNS, 7)
    frames += [one + (other - one) * np.float32(min(n, 10) / 10) for n in range(12)]  # a dissolve
    shot(8, (0, 0), noise=4 / 255)  # a camera that stands still at night
    shot(9, (0, 1), light=lambda n: 0.3)
    shot(10, (0, 0), grown=0.96)  # a fast zoom
    shot(11, (-3, -4))
    shot(12, (0, 0), light=lambda n: 1 + n / 20)  # it gets lighter
    return [frame.astype(np.float32) for frame in frames], cuts - {0}


def test_all_nine_cuts_of_a_reel_are_found_and_no_pan_flash_fade_or_dissolve():
    frames, cuts = reel()
    shots = Shots()
    assert len(cuts) == 9
    assert {number for number, frame in enumerate(frames) if shots.begins(frame)} == {0} | cuts


def test_black_is_flat_and_a_texture_is_not():
    assert is_flat(np.zeros((9, 13, 3), np.float32))
    assert not is_flat(texture(ROWS, COLUMNS))
