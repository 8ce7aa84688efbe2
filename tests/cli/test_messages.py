"""Messages on the terminal, word for word."""

import json

import pytest

from deepdream.cli import messages
from deepdream.errors import GradientError, ImageError, SettingError, amount, listed, plural


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (0.4, "0 s"), (1, "1 s"), (59.4, "59 s"), (59.6, "1 min"), (61, "1 min 1 s"),
        (3599.6, "1 h"), (3900, "1 h 5 min"), (90_000, "25 h"),
    ],
)  # fmt: skip
def test_durations(seconds, text):
    assert messages.duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (85_000, "85 kB"), (80_134_624, "80 MB"), (1.25e9, "1.2 GB")],
)
def test_amounts(count, text):
    assert amount(count) == text


def test_one_is_counted_in_the_singular():
    assert [plural(count, "step") for count in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
    assert [plural(count, "class", "classes") for count in (1, 2)] == ["1 class", "2 classes"]
    assert listed("channel", 0, 7) == "its channels are 0 to 7"
    assert listed("class", 0, 0, "classes") == "its only class is 0"


def test_settings_are_spelled_as_options():
    text = "size 9x6 and max_side 4 exclude each other."
    assert messages.with_option_names(text) == "size 9x6 and --max-side 4 exclude each other."
    assert messages.with_option_names(text, leading=True) == "--size 9x6 and --max-side 4 exclude each other."
    assert messages.with_option_names("Several max_sides.", leading=True) == "Several max_sides."


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("palette and colour keep exclude each other.", "--palette and --colour keep exclude each other."),
        ("tileable and panorama exclude each other.", "--tileable and --panorama exclude each other."),
        ("size 9x6 and tile 4 exclude each other.", "--size 9x6 and --tile 4 exclude each other."),
        ("size 9x6 is not a width and a height, and size is.", "--size 9x6 is not a width and a height, and size is."),
    ],
)
def test_both_of_two_settings_are_spelled_as_options(text, typed):
    assert messages.with_option_names(text, leading=True) == typed


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (SettingError("steps 0 is out of its bounds: 1 to 9."), 2, "--steps 0 is out of its bounds: 1 to 9.\n"),
        (ImageError("There is no file a.jpg.", "Look again."), 2, "There is no file a.jpg. Look again.\n"),
        (GradientError("The gradient is zero everywhere."), 1, "The gradient is zero everywhere.\n"),
        (MemoryError(), 1, "This machine has too little memory for that. Try a smaller --max-side, or --tile 256.\n"),
        (OSError(28, "No space left on device", "a.png"), 1, "a.png: No space left on device.\n"),
        (PermissionError(13, "Permission denied", "a.png"), 2, "a.png: Permission denied.\n"),
        (
            ValueError("odd"),
            1,
            "deepdream failed unexpectedly: ValueError: odd. "
            "This is a bug in deepdream; --traceback shows where it happened.\n",
        ),
    ],
)
def test_errors_become_one_plain_sentence(capsys, error, code, text):
    assert messages.report(error) == code
    assert capsys.readouterr() == ("", text)


def test_errors_are_machine_readable_too(capsys):
    assert messages.report(ImageError("There is no file a.jpg.", "Look again."), as_json=True) == 2
    entry = {"message": "There is no file a.jpg.", "advice": "Look again.", "exit_code": 2}
    assert json.loads(capsys.readouterr().out) == {"errors": [entry]}


def test_a_traceback_on_request(capsys):
    messages.report(ValueError("odd"), traceback=True)
    assert "ValueError: odd\ndeepdream failed" in capsys.readouterr().err


def test_columns_are_aligned_and_end_without_blanks():
    rows = [("layer", "channels", "shape"), ("conv", "16", "")]
    assert messages.columns(rows, right=(1,)) == "layer  channels  shape\nconv         16"
