"""Workers that step in turn, here small scripts that speak the protocol of `worker.serve`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from deepdream.benchmark import interleave
from deepdream.benchmark.interleave import Failed, Ready, Timing, Worker

ROOT = Path(__file__).parents[2]

READY = """
import json, sys
def reply(kind, **values):
    print(json.dumps({kind: values}), flush=True)
reply("ready", compile=1.5, peak=100)
"""
WILLING = READY + "for line in sys.stdin: reply('step', seconds=0.25, processor=0.5, peak=200)"
ONCE = READY + "sys.stdin.readline(); reply('step', seconds=1, processor=1, peak=1); sys.exit('no more of this')"
UNREADY = "import json; print(json.dumps({'error': {'message': 'Memory ran out.', 'advice': 'Buy some.'}}))"
BROKEN = "raise ValueError('a reason')"
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def running(**programs):
    return [Worker(name, (sys.executable, "-c", program)) for name, program in programs.items()]


def test_workers_start_in_order_and_then_step_in_turn():
    records = list(interleave.run(running(one=WILLING, two=WILLING), rounds=3))
    assert records[:2] == [Ready("one", 1.5, 100), Ready("two", 1.5, 100)]
    assert [(turn.name, turn.round) for turn in records[2:]] == [
        ("one", 1), ("two", 1), ("one", 2), ("two", 2), ("one", 3), ("two", 3)
    ]  # fmt: skip
    assert records[-1] == Timing("two", 3, 0.25, 0.5, 200)


def test_a_worker_that_fails_is_reported_and_the_others_continue():
    records = list(interleave.run(running(bad=UNREADY, good=WILLING, late=ONCE), rounds=2))
    assert records == [
        Failed("bad", "Memory ran out.", "Buy some."),
        Ready("good", 1.5, 100),
        Ready("late", 1.5, 100),
        Timing("good", 1, 0.25, 0.5, 200),
        Timing("late", 1, 1, 1, 1),
        Timing("good", 2, 0.25, 0.5, 200),
        Failed("late", "Its process ended with exit code 1: no more of this"),
    ]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (BROKEN, "Its process ended with exit code 1: ValueError: a reason"),
        pytest.param(
            KILLED,
            "Its process was ended by SIGKILL; Linux does that when memory runs out.",
            marks=pytest.mark.skipif(os.name == "nt", reason="Windows has no signals"),
        ),
    ],
)
def test_a_worker_that_dies_is_reported_in_a_sentence(program, message):
    assert list(interleave.run(running(dead=program), rounds=1)) == [Failed("dead", message)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no ps")
def test_no_worker_outlives_the_iterator():
    deaf = "sys.stdin.read(); import time; time.sleep(60)"
    program = "import os\n" + READY.replace("peak=100", "peak=os.getpid()") + deaf
    records = interleave.run(running(one=program), rounds=1)
    ready = next(records)
    assert isinstance(ready, Ready)
    assert alive(ready.peak)
    records.close()
    assert not alive(ready.peak)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no ps")
def test_no_worker_outlives_a_parent_that_is_killed(tmp_path):
    """The workers' stdin closes, which ends `serve`."""
    served = (
        "import os, numpy; from pathlib import Path; from deepdream.benchmark.worker import serve; "
        f"serve(lambda: lambda: lambda: numpy.full(1, os.getpid()), Path({str(tmp_path / 'pid.npy')!r}))"
    )
    program = (
        "import sys; from deepdream.benchmark import interleave\n"
        f"one = interleave.Worker('one', (sys.executable, '-c', {served!r}))\n"
        "for _ in interleave.run([one], 10**9): pass"
    )
    running = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        until(lambda: (tmp_path / "pid.npy").exists() and (tmp_path / "pid.npy").stat().st_size > 128)
    finally:
        running.kill()
        running.wait()
    pid = int(np.load(tmp_path / "pid.npy")[0])
    until(lambda: not alive(pid))


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")
