"""Ctrl-C and kill -9 while several workers dream, and two commands on one folder."""

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.batch.support import BOUND, COMMAND, FAST, alone, batch, entries, pixels, running, same, wait_until

WORDS = ("in", "--recursive", "-o", "out", "--workers", "2", "--network", "pocket", "--octaves", "1", "--steps", "60")


@pytest.mark.slow
def test_ctrl_c_stops_all_workers_and_the_same_command_resumes(pictures):
    """As a terminal does it: every process of the group gets it."""
    with running(*COMMAND, *WORDS, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: list(Path("out").rglob("*.png")), of=process)
        workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == 130
    assert said.rstrip().splitlines()[-2] == "Stopped; the same command resumes from here."
    assert "Traceback" not in said
    assert not psutil.wait_procs(workers, timeout=10)[1]
    done = len(pixels("out"))
    assert 1 <= done < 5
    again = batch(*(word for word in WORDS if word not in ("--workers", "2")))
    assert f"5 dreams in out, {done} of them there already, 1 picture failed" in again.stderr


@pytest.mark.slow
def test_a_second_command_on_the_folder_is_refused_while_the_first_works(pictures):
    with running(*COMMAND, *WORDS) as process:
        wait_until(lambda: entries("out"), of=process)
        second = batch(*WORDS)
        assert process.poll() is None, "the first has ended already"
        assert second.returncode == 2
        assert second.stderr.endswith("Another batch is working in out. Wait for its end, or name another --output.\n")
        process.wait(timeout=BOUND)
    inputs = [entry["input"] for entry in entries("out")]
    assert len(inputs) == len(set(inputs)) == 6


@pytest.mark.slow
def test_command_and_workers_killed_at_seeded_moments_make_the_bits_of_an_unbroken_run(pictures):
    words = ("in", "--recursive", "-o", "out", "--workers", "2", *FAST)
    rng = np.random.default_rng(1616)
    for _ in range(3):
        before = len(entries("out"))
        with running(*COMMAND, *words) as process:
            wait_until(lambda before=before: len(entries("out")) > before or process.poll() is not None, of=process)
            workers = psutil.Process(process.pid).children(recursive=True)
            time.sleep(rng.uniform(0, 0.1))
            if rng.random() < 0.5 and workers:
                rng.choice(np.array(workers, object)).kill()
                time.sleep(rng.uniform(0, 0.5))
        assert not psutil.wait_procs(workers, timeout=20)[1], "workers outlive their command"
        assert all(image.size for image in pixels("out").values())  # each can be read to its end
        if len(pixels("out")) == 5:
            break
    assert batch("in", "--recursive", "-o", "out", *FAST).returncode == 1
    assert same(pixels("out"), alone(*FAST))
    assert not list(Path("out").rglob("*.part"))
