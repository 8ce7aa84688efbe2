"""Matplotlib figures as files: the path is checked before any work, and written atomically.

check(path, what) · save(figure, path, what)      `what` is its name in messages, such as "loss plot"
"""

from pathlib import Path
from typing import Any

from deepdream.atomic import replacing
from deepdream.errors import ImageError, StorageError, nearest
from deepdream.images import outputs

SUFFIXES = (".png", ".svg", ".pdf")


def check(path: Path, what: str) -> None:
    """Check that a figure can be written there.

    Raises:
        ImageError: no such folder, no permission to write, or an unknown suffix.
    """
    if path.suffix.lower() not in SUFFIXES:
        alike = nearest(path.suffix.lower(), SUFFIXES, 1)
        hint = f"Did you mean {path.with_suffix(alike[0]).name}?" if alike else ""
        raise ImageError(f"A {what} can't be written as {path.name}: its suffix is not {_listed()}.", hint)
    outputs.check_file(path, f"a {what}")


def save(figure: Any, path: Path, what: str) -> None:
    """Write the figure reproducibly: without the time of writing.

    Raises:
        StorageError: writing failed.
    """
    from matplotlib import rc_context

    stamp = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    try:
        with replacing(path) as part, rc_context({"svg.hashsalt": "deepdream"}):  # otherwise its ids are random
            figure.savefig(part, format=path.suffix[1:].lower(), dpi=120, metadata=stamp)
    except OSError as error:
        raise StorageError(f"The {what} can't be written to {path}: {error.strerror or error}.") from error


def _listed() -> str:
    return f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
