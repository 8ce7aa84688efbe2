"""The formats of pictures, one record for each: how a file is known, and what one that is written can hold.

FORMATS                    all that are read; those with an encoder are written too
of(start) -> Format        by a file's first bytes
written(path) -> Format    by a file's suffix
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.images import encode


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format.

    Attributes:
        name: Pillow's.
        suffixes: in small letters.
        start: what the first bytes of a file match, as a regular expression.
        encoder: the function that writes it; None where it is only read.
        deep: whether it holds 16 bits per channel.
        alpha: whether it holds transparency.
        longest: pixels on a side that it can hold, where there is a limit worth naming.
        packet: bytes that a recipe may have, where there is a limit.
    """

    name: str
    suffixes: tuple[str, ...]
    start: bytes
    encoder: Callable[[np.ndarray, encode.Extras], list[encode.Part]] | None = None
    deep: bool = False
    alpha: bool = True
    longest: int | None = None
    packet: int | None = None


TIFF = Format(name="TIFF", suffixes=(".tif", ".tiff"), start=rb"II[*+]\0|MM\0[*+]", encoder=encode.tiff, deep=True)
HEIC = Format(
    name="HEIF", suffixes=(".heic", ".heif"), start=rb".{4}ftyp(heic|heix|heim|heis|hevc|hevx|mif1|msf1)"
)  # fmt: skip

FORMATS = (
    Format(name="PNG", suffixes=(".png",), start=rb"\x89PNG", encoder=encode.png, deep=True),
    Format(
        name="JPEG", suffixes=(".jpg", ".jpeg"), start=rb"\xff\xd8\xff", encoder=encode.jpeg, alpha=False,
        longest=65_500, packet=65_000,
    ),
    TIFF,
    Format(name="WEBP", suffixes=(".webp",), start=rb"RIFF", encoder=encode.webp, longest=16_383),
    Format(name="AVIF", suffixes=(".avif",), start=rb".{4}ftypavif", encoder=encode.avif, longest=65_536),
    Format(name="BMP", suffixes=(".bmp",), start=rb"BM"),
    Format(name="GIF", suffixes=(".gif",), start=rb"GIF8"),
    HEIC,
)  # fmt: skip
"""No other of Pillow's formats is tried: some of them run programs or have no use here."""

SUFFIXES_READ = tuple(suffix for each in FORMATS for suffix in each.suffixes)
"""What to take from a folder; a file named otherwise is read just as well, by its content."""

SUFFIXES_WRITTEN = tuple(suffix for each in FORMATS if each.encoder for suffix in each.suffixes)


def of(start: bytes) -> Format | None:
    """The format that a file's first bytes claim; None for no format that is read."""
    return next((each for each in FORMATS if re.match(each.start, start, re.DOTALL)), None)


def written(path: Path) -> Format | None:
    """The format that a path's suffix asks for; None for one that is not written."""
    return next((each for each in FORMATS if each.encoder and path.suffix.lower() in each.suffixes), None)
