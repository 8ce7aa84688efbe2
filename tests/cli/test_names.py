"""Names of files as people have them: empty ones, ones that hold a setting's name or what a shell reads, ones that a
terminal can't show, links, pipes, and a slash at the end.
"""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import deepdream
from deepdream import images
from deepdream.cli.main import app
from deepdream.errors import ImageError
from deepdream.errors import command as typed
from tests.images import files

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


PACKAGE = Path(deepdream.__file__).parent


@pytest.mark.parametrize("name", ["a b.png", "it's.png", "$HOME.png", "-o.png", "a;ls.png", "é\n.png", "--json"])
def test_a_command_to_copy_is_quoted(name):
    words = shlex.split(typed("again", Path(name), "--weights", "FILE"))
    assert words == ["deepdream", "again", f"./{name}" if name.startswith("-") else name, "--weights", "FILE"]


def test_no_command_is_put_together_without_quoting():
    """A name in an f-string after "deepdream COMMAND" would not be quoted."""
    commands = "|".join(str(one.name) for one in (*app.registered_commands, *app.registered_groups))
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                found += re.findall(rf"deepdream (?:{commands})\b[^.,;]*\{{\}}", text)
    assert found == []


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("again", "a b.png"), "deepdream again 'a b.png' IMAGE"),
        (("a b.png",), "deepdream dream 'a b.png'"),
    ],
)
def test_what_is_advised_can_be_typed(command, photo, words, advice):
    photo("a b.png")
    record = {"version": "0.1", "settings": {}, "network": "pocket", "weights": "", "input": {"digest": ""}}
    images.write("a b.png", files.smooth() / 255, recipe=record)
    assert command(*words).err.endswith(f": {advice}\n")


@pytest.fixture
def places(photo):
    """What is no file: links in a circle, a link to nowhere, a named pipe; and a file."""
    photo("photo.png")
    Path("loop.png").symlink_to("pool.png")
    Path("pool.png").symlink_to("loop.png")
    Path("lost.png").symlink_to("gone/lost.png")
    Path("loop.gif").symlink_to("loop.gif")
    os.mkfifo("pipe.png")
    return sorted(os.listdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "loop.png"), "loop.png is a loop of links; the output is a file."),
        (("-o", "pipe.png"), "pipe.png is a named pipe; the output is a file."),
        (("-o", "lost.png"), "The folder {}/gone of lost.png does not exist. Create it first."),
        (("-o", "photo.png/"), "photo.png/ is a file, not a folder. Leave out the slash at its end."),
        (("--output=photo.png/",), "photo.png/ is a file, not a folder. Leave out the slash at its end."),
        (
            ("-o", "out.png/"),
            "The folder out.png/ does not exist. Create it first, or name a file such as dream.png.",
        ),
        (("--loss-plot", "loop.png"), "loop.png is a loop of links; a loss plot is a file."),
        (("--loss-plot", "pipe.png"), "pipe.png is a named pipe; a loss plot is a file."),
        (("--mask", "photo.png/"), "photo.png/ is a file, not a folder. Leave out the slash at its end."),
        (("--mask", "pipe.png"), "The mask pipe.png is not a file."),
        (("--palette", "loop.png"), "The palette loop.png can't be opened: Too many levels of symbolic links."),
        (
            ("--weights", "pipe.png"),
            "pipe.png is not a file. Give another file, or use the small network that ships with the package: "
            "deepdream dream --network pocket",
        ),
    ],
)
def test_what_is_no_file_is_refused_and_left_as_it_is(command, places, words, message):
    result = command("dream", "photo.png", *FAST, "-q", *words)
    assert result == (2, "", f"{message.format(Path.cwd())}\n")
    assert sorted(os.listdir()) == places
    assert Path("pipe.png").is_fifo()


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("dream", "photo.png/"), "photo.png/ is a file, not a folder. Leave out the slash at its end."),
        (("dream", "loop.png"), "loop.png can't be opened: Too many levels of symbolic links."),
        (("dream", "lost.png"), "There is no file lost.png."),
        (("dream", "pipe.png"), "pipe.png is not a file."),
        (("show", "loop.png"), "loop.png can't be opened: Too many levels of symbolic links."),
        (
            ("features", "block1:1", "--network", "pocket", "-o", "loop.png"),
            "loop.png is no folder; a set of pictures is written into one.",
        ),
        (
            ("compare", "photo.png", "--network", "pocket", "-o", "lost.png"),
            "lost.png is no folder; a comparison is written into one.",
        ),
        (("activations", "photo.png", "-o", "pipe.png"), "pipe.png is a named pipe; the output is a file."),
        (("activations", "photo.png", "-o", "new/"), "The folder new/ does not exist."),
        (("film", "photo.png", "loop.gif"), "loop.gif is a loop of links; the output is a file."),
        (("film", "photo.png", "new.gif/"), "The folder new.gif/ does not exist."),
        (("batch", "photo.png", "-o", "loop.png"), "loop.png is no folder; a batch is written into one."),
        (
            ("sweep", "photo.png", "--vary", "seed=1,2", "-o", "pipe.png"),
            "pipe.png is no folder; a sweep is written into",
        ),
    ],
)
def test_it_is_refused_by_every_command(command, places, words, message):
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert err.startswith(message)
    assert sorted(os.listdir()) == places


