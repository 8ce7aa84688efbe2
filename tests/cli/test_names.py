"""Names of files as people have them: empty ones, ones that hold a setting's name, ones that a terminal can't show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import deepdream
from deepdream.errors import ImageError

FAST = ("--network", "pocket", "--layers", "block1", "--octaves", "1", "--steps", "1")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("dream", ""), "A name"),
        (("dream", "photo.png", ""), "A name"),
        (("dream", "photo.png", "-o", ""), "The value of -o"),
        (("dream", "photo.png", "--mask", " "), "The value of --mask"),
        (("dream", "photo.png", "--palette="), "The value of --palette"),
        (("compare", ""), "A name"),
        (("sweep", "", "--vary", "seed=1,2"), "A name"),
        (("again", ""), "A name"),
        (("activations", ""), "A name"),
        (("show", ""), "A name"),
        (("batch", "", "-o", "out"), "A name"),
    ],
)
def test_an_empty_name_is_refused_everywhere(command, photo, words, what):
    photo()
    assert command(*words) == (2, "", f"{what} is empty; perhaps a variable is not set.\n")
    assert sorted(path.name for path in Path().iterdir()) == ["photo.png"]


def test_it_is_refused_in_python_too():
    with pytest.raises(ImageError, match=r"^The picture's name is empty\.$"):
        deepdream.dream("")


@pytest.mark.parametrize("name", ["photo max_side.jpg", "step_size", "max_side photo.jpg", "a/octave_ratio.png"])
def test_a_settings_name_in_a_files_name_is_printed_as_it_is(command, name):
    assert f"There is no file {name}." in command("dream", name, *FAST).err


@pytest.mark.skipif(sys.platform == "win32", reason="names are bytes elsewhere only")
@pytest.mark.parametrize(
    ("name", "encoding"), [(b"caf\xe9.png", "utf-8:strict"), ("smile\U0001f600.png".encode(), "cp1252:strict")]
)
def test_a_name_that_stdout_can_not_show_is_escaped(command, photo, name, encoding):
    photo()
    assert command("dream", "photo.png", *FAST, "-o", "d.png", "-q").code == 0
    Path(os.fsdecode(name)).write_bytes(Path("d.png").read_bytes())
    call = [sys.executable, "-m", "deepdream", "show", os.fsdecode(name)]
    done = subprocess.run(call, capture_output=True, env=os.environ | {"PYTHONIOENCODING": encoding}, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\" in done.stdout.splitlines()[0]
