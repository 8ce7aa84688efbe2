"""A running dream on a terminal, and without one."""

import io

import numpy as np
import pytest

from deepdream.cli import bar as module
from deepdream.cli.bar import Bar, summary
from deepdream.pipeline.events import Estimate, Step

ESTIMATE = Estimate("CPU with 2 threads", "pocket", ((30, 45), (60, 90)), 10, 42.0, 1_250_000_000)


def step(octave, number):
    return Step(octave, 2, number, 10, (30, 45), 12.3456, np.zeros((3, 4, 3), np.float32), 0.25, 5.0, 15.0)


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that records what is drawn on it."""
    screen = io.StringIO()
    console = module.Console
    monkeypatch.setattr(
        module, "Console", lambda **options: console(**options | {"stderr": False}, file=screen, force_terminal=True,
                                                     width=100)
    )  # fmt: skip
    monkeypatch.setenv("TERM", "xterm")
    return screen


def test_the_estimate_is_one_line_with_device_network_size_time_and_memory():
    assert summary(ESTIMATE) == (
        "CPU with 2 threads, pocket, 90x60, 2 octaves, 10 steps, about 42 s, about 1.2 GB of memory"
    )


def test_without_a_terminal_each_octave_is_a_line_on_stderr(capsys):
    with Bar() as bar:
        bar.wait("photo.jpg: getting ready")
        bar.estimate("photo.jpg", ESTIMATE)
        for octave in (1, 2):
            for number in range(1, 11):
                bar.step(step(octave, number))
    assert capsys.readouterr() == (
        "",
        f"photo.jpg: {summary(ESTIMATE)}\n"
        "octave 1/2, step 10/10, loss 12.35, 15 s left\n"
        "octave 2/2, step 10/10, loss 12.35, 15 s left\n",
    )


def test_a_note_that_holds_for_several_pictures_is_printed_once(capsys):
    with Bar() as bar:
        for _ in range(3):
            bar.note("This dreams on the pocket network.")
    assert capsys.readouterr().err == "This dreams on the pocket network.\n"


def test_quiet_prints_errors_only(capsys):
    with Bar(quiet=True) as bar:
        bar.estimate("photo.jpg", ESTIMATE)
        bar.step(step(1, 10))
        bar.complain("It failed.")
    assert capsys.readouterr() == ("", "It failed.\n")


def test_on_a_terminal_the_bar_is_live_and_lines_stay_above_it(terminal):
    with Bar() as bar:
        bar.say("[bold]a line that stays, as it is[/bold] " + "long " * 30 + "end")
        bar.step(step(1, 3))
    drawn = terminal.getvalue()
    assert "[bold]a line that stays, as it is[/bold] " + "long " * 30 + "end\n" in drawn
    assert "octave 1/2, step 3/10" in drawn
    assert "loss 12.35, 15 s left" in drawn


def test_a_download_shows_its_progress(capsys):
    with Bar() as bar:
        bar.download.total = 80_000_000
        for _ in range(8):
            bar.download.update(10_000_000)
        bar.download.reset()
        bar.download.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "downloading weights: 10 MB of 80 MB"
    assert lines[-1] == "downloading weights: 80 MB of 80 MB"
    assert len(lines) == 5
