"""Messages on the terminal: errors as one sentence with advice; times as people write them.

report(error) -> exit code, after printing it on stderr. Only results go to stdout.
"""

import contextlib
import json
import re
import sys
import traceback as tracebacks
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from deepdream import settings
from deepdream.errors import RecipeError, RequestError, SettingError, command, nearest, to_dream_error

FAILED, REFUSED, STOPPED = 1, 2, 130
"""Exit codes: the run failed; a bad request; Ctrl-C."""


WORDS: list[str] = []
"""This command line."""

TYPED: set[str] = set()
"""Names of files on this command line that hold a setting's name; they are printed as they are."""


@contextlib.contextmanager
def flags(names: Collection[str]) -> Iterator[None]:
    """In an error that begins with one of these names of settings, the option in its place."""
    try:
        yield
    except RequestError as error:
        name, _, rest = error.message.partition(" ")
        if name not in names:
            raise
        raise type(error)(f"{option(name)} {rest}", error.advice) from None


def remember(words: Sequence[str]) -> None:
    """Note the command line, and which of its words are no options, before any message is printed."""
    WORDS[:] = words
    names = [name for name in settings.names() if "_" in name]
    TYPED.clear()
    TYPED.update(word for word in words if not word.startswith("-") and any(name in word for name in names))


def tell(text: str) -> None:
    """Print a message on stderr, so that stdout carries results only."""
    with contextlib.suppress(OSError):  # on a full disk, say, the exit code still tells
        print(text, file=sys.stderr, flush=True)


def report(error: Exception, *, traceback: bool = False, as_json: bool = False) -> int:
    """Print an error for the user.

    Args:
        error: any exception.
        traceback: print the traceback too.
        as_json: also print it on stdout as JSON.

    Returns: its exit code.
    """
    tell(format_error(error, traceback=traceback))
    entry = record(error)
    if as_json:
        with contextlib.suppress(OSError):  # stdout itself may be what failed, as on a full disk
            print(json.dumps({"errors": [entry]}), flush=True)
    return entry["exit_code"]


def format_error(error: Exception, *, traceback: bool = False, where: str = "") -> str:
    """An error as printed: its sentence and advice, below the traceback if requested."""
    entry = record(error)
    before = "".join(tracebacks.format_exception(error)) if traceback else ""
    return f"{before}{where}{entry['message']} {entry['advice']}".rstrip()


def record(error: Exception) -> dict[str, Any]:
    """An error's message, advice and exit code."""
    if isinstance(error, RecipeError):  # it names keys of the file, not options
        return {"message": error.message, "advice": error.advice, "exit_code": error.exit_code}
    if (known := to_dream_error(error)) is not None:
        message = with_option_names(known.message, leading=isinstance(known, SettingError))
        return {"message": message, "advice": with_option_names(known.advice), "exit_code": known.exit_code}
    if isinstance(error, typer.TyperException):
        return _misuse(error) | {"exit_code": REFUSED}
    return {
        "message": f"deepdream failed unexpectedly: {type(error).__name__}: {error}.",
        "advice": "This is a bug in deepdream; --traceback shows where it happened.",
        "exit_code": FAILED,
    }


def with_option_names(text: str, *, leading: bool = False) -> str:
    """The text with settings spelled as options: max_side becomes --max-side.

    Args:
        text: a sentence.
        leading: the text begins with a setting's name, which then becomes an option even if it is a plain word, and so
            does the second of two: palette and colour keep.
    """
    joined = "|".join(name for name in settings.names() if "_" in name)
    known = re.compile(rf"(?<![\w/.-])({joined})(?![\w/]|\.\w)")  # not in the middle or at the end of a file's name
    kept = "|".join(re.escape(word) for word in sorted(TYPED, key=len, reverse=True))
    parts = re.split(f"({kept})", text) if kept else [text]
    text = "".join(part if part in TYPED else known.sub(lambda match: option(match[0]), part) for part in parts)
    first, _, rest = text.partition(" ")
    if not leading or first not in settings.names():
        return text
    second = rf"((?:\S+ )?and )({'|'.join(settings.names())})\b"
    rest = re.sub(f"^{second}", lambda match: match[1] + option(match[2]), rest)
    return f"{option(first)} {rest}"


def option(name: str) -> str:
    """The option of a setting: step_size is --step-size."""
    return "--" + name.replace("_", "-")


def duration(seconds: float) -> str:
    """A time as people write it: 8 s, 3 min 20 s, 1 h 5 min."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def columns(rows: Sequence[tuple[str, ...]], *, right: tuple[int, ...] = ()) -> str:
    """Rows as aligned plain text, two spaces between columns.

    Args:
        rows: cells, equally many in each row.
        right: columns of numbers, aligned to the right.
    """
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _given(options: Sequence[str]) -> tuple[str, str]:
    """The option as typed, the last time, and its value."""
    found = (options[0], "")
    for before, word in pairwise(["", *WORDS]):
        name, sign, value = word.partition("=")
        if sign and name in options:
            found = name, value
        elif before in options:
            found = before, word
    return found


def _misuse(error: typer.TyperException) -> dict[str, Any]:
    """A command line that Typer did not understand: its sentence, and where the help is."""
    text = error.format_message().strip()
    wrong, possible = getattr(error, "option_name", ""), getattr(error, "possibilities", None)
    if possible:
        text = f"No such option: {wrong}. Did you mean {' or '.join(nearest(wrong, possible, 2))}?"
    option = getattr(error, "param", None)
    if option is not None and (wanted := re.search(r"\bvalid (integer|number|float)\b", text)):
        kind = "a whole number" if wanted[1] == "integer" else "a number"
        name, value = _given(option.opts)
        return {"message": f"{name} {value!r} is not {kind}.", "advice": ""}
    if extra := re.match(r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", text):
        text = f"There is no place for {extra[1]} here; a name with spaces is written in quotes."
    if file := next((word for word in WORDS if wrong and word.startswith(wrong) and Path(word).exists()), None):
        return {"message": f"{file} is read as an option.", "advice": f"Type ./{file} for the file."}
    unknown = re.match(r"No such command '(.+?)'", text)
    if unknown and Path(unknown[1]).exists():
        name = unknown[1]
        return {"message": f"{name} is no command.", "advice": f"To dream on it, type: {command('dream', Path(name))}"}
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "deepdream"
    return {"message": text if text.endswith((".", "?", "!")) else f"{text}.", "advice": f"Try: {path} --help"}
