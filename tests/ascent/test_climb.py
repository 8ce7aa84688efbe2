"""The climb on gradients known in closed form; no network."""

from functools import partial

import numpy as np
import pytest

from deepdream.ascent import climb as ascent
from deepdream.ascent.climb import Pull, Term
from deepdream.ascent.transforms import normalized
from deepdream.errors import GradientError
from tests.support import random_picture


def climb(picture, *pulls, **more):
    """The values of a climb along gradients, or Pulls."""
    given = {
        "steps": 1,
        "step_size": 0.01,
        "jitter": (0, 0),
        "border": "smooth",
        "rng": np.random.default_rng(0),
    } | more
    return list(
        ascent.climb(picture, [pull if isinstance(pull, Pull) else Pull([Term(pull)]) for pull in pulls], **given)
    )


def constant(slope, value=0.0):
    """A gradient that is the same whatever the picture."""
    return lambda images: (np.full(1, value), np.broadcast_to(slope, images.shape).astype(np.float32))


def test_the_climb_reaches_the_top_of_a_hill():
    target = random_picture(23, 31, seed=2)
    picture = np.full_like(target, 0.5)

    def hill(images):
        return -np.square(images - target).sum(axis=(1, 2, 3)), 2 * (target - images)

    values = climb(picture, hill, steps=40, step_size=0.2)
    assert values == sorted(values)
    np.testing.assert_allclose(picture, target, atol=1e-4)


def test_jitter_moves_the_picture_that_the_gradient_sees_and_moves_the_gradient_back():
    seen = []

    def spot(images):
        seen.append(images.copy())
        return np.zeros(1, np.float32), images.copy()  # the gradient is the picture itself

    picture = random_picture(13, 17)
    before = picture.copy()
    climb(picture, spot, jitter=(6, 6), step_size=0.5)
    assert not np.array_equal(seen[0][0], before)
    np.testing.assert_allclose(picture, 1.5 * before, rtol=1e-6)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-700, 5), (600, 40), (301, 0), (-1, -7)])
def test_the_gradient_sees_the_picture_rolled_by_the_random_shift_and_the_picture_is_rolled_back(shift):
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


def test_a_mirrored_border_meets_what_continues_it_and_no_gradient_is_moved():
    seen = []

    def spot(images):
        seen.append(images[0].copy())
        return np.zeros(1, np.float32), images.copy()  # the gradient is the picture itself

    picture = random_picture(13, 17)
    before = picture.copy()
    climb(picture, spot, jitter=(6, 4), mirrors=(True, True), step_size=0.5, steps=1)
    assert seen[0].shape == (13 + 6, 17 + 4, 3)
    inside = [
        (top, left)
        for top in range(7)
        for left in range(5)
        if np.array_equal(seen[0][top:][:13, left:][:, :17], before)
    ]
    assert len(inside) == 1
    np.testing.assert_allclose(picture, 1.5 * before, rtol=1e-6)


def test_a_slope_continues_beyond_a_mirrored_border():
    picture = np.broadcast_to(np.linspace(0.3, 0.7, 41, dtype=np.float32)[None, :, None], (9, 41, 3)).copy()
    seen = []

    def watch(images):
        seen.append(images[0].copy())
        return np.zeros(1, np.float32), np.ones_like(images)

    climb(picture, watch, jitter=(0, 8), mirrors=(True, True), step_size=0.0)
    np.testing.assert_allclose(np.diff(seen[0][4, :, 0]), 0.01, atol=1e-5)


def test_only_axes_that_mirror_do():
    seen = []

    def watch(images):
        seen.append(images[0].copy())
        return np.zeros(1, np.float32), np.ones_like(images)

    picture = random_picture(13, 17)
    climb(picture, watch, jitter=(0, 5), mirrors=(True, False), steps=9, step_size=0.0)  # a panorama
    assert all(one.shape == picture.shape for one in seen)
    assert all(np.array_equal(np.sort(one, axis=1), np.sort(picture, axis=1)) for one in seen)


def test_the_terms_of_a_pull_are_transformed_each_for_itself_then_their_sum():
    picture = np.full((6, 8, 3), 0.5, np.float32)
    terms = [Term(constant(2.0, value=5.0), [lambda slope: slope * 3]), Term(constant(1.0, value=7.0))]
    values = climb(picture, Pull(terms, [lambda slope: slope / 7]), step_size=0.1)
    assert values == [12.0]
    np.testing.assert_allclose(picture, 0.5 + 0.1, atol=1e-6)


def test_the_same_seed_gives_the_same_shifts():
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


@pytest.mark.parametrize(
    ("slope", "message"),
    [(0.0, "The gradient is zero everywhere at step 1."), (np.nan, "The gradient is not finite at step 1.")],
)
def test_a_gradient_that_is_zero_or_not_finite_raises_with_the_step(slope, message):
    with pytest.raises(GradientError, match=message):
        climb(random_picture(5, 6), Pull([Term(constant(slope))], [partial(normalized, rule="rms")]))


def test_transformed_pulls_add_up_and_their_values_by_strength():
    picture = np.full((6, 8, 3), 0.5, np.float32)
    values = climb(
        picture,
        Pull([Term(constant(2.0, value=5.0))], [lambda slope: slope / 2]),
        Pull([Term(constant(-7.0, value=8.0))], [lambda slope: slope + 6, lambda slope: slope / 4], strength=0.25),
        step_size=0.1,
    )
    assert values == [5 + 0.25 * 8]
    np.testing.assert_allclose(picture, 0.5 + 0.1 * (1 - 0.25), atol=1e-6)


def test_the_sum_of_the_pulls_is_transformed_before_the_step_in_order():
    picture = np.full((6, 8, 3), 0.5, np.float32)
    chain = [lambda direction: direction - picture, lambda direction: 3 * direction]
    climb(picture, constant(0.75), constant(0.25), step_size=0.1, transforms=chain)
    np.testing.assert_allclose(picture, 0.5 + 0.1 * 3 * (1 - 0.5), atol=1e-6)


def test_constraints_are_applied_in_order_after_each_step():
    picture, seen = np.full((6, 8, 3), 0.1, np.float32), []

    def halve(picture):
        picture /= 2
        return False

    def look(picture):
        seen.append(float(picture.max()))
        return False

    climb(picture, constant(1.0), steps=2, step_size=0.1, constraints=[halve, look])
    np.testing.assert_allclose(seen, [0.1, 0.1])


def test_the_climb_ends_after_the_step_at_which_a_constraint_returns_true():
    picture = np.full((6, 8, 3), 0.1, np.float32)
    values = climb(picture, constant(1.0), steps=50, step_size=0.1, constraints=[lambda picture: picture.max() > 0.35])
    assert len(values) == 3
