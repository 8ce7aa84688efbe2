"""The simulation of a batch against closed forms."""

import numpy as np
import pytest

from tools.benchmark import simulate


def shares(outcome):
    return outcome.working + outcome.waiting + outcome.idle


def test_a_command_that_takes_no_time_leaves_the_work_divided_by_the_machines():
    outcome = simulate.batch(np.full(60, 36.0), np.ones(6), 0.0)
    assert outcome.hours == pytest.approx(0.1)
    assert (outcome.working, outcome.waiting, outcome.idle, outcome.busy) == pytest.approx((1, 0, 0, 0))


def test_one_machine_waits_for_the_command_at_each_picture():
    outcome = simulate.batch(np.full(90, 9.0), np.ones(1), 1.0)
    assert outcome.hours == pytest.approx(900 / 3600)
    assert (outcome.working, outcome.waiting, outcome.busy) == pytest.approx((0.9, 0.1, 0.1))


def test_more_machines_than_the_command_can_serve_do_not_help():
    """It serves one a second, and each dreams for ten: eleven are kept busy, 110 take as long."""
    enough, many = (simulate.batch(np.full(2200, 10.0), np.ones(count), 1.0) for count in (11, 110))
    assert many.hours == pytest.approx(enough.hours, rel=0.01)
    assert many.busy == pytest.approx(1, abs=0.01)
    assert many.working == pytest.approx(0.09, abs=0.01)


def test_a_slow_machine_keeps_the_others_waiting_at_the_end():
    outcome = simulate.batch(np.full(4, 10.0), np.array([1.0, 1.0, 1.0, 3.0]), 0.0)
    assert outcome.hours == pytest.approx(30 / 3600)
    assert outcome.idle == pytest.approx(0.5)
    assert shares(outcome) == pytest.approx(1)


def test_every_case_and_number_of_machines_is_a_row():
    rows = simulate.run(0.005, 1e-8, pictures=1000)
    assert len(rows) == len(simulate.CASES) * len(simulate.MACHINES)
    assert all(row["working"] + row["waiting"] + row["idle"] == pytest.approx(1) for row in rows)
    assert all(row["hours"] > 0 for row in rows)
