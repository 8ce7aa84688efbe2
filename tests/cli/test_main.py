"""The command line: help, exit codes, and every misuse as one sentence."""

import os
import subprocess
import sys

import pytest

from deepdream import __version__
from deepdream.cli.main import app

EXCLUDE = "--size 9x6 and --max-side 4 exclude each other. Give one of them."
MORE = "it has to be more than 0."
NO_SUCH_OPTION = "No such option: --stps. Did you mean --steps or --strip? Try: deepdream dream --help"
COMMANDS = [entry.name for entry in app.registered_commands + app.registered_groups]


def test_the_usage_of_a_zoom_has_its_two_names(command):
    assert command("zoom", "--help").out.startswith("Usage: deepdream zoom [OPTIONS] [IMAGE] OUT\n")


def test_help_names_every_command_and_is_plain_text(command):
    result = command("--help")
    assert (result.code, result.err) == (0, "")
    assert all(f"\n  {name} " in result.out for name in COMMANDS)
    assert result.out.isascii()  # no boxes
    assert "..." not in result.out.partition("Commands:")[2]  # no sentence is cut
    assert command() == result


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(command, name):
    result = command(name, "-h")
    assert result.code == 0
    assert result.out.startswith(f"Usage: deepdream {name} ")
    assert result.out.isascii()


def test_show_prints_either_json_or_the_command(command):
    answer = command("show", "a.png", "--json", "--command")
    assert (answer.code, answer.err) == (2, "--json and --command exclude each other. Give one of them.\n")


def test_the_help_of_zoom_keeps_the_lines_of_its_example(command):
    lines = [line.strip() for line in command("zoom", "--help").out.splitlines()]
    begin = lines.index("[[keyframe]]")
    assert lines[begin : begin + 4] == [
        *("[[keyframe]]", "seconds = 4", "zoom = 2.0", 'ease = "smooth"    # or linear, or hold'),
    ]


def test_the_application_exists():
    assert {"dream", "again", "show", "layers", "recipes", "weights"} <= set(COMMANDS)


def test_version(command):
    assert command("--version") == (0, f"deepdream {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dreem"], "No such command 'dreem'. Did you mean 'dream'? Try: deepdream --help"),
        (["dream", "--stps", "3"], NO_SUCH_OPTION),
        (["show"], "Missing argument 'FILE'. Try: deepdream show --help"),
        (["dream", "--steps", "many"], "--steps 'many' is not a whole number."),
        (["dream", "--steps", "0"], "--steps 0 is out of its bounds: 1 to 100000."),
        (["dream", "--step-size", "7"], "--step-size 7.0 is out of its bounds: 1e-06 to 1.0."),
        (["dream", "--objective", "means"], "--objective 'means' is not one of mean, squares. Did you mean mean?"),
        (["dream", "--size", "90"], "--size '90' is not of the form WIDTHxHEIGHT. Type for example --size 900x600."),
        (["dream", "--size", "9x6", "--max-side=4"], EXCLUDE),
        (["dream", "--recipe", "sed"], "There is no recipe 'sed'. Did you mean seed?"),
        (["dream", "--layers", ","], "The selection ',' names no layer. Type for example --layers block4."),
        (["dream", "--bits", "12"], "--bits 12 is not 8 or 16."),
        (["dream", "--quality", "0"], "--quality 0 is out of its bounds: 1 to 100."),
        (["dream", "--save-every", "0"], "--save-every 0 is less than one step."),
        (["dream", "--limit-megapixels", "0"], "--limit-megapixels 0 leaves no picture: it has to be more than 0."),
        (["dream", "gone.jpg"], "There is no file gone.jpg."),
        (["dream", "--bits", "x"], "--bits 'x' is not a whole number."),
        (["batch", "--workers=1.5"], "--workers '1.5' is not a whole number."),
        (["features", "block1", "--rate", "1,5"], "--rate '1,5' is not a number."),
        (["features", "block1", "--threads", "0"], "--threads 0 is out of its bounds: 1 to 1024."),
        (["activations", "--limit-megapixels", "nan"], "--limit-megapixels nan leaves no picture: " + MORE),
        (["attribute", "--limit-megapixels", "0"], "--limit-megapixels 0 leaves no picture: " + MORE),
        (
            ["layers", "my", "photo.jpg"],
            "There is no place for my photo.jpg here; a name with spaces is written in quotes. "
            "Try: deepdream layers --help",
        ),
    ],
)  # fmt: skip
def test_a_bad_request_is_one_sentence_and_exit_code_2(command, tmp_path, words, message):
    assert command(*words) == (2, "", message + "\n")
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_name_begins_with_a_dash_is_no_option(command, photo):
    photo("-n.png")
    assert command("dream", "-n.png") == (2, "", "-n.png is read as an option. Type ./-n.png for the file.\n")


def test_a_picture_in_place_of_a_command(command, photo):
    photo("photo.png")
    assert command("photo.png") == (
        2,
        "",
        "photo.png is no command. To dream on it, type: deepdream dream photo.png\n",
    )


def test_a_closed_pipe_is_not_an_error():
    program = "import sys; from deepdream.cli.main import run; sys.exit(run(['layers', '--network', 'vgg19']))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no disk that is always full")
def test_an_unwritable_stdout_is_reported_without_a_traceback():
    for words in (["layers", "--json"], ["layers", "--network", "vgg18", "--json"]):
        with open("/dev/full", "w") as full:
            program = [sys.executable, "-m", "deepdream", *words]
            done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode in (1, 2)
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="a shell's closing of streams")
def test_it_needs_no_streams(photo, tmp_path):
    photo()
    dreaming = (
        f"exec {sys.executable} -m deepdream dream photo.png --network pocket --layers block1 --octaves 1 --steps 1"
    )
    assert subprocess.run(["sh", "-c", dreaming + " >&- 2>&-"], cwd=tmp_path).returncode == 0
    assert (tmp_path / "photo-dream.png").exists()


def test_python_dash_m_and_help_without_the_heavy_libraries():
    program = (
        "import sys, runpy, contextlib, io\n"
        "sys.argv = ['deepdream', 'dream', '--help']\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "    runpy.run_module('deepdream', run_name='__main__')\n"
        "assert out.getvalue().startswith('Usage: deepdream dream')\n"
        "print(sorted({'tensorflow', 'keras', 'numpy', 'PIL', 'matplotlib', 'h5py'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "words", [("film", "in.mp4", "out.mp4/"), ("zoom", "out.mp4/"), ("zoom", "in.png", "out.mp4/")]
)
def test_a_slash_at_the_end_of_a_films_name_is_no_file(command, words):
    answer = command(*words)
    assert answer.code == 2
    assert answer.err == ("The folder out.mp4/ does not exist. Create it first, or name a file such as dream.png.\n")
