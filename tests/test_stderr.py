"""Standard error goes to the file inside the block, whoever writes it, and back to where it was after it."""

import os
import subprocess
import sys
import tempfile
import threading

import pytest

from deepdream.stderr import redirected


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
