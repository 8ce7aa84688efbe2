"""Ctrl-C for real: a process of its own, dreaming with the pocket network, gets the signal."""

import os
import signal
import subprocess
import sys
import time

import pytest

from deepdream import images

LONG = ("--network", "pocket", "--layers", "block2", "--octaves", "1", "--steps", "100000", "--save-every", "2")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send to another process")
def test_ctrl_c_keeps_the_picture_so_far_and_exits_with_130(photo, tmp_path):
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
