"""The time left, as estimated from the steps so far."""

from math import prod

import numpy as np
import pytest

from deepdream.pipeline import events
from deepdream.pipeline.events import Clock


class Octave:
    def __init__(self, side, steps):
        self.size, self.shown, self.steps = (side, 2 * side), (side + 32, 2 * side + 32), steps


@pytest.mark.parametrize("tracing", [0.0, 5.0, 20.0])
@pytest.mark.parametrize("every", [True, False])
def test_the_time_left_is_within_one_and_a_half_of_the_truth_whatever_tracing_takes(monkeypatch, tracing, every):
    octaves, now = [Octave(side, 10) for side in (100, 140, 196, 274)], [0.0]
    monkeypatch.setattr(events.time, "perf_counter", lambda: now[0])
    clock, estimates = Clock(octaves, 1.2 * sum(2e-5 * 10 * prod(o.shown) for o in octaves)), []
    for number, octave in enumerate(octaves, start=1):
        for step in range(1, 11):
            traces = step == 1 and (every or number == 1)
            now[0] += prod(octave.shown) * 2e-5 + (tracing if traces else 0)
            record = clock.step(number, step, 0.0, np.zeros(()), last=step == 10, tile=None)
            estimates.append((number, now[0], record.seconds_left))
    for number, at, left in estimates[:-1]:
        ahead = (
            tracing * (4 - number) if every and number == 1 else 0
        )  # before the first tracing nothing is known of it
        truth = now[0] - at - ahead
        assert truth / 1.5 <= left <= truth * 1.5, (number, at)
