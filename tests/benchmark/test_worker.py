"""A worker's replies, from a separate process."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from deepdream.benchmark.worker import serve
from deepdream.errors import SettingError
def prepare():
    print("chatter")
    {prepare}
    return lambda: lambda: np.full((2, 3, 3), 5.0, np.float32)
serve(prepare, Path(sys.argv[1]))
"""


def replies(gradient, prepare="pass", asked="go\ngo\n"):
    command = [sys.executable, "-c", PROGRAM.format(prepare=prepare), str(gradient)]
    done = subprocess.run(command, cwd=ROOT, input=asked, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_reports_ready_and_then_each_step_until_stdin_ends(tmp_path):
    ready, *steps = replies(tmp_path / "g.npy")
    assert ready["ready"].keys() == {"compile", "peak"}
    assert 10e6 < ready["ready"]["peak"] < 1e9
    assert [step["step"].keys() for step in steps] == [{"seconds", "processor", "peak"}] * 2
    assert all(step["step"]["seconds"] >= 0 for step in steps)
    assert (np.load(tmp_path / "g.npy") == 5).all()


def test_errors_are_reported_as_message_and_advice(tmp_path):
    def after(prepare):
        return replies(tmp_path / "g.npy", prepare)

    assert after("raise SettingError('No.', 'Try yes.')") == [{"error": {"message": "No.", "advice": "Try yes."}}]
    assert after("raise MemoryError") == [
        {"error": {"message": "Memory ran out.", "advice": "Choose a smaller --size."}}
    ]
    assert after("raise ValueError('one\\ntwo')") == [{"error": {"message": "ValueError: one", "advice": ""}}]
