"""Names of files as people gave them, made safe: the pictures of a batch keep theirs.

clean(name) -> name that every system takes · distinct(names) -> names, no two of one dream · dreamt(name) -> name
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

from deepdream.images import formats

LONGEST = 120
"""Bytes of a name without its suffix."""

DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
"""What Windows takes for a device."""


def clean(name: str) -> str:
    """A name of letters, digits, blanks and `_+-.()`, without folders; "" where nothing is left of it."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = PurePath(re.sub(r"[^\w +.()-]+", "-", last).strip(" .-"))
    stem = plain.stem.encode()[:LONGEST].decode(errors="ignore").rstrip(" .-")
    return f"_{stem}{plain.suffix}" if DEVICES.match(stem) else f"{stem}{plain.suffix[:10]}"


def dreamt(name: str) -> str:
    """The name of a picture's dream in a batch: its own, as a PNG where its format is not written."""
    return name if formats.of_suffix(PurePath(name).suffix) else f"{name}.png"


def distinct(names: Iterable[str]) -> list[str]:
    """The names, numbered where two dreams would have one, as it is where cases are not told apart."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        path, number, free = PurePath(name), 1, name
        while dreamt(free).casefold() in taken:
            number += 1
            free = f"{path.stem}-{number}{path.suffix}"
        taken.add(dreamt(free).casefold())
        found.append(free)
    return found