def test_in_python_a_name_that_ends_with_a_slash_is_no_files(tmp_path):
    with pytest.raises(ImageError, match=r"^out\.png/ names a folder; the output is a file\.$"):
        images.write("out.png/", files.smooth() / 255)
    with pytest.raises(ImageError, match=r"^The picture's name is empty\.$"):
        images.read(" ")


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
@pytest.mark.parametrize("words", [("film", "{}", "out.mp4"), ("show", "{}"), ("again", "{}")])
@pytest.mark.parametrize("name", ["pipe.mp4", "pipe.gif"])
def test_a_named_pipe_as_a_film_is_refused_at_once(command, words, name):
    os.mkfifo(name)
    assert command(*(word.format(name) for word in words)) == (2, "", f"{name} is not a file.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
def test_a_named_pipe_that_features_start_from_is_refused_at_once(command):
    os.mkfifo("pipe.png")
    words = ("features", "block1_conv1:0", "--network", "pocket", "--accentuate", "pipe.png")
    assert command(*words) == (2, "", "The picture pipe.png is not a file.\n")


@pytest.mark.parametrize("option", ["mask", "palette", "guide"])
def test_a_batch_names_the_picture_that_is_missing(command, photo, option):
    photo("photo.png")
    words = ("batch", "photo.png", "-o", "out", "--network", "pocket", f"--{option}", "gone.png")
    assert command(*words) == (2, "", f"The {option} gone.png does not exist.\n")


@pytest.mark.parametrize(
    "words",
    [
        ("dream", "photo.png", "--mask", "other.png", "-o", "other.png"),
        ("dream", "photo.png", "--guide", "other.png", "-o", "other.png"),
        ("dream", "photo.png", "--mask", "other.png", "-o", "linked.png"),
        ("activations", "other.png", "-o", "other.png"),
        ("activations", "other.png", "-o", "other.png", "--force"),
    ],
)
def test_an_output_never_replaces_what_is_read(command, photo, words):
    photo("photo.png")
    before = photo("other.png").read_bytes()
    Path("linked.png").symlink_to("other.png")
    answer = command(*words, "--network", "pocket")
    output = words[words.index("-o") + 1]
    assert (answer.code, answer.err) == (2, f"The output {output} is an input itself. Name another output.\n")
    assert Path("other.png").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("sweep", "{}", "--vary", "steps=1", "-o", "."), "sheet.png"),
        (("sweep", "{}", "--vary", "steps=1", "-o", "."), "steps-1.png"),
        (("compare", "{}", "--steps", "1", "-o", "."), "sheet.png"),
    ],
)
def test_a_sheet_never_replaces_the_picture_it_is_of(command, photo, words, name):
    before = photo(name).read_bytes()
    answer = command(*(word.format(name) for word in words), "--network", "pocket")
    assert (answer.code, answer.err) == (2, f"The output {name} is an input itself. Name another output.\n")
    assert Path(name).read_bytes() == before


def test_a_dream_made_again_does_not_replace_its_picture(command, photo):
    before = photo("photo.png").read_bytes()
    words = ("--network", "pocket", "--layers", "block1", "--steps", "1", "--octaves", "1", "-o", "dream.png", "-q")
    assert command("dream", "photo.png", *words).code == 0
    answer = command("again", "dream.png", "-o", "photo.png")
    assert (answer.code, answer.err) == (2, "The output photo.png is an input itself. Name another output.\n")
    assert Path("photo.png").read_bytes() == before


def test_a_folder_that_is_a_file_is_called_one(command, photo):
    photo("photo.png")
    message = "photo.png is no folder; out can't be written into it. Name another output.\n"
    assert command("compare", "photo.png", "-o", "photo.png/out") == (2, "", message)
