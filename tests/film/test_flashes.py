"""The check for flashes, on made clips whose flashes are known."""

import numpy as np
import pytest

from deepdream.film import flashes
from deepdream.film.flashes import Report, Watch

RATE, SIZE = 30, (45, 80)


def clip(low, high, hertz, *, part=(slice(None), slice(None)), seconds=2.0, base=0.5):
    """Frames that switch between two colours so many times a second, there and back counting as one."""
    for number in range(round(seconds * RATE)):
        frame = np.full((*SIZE, 3), base, np.float32)
        frame[part] = high if int(number / RATE * hertz * 2) % 2 else low
        yield frame, number / RATE


def watched(frames) -> Report:
    watch = Watch()
    for frame, seconds in frames:
        watch.see(frame, seconds)
    return watch.report()


def test_five_flashes_a_second_fail():
    report = watched(clip(0.1, 0.9, 5))
    assert (report.verdict, report.rule, report.red) == ("fail", "WCAG 2.1", False)
    assert report.changes == 10
    assert report.seconds == pytest.approx(1.0, abs=0.15)


def test_two_flashes_a_second_are_a_warning():
    assert (watched(clip(0.1, 0.9, 2)).verdict, watched(clip(0.1, 0.9, 2)).changes) == ("warn", 4)


def test_small_steps_of_luminance_pass():
    assert watched(clip(0.60, 0.66, 5)) == Report()


def test_a_change_between_two_bright_states_passes():
    assert watched(clip(0.93, 1.0, 5)) == Report()


def test_red_flashes_fail_though_their_luminance_hardly_changes():
    report = watched(clip((0.55, 0, 0), (0.25, 0.25, 0.25), 5))
    assert (report.verdict, report.red) == ("fail", True)


def test_a_small_patch_fails_where_it_fills_a_quarter_of_what_one_looks_at():
    rows, columns = round(SIZE[0] * 0.25), round(SIZE[1] * 0.25)  # a sixteenth of the frame, half of the part viewed
    report = watched(clip(0.1, 0.9, 5, part=(slice(0, rows), slice(0, columns))))
    assert (report.verdict, report.rule) == ("fail", "WCAG 2.1")
    left, top, right, bottom = report.region
    assert (left, top) == (0, 0)
    assert right < 0.5 > bottom


def test_a_tiny_patch_passes():
    assert watched(clip(0.1, 0.9, 5, part=(slice(0, 5), slice(0, 8)))).verdict == "pass"


def test_slow_changes_and_steady_pictures_pass():
    assert watched(clip(0.1, 0.9, 0.4)).verdict == "pass"
    assert watched((np.full((*SIZE, 3), 0.5, np.float32), n / RATE) for n in range(60)) == Report()


def test_asking_whether_a_frame_would_fail_remembers_nothing_of_it():
    watch, frames = Watch(), list(clip(0.1, 0.9, 5))
    asked = []
    for frame, seconds in frames:
        asked.append(watch.would_fail(frame, seconds))
        assert watch.would_fail(frame, seconds) == asked[-1]
        watch.see(frame, seconds)
    assert watch.report() == watched(frames)
    assert True in asked
    assert asked[0] is False


def test_one_change_is_counted_in_the_singular():
    sentence = flashes.sentence(watched(clip(0.1, 0.9, 0.4)))
    assert sentence == "Flashes: none to warn of, 1 change in a second at most (no certified test)."
