"""deepdream bench."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from deepdream.benchmark import interleave, machine
from deepdream.benchmark.interleave import Failed, Ready, Timing
from deepdream.benchmark.results import Row
from deepdream.cli.bench import PATHS
from deepdream.settings import Settings
from tests.benchmark.made import MACHINE

SMALL = ("--network", "pocket", "--size", "32x24", "--layers", "block1_conv")


@pytest.fixture
def played(monkeypatch):
    """Replaces the benchmark by fixed records; an exception among them is raised."""

    def play(*records):
        def run(workers, rounds):
            import numpy as np

            from deepdream.benchmark.workload import from_json

            for one in workers:
                np.save(from_json(one.command[-1]).gradient, np.ones((24, 32, 3)))
            for record in records:
                if isinstance(record, type):
                    raise record
                yield record

        monkeypatch.setattr(interleave, "run", run)
        monkeypatch.setattr(machine, "measured", lambda threads: MACHINE)

    return play


DIRECT = (Ready("direct", 1.0, 100), Timing("direct", 1, 0.5, 0.5, 200))


def test_it_prints_its_plan_and_the_table(command, played):
    played(*DIRECT)
    result = command("bench", *SMALL, "--paths", "direct", "--rounds", "1")
    assert result.code == 0
    assert result.err.splitlines()[0] == "pocket, 32x24 to block1_conv2: direct in turn, 1 step each"
    assert "matrix products reach 100 GFLOP/s" in result.err.splitlines()[1]
    assert result.out.splitlines()[0].split() == [
        "path", "size", "deepest", "s/step", "min", "max", "processor", "Mpx/s", "GFLOP/s", "of", "SGEMM", "peak",
        "MB", "compile", "s", "difference",
    ]  # fmt: skip
    assert result.out.splitlines()[1].split()[:6] == ["direct", "32x24", "block1_conv2", "0.500", "0.500", "0.500"]


def test_json_holds_machine_rows_failures_and_whether_it_was_stopped(command, played, tmp_path):
    played(*DIRECT, Failed("winograd", "It died."))
    result = command("bench", *SMALL, "--size", "32x24,48x24", "--plot", "p.svg", "--json", "-q")
    assert result.code == 1
    found = json.loads(result.out)
    assert found["machine"]["gflops"] == 100
    assert [(row["size"], row["path"]) for row in found["rows"]] == [("32x24", "direct"), ("48x24", "direct")]
    assert found["rows"][0].keys() == {field.name for field in fields(Row)}
    assert found["failed"] == ["winograd at 32x24 failed: It died.", "winograd at 48x24 failed: It died."]
    assert found["stopped"] is False
    assert (tmp_path / "p.svg").read_text().startswith("<?xml")


def test_ctrl_c_keeps_the_rounds_so_far(command, played):
    played(*DIRECT, KeyboardInterrupt)
    result = command("bench", *SMALL, "--json", "--size", "32x24,48x24")
    assert result.code == 130
    assert "Stopped; the table holds the rounds so far." in result.err
    saved = json.loads(result.out)
    assert saved["stopped"]
    assert [(row["size"], row["rounds"]) for row in saved["rows"]] == [("32x24", 1)]


def test_ctrl_c_before_the_first_step_leaves_no_plot(command, played):
    played(DIRECT[0], KeyboardInterrupt)
    result = command("bench", *SMALL, "--size", "32x24,48x24", "--plot", "p.svg")
    assert (result.code, result.out) == (130, "")
    assert "Stopped; nothing was measured." in result.err
    assert list(Path(".").iterdir()) == []


def test_a_worker_that_dies_is_reported_in_one_sentence(command, played):
    played(*DIRECT, Failed("winograd", "Its process was ended by SIGKILL.", "Buy memory."))
    result = command("bench", *SMALL)
    assert result.code == 1
    assert "winograd at 32x24 failed: Its process was ended by SIGKILL. Buy memory." in result.err.splitlines()
    assert len(result.out.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--paths", "direkt"),
            "--paths 'direkt' is not one of direct, transpose, winograd, strips, bfloat16. Did you mean direct?",
        ),
        (("--rounds", "0"), "--rounds 0 is less than one."),
        (("--size", "12"), "--size '12' is not of the form WIDTHxHEIGHT. Type for example --size 900x600."),
        (("--size", "7x90"), "--size 7x90 is too small: block4_conv4 needs 8 pixels on each side."),
        (("--threads", "0"), "--threads 0 is out of its bounds: 1 to 1024."),
        (("--plot", "p.png"), "A plot against pixels needs several sizes. Type for example --size 256x256,512x512"),
        (("--layers", "blok"), "No layer of the network matches 'blok': its layers are block1_conv1 to block5_pool."),
        (
            ("--network", "vgg19"),
            "The weights of vgg19 are not here. Type: deepdream weights fetch vgg19, or measure with random ones: "
            "deepdream bench --network vgg19 --random",
        ),
        (("--layers", "block1;"), "The selection '' names no layer. Type for example --layers block4."),
        (("--random", "--weights", "a.h5"), "--random and --weights exclude each other. Give one of them."),
        (("--size", "90000x90000"), "5 workers on 90000x90000 pixels to block4_conv4 need about "),
    ],
)
def test_an_impossible_request_is_refused_before_anything_starts(command, words, message):
    result = command("bench", *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)


def test_the_algorithms_are_those_of_the_setting():
    (setting,) = (field for field in fields(Settings) if field.name == "convolution")
    assert ("auto", *PATHS) == (*setting.metadata["choices"], "bfloat16")  # which the setting precision names


def test_a_keras_network_is_refused(command):
    assert command("bench", "--network", "resnet50").err == (
        "--network resnet50 is computed with TensorFlow's own convolution, and bench compares this tool's. "
        "Choose one of vgg19, pocket, vgg16.\n"
    )


def test_random_weights_are_named(command, played):
    played(*DIRECT)
    result = command("bench", *SMALL, "--random")
    assert result.err.startswith("pocket, random weights, 32x24")


@pytest.mark.slow
def test_for_real(command):
    result = command("bench", *SMALL, "--paths", "direct,winograd", "--rounds", "2", "--json", "-q")
    assert result.code == 0, result.err
    rows = json.loads(result.out)["rows"]
    assert [(row["path"], row["rounds"]) for row in rows] == [("direct", 2), ("winograd", 2)]
    assert rows[1]["difference"] < 1e-3
    assert all(0 < row["seconds_min"] <= row["seconds"] <= row["seconds_max"] for row in rows)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send to another process")
def test_ctrl_c_for_real(tmp_path):
    words = ["bench", *SMALL, "--paths", "direct", "--rounds", "1000000", "--json"]
    running = subprocess.Popen(
        [sys.executable, "-m", "deepdream", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in running.stderr:
            if line.startswith("32x24: direct is ready"):
                break
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=2)
        running.send_signal(signal.SIGINT)
        out, errors = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "Traceback" not in errors
    assert json.loads(out)["rows"][0]["rounds"] > 1
