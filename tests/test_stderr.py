"""Standard error goes to the file inside the block, whoever writes it, and back to where it was after it."""

import os
import shlex
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from PIL import Image

from deepdream.stderr import redirected

HERE = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
"""Where subprocesses find the package, wherever they run."""


def test_what_python_and_c_write_goes_to_the_file(capfd):
    with tempfile.TemporaryFile("w+") as file:
        with redirected(file):
            os.write(2, b"from C, ")
            os.system("printf 'from a child, ' >&2")
            print("from Python", file=sys.stderr, end="")
        os.write(2, b"after")
        file.seek(0)
        assert file.read() == "from C, from a child, from Python"
    assert capfd.readouterr().err == "after"


def test_an_exception_inside_gives_it_back(capfd):
    with tempfile.TemporaryFile("w+") as file, pytest.raises(ValueError, match="inside"), redirected(file):
        raise ValueError("inside")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"


def test_a_second_thread_waits_until_the_first_has_given_it_back():
    order = []

    def second() -> None:
        with tempfile.TemporaryFile("w+") as file, redirected(file):
            order.append("second")

    with tempfile.TemporaryFile("w+") as file:
        with redirected(file):
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(0.1)
            order.append("first")
        thread.join()
    assert order == ["first", "second"]


def test_a_process_without_standard_error_runs_the_block():
    program = (
        "import os, tempfile; from deepdream.stderr import redirected\n"
        "os.close(2)\n"
        "with tempfile.TemporaryFile('w+') as file, redirected(file): print('ran')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "ran\n"


@pytest.mark.parametrize(
    ("words", "closed", "code"),
    [
        ("gone.png", "2>&-", 2),
        ("gone.png", "2>/dev/full", 2),
        ("photo.png --mask gone.png", ">&- 2>&- <&-", 2),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_without_standard_error_the_exit_code_still_tells_and_nothing_is_printed_elsewhere(
    tmp_path, words, closed, code
):
    Image.new("RGB", (53, 37)).save(tmp_path / "photo.png")
    line = f"{shlex.quote(sys.executable)} -m deepdream dream {words} --network pocket {closed}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path, env=HERE)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes descriptors")
def test_a_picture_that_takes_the_descriptor_of_a_closed_standard_error_is_read(tmp_path):
    Image.new("RGB", (53, 37)).save(tmp_path / "photo.png")
    program = "from deepdream import images; print(images.read('photo.png').pixels.shape)"
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} 2>&-"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, cwd=tmp_path, env=HERE)
    assert done.stdout == "(37, 53, 3)\n"
