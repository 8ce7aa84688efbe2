"""Existing files: a picture that carries another record is never replaced; the new one's name gets a number.

free_path(path, record) -> the path, numbered if a picture with another record has it · kept(path, new) -> sentence
free_folder(folder, records) -> the folder, numbered if one of its pictures has another record
numbered(path) · numbered_folders(folder)
"""

import itertools
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from deepdream.errors import ImageError
from deepdream.pipeline.provenance import Record, carries


def free_path(path: Path, record: Mapping[str, Any], *, keys: Collection[str] | None = None) -> Path:
    """The path, or the path with a number if a picture with another record has it.

    Args:
        path: where a picture is to be written. A file without a record is replaced.
        record: the one that the picture will carry; a picture that carries the same one is replaced.
        keys: as for `provenance.carries`.

    Returns: photo-dream.png, or the first of photo-dream-2.png, photo-dream-3.png, ... that does not exist or carries
        this record.
    """
    if not _has_record(path) or carries(path, record, keys=keys):
        return path
    return next(name for name in numbered(path) if not os.path.lexists(name) or carries(name, record, keys=keys))


def free_folder(folder: Path, records: Mapping[str, tuple[Record, Collection[str] | None]]) -> Path:
    """The folder, or the folder with a number if one of these pictures in it has another record.

    Args:
        folder: where the pictures are to be written, together.
        records: file name -> the record that the picture will carry, and the keys as for `provenance.carries`.
    """
    return next(
        name
        for name in numbered_folders(folder)
        if all(free_path(name / file, record, keys=keys) == name / file for file, (record, keys) in records.items())
    )


def numbered_folders(folder: Path) -> Iterator[Path]:
    """photo-compare, photo-compare-2, ..."""
    yield folder
    yield from (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))


def numbered(path: Path) -> Iterator[Path]:
    """photo-dream-2.png, photo-dream-3.png, ..."""
    return (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))


def kept(path: Path, new: Path) -> str:
    """The sentence about a picture that got a number."""
    return f"{path} carries another recipe and is kept: this one is {new}; --force would replace it."


def _has_record(path: Path) -> bool:
    from deepdream import images  # see `provenance.read_any`

    try:
        images.read_recipe(path)
    except ImageError:
        return False
    return True
