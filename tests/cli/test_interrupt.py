"""Ctrl-C: between steps, at once before the first step and the second time, and for real in a separate process."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.cli import interrupt

LONG = ("--network", "pocket", "--layers", "block2", "--octaves", "1", "--steps", "100000", "--save-every", "2")


def press():
    signal.raise_signal(signal.SIGINT)


def dream(steps, presses, happened):
    """Steps with Ctrl-C pressed `presses` times in the middle of the last one."""
    with interrupt.patient(happened.append) as ctrl_c:
        for step in range(1, steps + 1):
            for _ in range(presses if step == steps else 0):
                press()
            happened.append(f"step {step} ends")
            ctrl_c.between_steps()


def test_it_waits_for_the_end_of_the_step():
    happened = []
    with pytest.raises(KeyboardInterrupt):
        dream(2, 1, happened)
    assert happened == [
        "step 1 ends", "Stopping after this step; press Ctrl-C again to stop at once.", "step 2 ends"
    ]  # fmt: skip


@pytest.mark.parametrize(("steps", "presses"), [(1, 1), (2, 2)])
def test_before_the_first_step_and_the_second_time_it_stops_at_once(steps, presses):
    happened = []
    with pytest.raises(KeyboardInterrupt):
        dream(steps, presses, happened)
    assert f"step {steps} ends" not in happened


def test_afterwards_the_handler_is_restored_and_ignored_signals_stay_ignored():
    with interrupt.patient(print):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupt.patient(print):
            press()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_in_any_command_is_reported(command, monkeypatch):
    monkeypatch.setattr("deepdream.network.weights.lookup.states", press)
    assert command("weights") == (130, "", "Stopped.\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send to another process")
def test_ctrl_c_while_the_commands_are_being_loaded_is_reported():
    program = (
        "import sys, signal\n"
        "class Pressed:\n"
        "    def find_spec(self, name, *more):\n"
        "        if name == 'deepdream.cli.main': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from deepdream.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send to another process")
def test_ctrl_c_keeps_the_picture_so_far_and_exits_with_130(photo, tmp_path, command):
    source = photo()
    dreaming = subprocess.Popen(
        [sys.executable, "-m", "deepdream", "dream", str(source), *LONG],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "photo-dream-0004.png").exists():
            assert dreaming.poll() is None, dreaming.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        dreaming.send_signal(signal.SIGINT)
        out, err = dreaming.communicate(timeout=60)
    finally:
        dreaming.kill()
    assert (dreaming.returncode, out) == (130, "")
    assert "Traceback" not in err
    partial = tmp_path / "photo-dream-partial.png"
    assert err.splitlines()[-1].startswith("Stopped at octave 1 of 1, step ")
    assert err.splitlines()[-1].endswith(str(partial))
    assert not (tmp_path / "photo-dream.png").exists()
    assert images.read_recipe(partial)["partial"]["steps"] >= 4
    assert not list(tmp_path.glob(".*"))  # nothing half written
    assert command("again", partial, "-q").code == 0  # whenever the signal came, the picture is one between steps
    again = np.asarray(Image.open(tmp_path / "photo-dream-partial-again.png"))
    assert (again == np.asarray(Image.open(partial))).all()
