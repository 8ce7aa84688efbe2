"""What a dream carries from frame to frame, without a network."""

import numpy as np
import pytest

from deepdream.film import coherence
from deepdream.film.coherence import Look, State
from deepdream.film.measure import Tally, change
from deepdream.film.warp import warp
from deepdream.images import colour, compositing
from deepdream.pipeline.request import understand
from tests.film.test_flow import COLUMNS, ROWS, SIZE, texture

STILL = np.zeros((*SIZE, 2), np.float32)
SEEN = np.ones(SIZE, bool)
LOOK = Look(0.1, (0.0, 0.0, 0.0), 1.0, 1.0)


def state(age=1.0):
    frame = texture(ROWS, COLUMNS)
    return State(frame, texture(ROWS, COLUMNS, 3) - 0.5, np.full(SIZE, age, np.float32), LOOK, empty=False)


def test_detail_rides_along_and_fades_with_time_not_with_frames():
    one = state()
    detail, age = coherence.carried(one, STILL, SEEN, 0.04)
    np.testing.assert_allclose(detail, one.detail * 0.95, atol=1e-5)
    np.testing.assert_allclose(age, 1.04, atol=1e-5)
    twice = State(one.frame, detail, age, LOOK, empty=False)
    np.testing.assert_allclose(
        coherence.carried(twice, STILL, SEEN, 0.04)[0], coherence.carried(one, STILL, SEEN, 0.08)[0], atol=1e-5
    )


def test_moving_detail_goes_where_the_picture_goes():
    flow = np.broadcast_to(np.float32([4, 0]), (*SIZE, 2))  # the frame before is four pixels to the right
    detail, _ = coherence.carried(state(), flow, SEEN, 0.0)
    np.testing.assert_allclose(detail[:, :-4], state().detail[:, 4:], atol=1e-5)


def test_new_ground_begins_without_detail_and_is_dreamt_more_strongly_until_it_is_old():
    seen = SEEN.copy()
    seen[40:80, 60:120] = False
    detail, age = coherence.carried(state(), STILL, seen, 0.04)
    assert np.abs(detail[44:76, 64:116]).max() < 1e-3
    assert (age[~seen] == 0).all()
    gain = coherence.gain(age)
    assert gain.shape == (*SIZE, 1)
    assert gain[60, 90, 0] == pytest.approx(3, abs=1e-3)
    assert gain[5, 5, 0] == pytest.approx(0.7, abs=1e-6)
    assert coherence.gain(np.full(SIZE, 0.16, np.float32)).max() == pytest.approx(0.7, abs=1e-6)
    assert coherence.gain(np.full(SIZE, 0.08, np.float32)).max() == pytest.approx(1.85, abs=1e-5)


def test_a_frame_is_given_the_look_of_its_shot():
    """As far from its own frame as the first dream from the first, in mean, contrast, saturation and strength."""
    first, rng = texture(ROWS, COLUMNS), np.random.default_rng(0)
    dream = np.clip((first - 0.5) * 1.2 + 0.47 + rng.normal(0, 0.05, first.shape), 0, 1).astype(np.float32)
    look = coherence.look(dream, first)
    later = texture(ROWS + 30, COLUMNS + 50)
    drifted = np.clip(later * 0.5 + rng.normal(0, 0.2, later.shape), 0, 1).astype(np.float32)
    coherence.settle(drifted, later, look)
    assert compositing.distance(drifted, later) == pytest.approx(look.strength, rel=1e-3)
    found, own = colour.balance(drifted), colour.balance(later)
    assert np.subtract(found.mean, own.mean) == pytest.approx(look.shift, abs=0.03)


def test_a_state_goes_through_the_journal_s_arrays_unchanged():
    one = state()
    again = State.of(one.arrays())
    assert (again.look, again.empty) == (one.look, one.empty)
    np.testing.assert_array_equal(again.detail, one.detail)
    np.testing.assert_array_equal(again.age, one.age)


def test_the_look_of_a_black_frame_means_nothing():
    black = np.zeros((*SIZE, 3), np.float32)
    look = coherence.look(np.full_like(black, 0.1) + texture(ROWS, COLUMNS) * 0.1, black)
    assert (look.contrast, look.saturation) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("steps", "octaves", "expected"), [(12, 4, (1, 1, 2, 3)), (10, 4, (1, 1, 2, 2)), (4, 2, (1, 1))]
)
def test_later_frames_take_a_fifth_of_the_steps(steps, octaves, expected):
    given = {"network": "pocket", "steps": steps, "octaves": octaves, "octave_ratio": 1.2}
    request = understand(texture(ROWS, COLUMNS), given)
    renewed = coherence.renewed(request, 0.25)
    assert tuple(octave.steps for octave in renewed.octaves) == expected
    work = [sum(o.steps * o.size[0] * o.size[1] for o in one.octaves) for one in (renewed, request)]
    assert work[0] <= 0.26 * work[1]
    assert coherence.renewed(request, 1.0).octaves[-1].steps == steps


def test_the_first_frame_s_shifts_are_those_of_a_dream_and_each_other_frame_has_its_own():
    request = understand(texture(ROWS, COLUMNS), {"network": "pocket", "seed": 7})
    seeds = [coherence.seeded(request, number).settings.seed for number in (0, 1, 2, 1)]
    assert seeds[0] == 7
    assert len(set(seeds)) == 3
    assert seeds[1] == seeds[3]


def test_change_is_measured_along_the_motion_where_both_show_the_same():
    now, before = texture(ROWS, COLUMNS + 4), texture(ROWS, COLUMNS)
    flow = np.broadcast_to(np.float32([4, 0]), (*SIZE, 2))
    seen = SEEN.copy()
    seen[:, -4:] = False
    moved = warp(before, flow)
    assert change(now, moved, seen) == pytest.approx(0, abs=0.01)
    assert change(now + np.float32(2 / 255), moved, seen) == pytest.approx(2, abs=0.01)
    assert change(now, moved, ~SEEN) == 0


def test_flicker_is_the_dream_s_change_less_the_footage_s():
    tally = Tally(frames=4, pairs=3, dream=12.0, footage=3.0, strength=40.0, seconds=2.0)
    assert (tally.flicker, tally.plain, tally.mean_strength, tally.rate) == (3.0, 1.0, 10.0, 2.0)
    assert (Tally().flicker, Tally().rate) == (0.0, 0.0)
