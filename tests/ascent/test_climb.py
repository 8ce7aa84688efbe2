"""The climb on gradients that are known in closed form; no network."""

import numpy as np
import pytest

from deepdream.ascent import climb as ascent
from deepdream.ascent.climb import Pull
from deepdream.errors import GradientError
from tests.support import random_picture


def climb(picture, gradient, *, normalize="mean-abs", **more):
    given = {"steps": 1, "step_size": 0.01, "jitter": (0, 0), "rng": np.random.default_rng(0), "clip": False} | more
    return list(ascent.climb(picture, [Pull(gradient, normalize=normalize)], **given))


def constant(slope):
    """A gradient that is the same whatever the picture."""
    return lambda images: (np.zeros(1, np.float32), np.broadcast_to(slope, images.shape).astype(np.float32))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("mean-abs", lambda g: g / np.abs(g).mean()),
        ("rms", lambda g: g / np.sqrt(np.square(g).mean())),
        ("std", lambda g: (g - g.mean()) / (g.std() + 1e-8)),
        ("none", lambda g: g),
    ],
)
def test_a_step_is_step_size_times_the_normalised_gradient(rule, expected):
    slope = np.random.default_rng(1).normal(0.3, 1, (301, 7, 3))  # more rows than a strip
    picture = random_picture(301, 7)
    before = picture.copy()
    climb(picture, constant(slope), normalize=rule)
    np.testing.assert_allclose(picture, before + 0.01 * expected(slope), atol=1e-6)


def test_the_climb_reaches_the_top_of_a_hill():
    target = random_picture(23, 31, seed=2)
    picture = np.full_like(target, 0.5)

    def hill(images):
        return -np.square(images - target).sum(axis=(1, 2, 3)), 2 * (target - images)

    values = climb(picture, hill, steps=40, step_size=0.2, normalize="none")
    assert values == sorted(values)
    np.testing.assert_allclose(picture, target, atol=1e-4)


def test_jitter_moves_the_picture_that_the_gradient_sees_and_moves_the_gradient_back():
    seen = []

    def spot(images):
        seen.append(images.copy())
        return np.zeros(1, np.float32), images.copy()  # the gradient is the picture itself

    picture = random_picture(13, 17)
    before = picture.copy()
    climb(picture, spot, jitter=(6, 6), normalize="none", step_size=0.5)
    assert not np.array_equal(seen[0][0], before)
    np.testing.assert_allclose(picture, 1.5 * before, rtol=1e-6)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-700, 5), (600, 40), (301, 0), (-1, -7)])
def test_the_gradient_sees_the_picture_rolled_by_what_was_drawn_and_the_picture_lies_straight_afterwards(shift):
    class Drawn:
        """In place of a generator: draws this shift."""

        def __init__(self):
            self.shifts = iter(shift)

        def integers(self, low, high):
            return next(self.shifts)

    seen = []

    def watch(images):
        seen.append(images[0].copy())
        return np.zeros(1, np.float32), np.ones_like(images)

    picture = random_picture(601, 9)
    before = picture.copy()
    climb(picture, watch, rng=Drawn(), step_size=0.0)
    assert np.array_equal(seen[0], np.roll(before, shift, axis=(0, 1)))
    assert np.array_equal(picture, before)


def test_the_same_seed_rolls_the_same_way():
    results = []
    for _ in range(2):
        picture = random_picture(13, 17)
        climb(
            picture,
            lambda images: (np.zeros(1), np.cumsum(images, axis=2)),
            jitter=(5, 5),
            steps=3,
            rng=np.random.default_rng(7),
        )
        results.append(picture)
    assert np.array_equal(*results)


def test_clipping_keeps_the_picture_in_range():
    picture = random_picture(9, 11)
    climb(picture, constant(1.0), step_size=0.9, clip=True)
    assert picture.max() == 1.0
    climb(picture, constant(-1.0), step_size=0.9, steps=2, clip=True)
    assert picture.min() == 0.0


@pytest.mark.parametrize(
    ("slope", "message"),
    [(0.0, "The gradient is zero everywhere at step 1."), (np.nan, "The gradient is not finite at step 1.")],
)
def test_a_gradient_that_leads_nowhere_is_an_error(slope, message):
    with pytest.raises(GradientError, match=message):
        climb(random_picture(5, 6), constant(slope))


def test_a_mask_leaves_what_it_covers_untouched_to_the_last_bit():
    picture = random_picture(19, 27)
    before = picture.copy()
    mask = np.zeros((19, 27, 1), np.float32)
    mask[4:9, 5:20] = 0.5
    pull = Pull(constant(1.0), mask=mask)
    list(ascent.climb(picture, [pull], steps=3, step_size=0.1, jitter=(4, 4), rng=np.random.default_rng(1)))
    outside = mask[..., 0] == 0
    assert np.array_equal(picture[outside], before[outside])
    np.testing.assert_allclose(picture[~outside], np.clip(before[~outside] + 0.15, 0, 1), atol=1e-6)


def test_pulls_add_up_by_their_strength():
    picture = np.full((6, 8, 3), 0.5, np.float32)
    pulls = [Pull(constant(2.0)), Pull(constant(-7.0), strength=0.25)]
    list(ascent.climb(picture, pulls, steps=1, step_size=0.1, jitter=(0, 0), rng=np.random.default_rng(0)))
    np.testing.assert_allclose(picture, 0.5 + 0.1 * (1 - 0.25), atol=1e-6)


def test_the_direction_can_be_changed_before_the_step():
    picture = np.full((6, 8, 3), 0.5, np.float32)
    climb(picture, constant(1.0), step_size=0.1, direct=lambda picture, direction: direction - picture)
    np.testing.assert_allclose(picture, 0.5 + 0.1 * (1 - 0.5), atol=1e-6)


def test_the_climb_ends_when_the_picture_has_settled():
    picture = np.full((6, 8, 3), 0.1, np.float32)
    values = climb(picture, constant(1.0), steps=50, step_size=0.1, settle=lambda picture: picture.max() > 0.35)
    assert len(values) == 3
