"""The pictures of a folder, in natural order.

pictures(folder) -> [Path, ...]
some(folder) -> [Path, ...]            the same, at least one; errors are sentences
is_picture(file) -> bool
natural(path) -> key                   sorts picture2 before picture10
"""

import re
from collections.abc import Collection
from pathlib import Path

from deepdream.errors import ImageError
from deepdream.images.formats import SUFFIXES_READ


def pictures(folder: Path, suffixes: Collection[str] = SUFFIXES_READ) -> list[Path]:
    """The pictures directly in a folder, in natural order.

    Raises:
        OSError: it can't be read.
    """
    return sorted((file for file in folder.iterdir() if is_picture(file, suffixes)), key=natural)


def some(folder: Path) -> list[Path]:
    """The pictures directly in a folder: at least one.

    Raises:
        ImageError: it can't be read, or there is none.
    """
    try:
        found = pictures(folder)
    except OSError as error:
        raise ImageError(f"{folder} can't be read as a folder of pictures: {error.strerror}.") from error
    if not found:
        raise ImageError(f"There is no picture in the folder {folder}.")
    return found


def is_picture(file: Path, suffixes: Collection[str] = SUFFIXES_READ) -> bool:
    """By its suffix; hidden files, such as macOS's ._photo.jpg, don't count."""
    return file.suffix.lower() in suffixes and not file.name.startswith(".") and file.is_file()


def natural(path: Path) -> tuple[tuple[tuple[int, str], ...], str]:
    """A key that sorts picture2 before picture10; names that differ only in case or zeros keep one order."""
    parts = re.split(r"(\d+)", path.name.casefold())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts), path.name
