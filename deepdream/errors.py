"""Every error that this package raises on purpose.

    DreamError                 catches all of them
    ├── RequestError           the request is wrong; nothing was written (exit code 2)
    │   ├── SettingError       a setting out of bounds, or two that exclude each other
    │   ├── RecipeError        a recipe file that is missing or damaged, or has an invalid key or value
    │   ├── SelectionError     a layer or channel that the network does not have
    │   ├── ImageError         a picture that can't be read, is too small, or an output that can't be written
    │   └── WeightsError       a weight file that is missing, damaged, or fits no network
    └── RunError               the request was valid, the run failed (exit code 1)
        ├── DownloadError      the weights could not be fetched from any address
        ├── StorageError       writing to disk failed
        ├── OutOfMemoryError   not even the smallest tile fits
        └── GradientError      a gradient that is zero everywhere or not finite

A message is one sentence that names the thing, its value and the rule; `advice` is the next command or keyword to
type. The command line prints both and exits with `exit_code`; a traceback appears only on request.
"""

import difflib
import errno
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
"""OSError numbers that mean a bad request, not a failing disk: no permission, a missing folder, a name too long."""


class DreamError(Exception):
    """Base of all errors of this package.

    Args:
        message: one sentence with the thing, its value and the rule.
        advice: what to type or change next; empty when the message says it all.
    """

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice

    def __reduce__(self) -> tuple:
        """What pickle makes it of, in another process."""
        return type(self), (self.message, self.advice)


class RequestError(DreamError):
    """The request is wrong; nothing was written."""

    exit_code = 2


class SettingError(RequestError):
    """A setting out of bounds, or two settings that exclude each other."""


class RecipeError(RequestError):
    """A recipe file that is missing or damaged, or an invalid key or value in it, named as in the file."""


class SelectionError(RequestError):
    """A layer or channel that the network does not have."""


class ImageError(RequestError):
    """A picture that can't be read or is too small, or an output that can't be written."""


class WeightsError(RequestError):
    """A weight file that is missing, damaged, or fits no network."""


class RunError(DreamError):
    """The request was valid, but the run failed."""


class DownloadError(RunError):
    """The weights could not be fetched from any address."""


class StorageError(RunError):
    """Writing to disk failed."""


class OutOfMemoryError(RunError):
    """Not even the smallest tile fits in the memory allowed."""


class GradientError(RunError):
    """A gradient that is zero everywhere or not finite."""


def install(*packages: str) -> str:
    """Advice for missing packages: the command that installs them for the running Python."""
    return f"Type: {_typed([sys.executable, '-m', 'pip', 'install', *packages])}"


def command(*words: str | Path) -> str:
    """A command of this tool, ready to be copied into a shell, with special characters quoted.

    Args:
        words: those after `deepdream`. A Path that begins with a dash is written as ./-name, so that it is no option.
    """
    dashed = (isinstance(word, Path) and str(word).startswith("-") for word in words)
    return _typed(["deepdream", *(f"{'./' * dash}{word}" for word, dash in zip(words, dashed, strict=True))])


def _typed(words: list[str]) -> str:
    """Words quoted for the system's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def plural(count: int, thing: str, things: str = "") -> str:
    """1 step, 2 steps; 1 class, 2 classes where the plural is given."""
    return f"{count} {thing if count == 1 else things or f'{thing}s'}"


def amount(count: float) -> str:
    """Bytes as people write them: 640 bytes, 85 kB, 80 MB, 1.2 GB."""
    for unit, size, digits in (("GB", 1e9, 1), ("MB", 1e6, 0), ("kB", 1e3, 0)):
        if count >= size:
            return f"{count / size:.{digits}f} {unit}"
    return plural(round(count), "byte")


def listed(thing: str, first: object, last: object, things: str = "") -> str:
    """The clause of a message that says what there is: its channels are 0 to 7; its only channel is 0."""
    return f"its only {thing} is {first}" if first == last else f"its {things or f'{thing}s'} are {first} to {last}"


def nearest(word: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known words most similar to this one, best first; for the advice in a message.

    Returns: at most `count` words; empty when none is similar.
    """
    return difflib.get_close_matches(word, list(known), n=count, cutoff=0.55)


def to_dream_error(error: Exception) -> DreamError | None:
    """The error as a DreamError, also one raised by the system; None for what can only be a bug."""
    if isinstance(error, DreamError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":  # the latter is TensorFlow's
        return OutOfMemoryError(
            "This machine has too little memory for that.", "Try a smaller --max-side, or --tile 256."
        )
    if isinstance(error, OSError) and error.strerror:
        prefix = f"{error.filename}: " if error.filename else ""
        return (RequestError if error.errno in REFUSALS else StorageError)(f"{prefix}{error.strerror}.")
    return None
