"""deepdream film: what it prints, what it refuses, and show and again on films."""

import json
import shlex
import signal
import subprocess
import sys

import pytest

from deepdream.cli.film import measured
from deepdream.cli.main import run
from deepdream.film import record
from deepdream.film.flashes import Report, clock, sentence
from deepdream.film.measure import Tally
from tests.film import made

QUICK = shlex.split("--network pocket --steps 2 --octaves 2 --precision float32 --convolution direct")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A small film and its dream."""
    folder = tmp_path_factory.mktemp("film")
    made.video(folder / "in.mp4", 4, size=(64, 96), sound=1)
    assert run(["film", str(folder / "in.mp4"), str(folder / "out.mp4"), *QUICK, "--quiet"]) == 0
    return folder


def test_a_film_says_its_frames_what_was_measured_and_whether_it_flashes(film, capfd):
    assert run(["film", str(film / "in.mp4"), str(film / "b.mkv"), *QUICK]) == 0
    printed = capfd.readouterr().err.splitlines()
    assert printed[0].startswith("frame 1/4, shot 1, ")
    assert printed[-2].startswith(f"{film / 'b.mkv'}: 4 frames, 1 shot, flicker ")
    assert printed[-1] == "Flashes: none to warn of, 0 changes in a second at most (no certified test)."


@pytest.mark.parametrize(("words", "until"), [((), "its end"), (("--end", "200"), "--end 200")])
def test_a_part_without_a_frame_is_refused(film, capfd, words, until):
    assert run(["film", str(film / "in.mp4"), str(film / "n.mp4"), *QUICK, "--start", "100", *words]) == 2
    assert capfd.readouterr().err == f"{film / 'in.mp4'} has no frame between --start 100 and {until}.\n"


def test_json_is_a_line_for_each_shot_and_frame_and_one_for_the_film(film, capfd):
    assert run(["film", str(film / "in.mp4"), str(film / "c.mp4"), *QUICK, "--json", "--quiet"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert lines[0] == {"shot": 1, "frame": 0}
    assert [line["frame"] for line in lines[1:-1]] == [0, 1, 2, 3]
    assert (lines[-1]["frames"], lines[-1]["shots"], lines[-1]["flashes"]["verdict"]) == (4, 1, "pass")
    assert lines[-1]["recipe"] == record.read(film / "c.mp4")


def test_show_prints_how_a_film_was_made(film, capsys):
    assert run(["show", str(film / "out.mp4")]) == 0
    printed = capsys.readouterr().out
    assert "kind" in printed
    assert "--renewal" in printed
    assert printed.splitlines()[-1] == f"To make it again: deepdream again {shlex.quote(str(film / 'out.mp4'))}"
    assert run(["show", str(film / "out.mp4"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == record.read(film / "out.mp4")
    assert run(["show", str(film / "out.mp4"), "--command"]) == 2
    assert "is no dream: its recipe is of the kind 'film'." in capsys.readouterr().err


def test_again_makes_the_same_film(film):
    assert run(["again", str(film / "out.mp4"), "--quiet"]) == 0
    assert record.read(film / "out-again.mp4") == record.read(film / "out.mp4")
    assert (film / "out-again.mp4").read_bytes() == (film / "out.mp4").read_bytes()


def test_a_film_is_not_replaced_unasked(film, capsys):
    assert run(["film", str(film / "in.mp4"), str(film / "out.mp4"), *QUICK]) == 2
    assert capsys.readouterr().err == (
        f"{film / 'out.mp4'} is there already. Name another output, or replace it with --force\n"
    )


def test_settings_that_mean_nothing_for_a_film_are_refused(film, capsys):
    assert run(["film", str(film / "in.mp4"), "o.mp4", "--tileable"]) == 2
    assert capsys.readouterr().err == "--tileable has no meaning for a film. Leave it out.\n"


def test_ctrl_c_keeps_the_frames_and_the_same_command_resumes(film, monkeypatch, capfd):
    monkeypatch.chdir(film)
    words = ["film", "in.mp4", "d.mp4", *QUICK, "--steps", "30"]
    process = subprocess.Popen([sys.executable, "-m", "deepdream", *words], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("frame 2"):
            break
    process.send_signal(signal.SIGINT)
    printed = process.stderr.read()
    assert process.wait() == 130
    assert "which are kept in d.mp4.film; the same command resumes from here." in printed
    assert sorted(path.suffix for path in (film / "d.mp4.film").iterdir() if path.suffix == ".png") == [".png"] * 2
    assert run(words) == 0
    assert "2 frames are there already; the film resumes after them." in capfd.readouterr().err
    assert (film / "d.mp4").exists()
    assert not (film / "d.mp4.film").exists()


def test_the_help_says_what_a_film_can_be(capsys):
    assert run(["film", "--help"]) == 0
    printed = capsys.readouterr().out
    for option in ("--start", "--end", "--every", "--coherence", "--calm", "--crf", "--keep-frames", "--layers"):
        assert option in printed
    assert "--tileable" not in printed


def test_a_failed_check_says_when_where_and_what_to_do():
    report = Report("fail", 9, "WCAG 2.1", True, 61.5, (0.25, 0.0, 0.6, 1 / 3))
    assert sentence(report) == (
        "Flashes: fail, 9 changes of red in the second before 01:01.50, 25 to 60 % from the left and 0 to 33 % from "
        "the top, by WCAG 2.1; dream with --calm (no certified test)."
    )
    assert clock(3.25) == "00:03.25"


def test_what_was_measured_is_one_line():
    tally = Tally(frames=4, shots=1, pairs=3, dream=12.0, footage=3.0, strength=160.0, seconds=2.0)
    assert measured(tally) == "4 frames, 1 shot, flicker 3.0 levels (footage 1.0), strength 40, 2 frames/s"
