"""The pictures and films of a batch and the place of each dream below its folder. Nothing is opened or written here.

find(sources, ...) -> Found         files, patterns, and folders with the tree below them
listed(file) -> names               one name a line, or separated by NUL
"""

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deepdream.batch.files import EARLIER
from deepdream.errors import ImageError, RequestError
from deepdream.film.formats import READ, VIDEOS, is_video
from deepdream.images import formats
from deepdream.images.folders import is_picture, natural


@dataclass(frozen=True, slots=True)
class Item:
    """One picture or film: its file, and where its dream goes, below the batch's folder."""

    source: Path
    place: Path


@dataclass(frozen=True)
class Found:
    """The sources of a batch.

    Attributes:
        items: the pictures, in natural order.
        unread: folders that could not be read, and why.
        earlier: number of earlier dreams skipped in folders.
    """

    items: tuple[Item, ...]
    unread: tuple[tuple[Path, ImageError], ...]
    earlier: int


def find(
    sources: Iterable[Path],
    names: Iterable[Path],
    output: Path,
    *,
    recursive: bool = False,
    bits: int | None = None,
) -> Found:
    """The pictures that are meant.

    Args:
        sources: as typed: a file goes to the batch's folder under its own name, a folder's pictures to their places
            below it, what a pattern matches to its place below the part before the first wildcard.
        names: of a list: files, which keep the folders of a relative name.
        output: the batch's folder, which is not searched.
        recursive: whether folders are searched in full depth.
        bits: per channel of the dreams; a format that can't hold them becomes PNG.

    Raises:
        ImageError: a source does not exist, or there is no picture.
        RequestError: two pictures of one place, or a place that is an input.
    """
    search = _Search(os.path.realpath(output), recursive)
    found = [pair for source in sources for pair in search.source(source)]
    for name in names:
        if name.name:
            found.append((name, _kept(name)))
        else:  # the root, or the current folder
            search.unread.append((name, ImageError(f"{name} is a folder, not a picture.")))
    once: dict[tuple[str, Path], Path] = {}
    for source, place in found:
        once.setdefault((os.path.realpath(source), place), source)
    items = tuple(Item(source, _named(place, bits)) for (_, place), source in once.items())
    if not sources and not items and not search.unread:
        raise ImageError("The list names no file.")
    if not items and not search.unread:
        earlier = " but earlier dreams" if search.earlier else ""
        deeper = "" if recursive else "With --recursive, folders inside folders are looked into."
        raise ImageError(f"There is no picture{earlier} in what is named.", deeper)
    _refuse_collisions(items, output)
    return Found(items, tuple(search.unread), search.earlier)


def listed(file: Path, *, null: bool = False) -> Iterator[Path]:
    """The names in a file, or in standard input where it is called "-"; empty ones are left out.

    Args:
        file: one name a line; a name may begin and end with blanks.
        null: names end with NUL and may hold line breaks, as `find -print0` writes them.

    Raises:
        RequestError: it can't be read, or a name holds NUL.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise RequestError(f"The list {file} can't be read: {error.strerror}.") from None
    if not null and b"\0" in data:
        raise RequestError(
            f"The names in {file} hold NUL, which no name does.",
            "Where they end with it, as of find -print0, add --null.",
        )
    names = data.split(b"\0") if null else data.splitlines()
    return (Path(os.fsdecode(name)) for name in names if name)


class _Search:
    """The search of folders: what was skipped, and what could not be read."""

    def __init__(self, output: str, recursive: bool) -> None:
        self._output, self._recursive = output, recursive
        self.unread: list[tuple[Path, ImageError]] = []
        self.earlier = 0

    def source(self, source: Path) -> Iterator[tuple[Path, Path]]:
        """The pictures of what was typed, with their places."""
        if os.path.lexists(source):
            yield from self._below(source, source if source.is_dir() else source.parent)
            return
        if not glob.has_magic(str(source)):
            raise ImageError(f"There is no file {source}.")
        parts = source.parts
        fixed = Path(*parts[: next(n for n, part in enumerate(parts) if glob.has_magic(part))])
        matches = sorted((Path(match) for match in glob.iglob(str(source), recursive=True)), key=_order)
        if not matches:
            raise ImageError(f"No file matches {source}.")
        for match in matches:
            if match.resolve().is_relative_to(self._output):
                continue
            if match.is_dir() or _is_item(match):
                yield from self._below(match, fixed)

    def _below(self, path: Path, root: Path) -> Iterator[tuple[Path, Path]]:
        """A file as it is, a folder as the pictures in it; places count from the root."""
        if not path.is_dir():
            yield path, path.relative_to(root)
            return
        try:
            entries = sorted(path.iterdir(), key=natural)
            pictures = [file for file in entries if _is_item(file)]
            folders = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
        except OSError as error:
            self.unread.append((path, ImageError(f"The folder {path} can't be read: {error.strerror}.")))
            return
        fresh = [file for file in pictures if not EARLIER.search(file.stem)]
        self.earlier += len(pictures) - len(fresh)
        yield from ((file, file.relative_to(root)) for file in fresh)
        for folder in folders if self._recursive else ():
            if os.path.realpath(folder) != self._output:
                yield from self._below(folder, root)


def _is_item(file: Path) -> bool:
    """By its suffix, a picture or a film; hidden files don't count."""
    return is_picture(file) or is_picture(file, (*VIDEOS, *READ))


def _order(path: Path) -> tuple:
    """A key by which paths are in natural order, folder by folder."""
    return tuple(natural(Path(part)) for part in path.parts)


def _kept(name: Path) -> Path:
    """The place of a listed file: its relative name, or the bare one where that would lead out of the folder."""
    return Path(name.name) if name.is_absolute() or ".." in name.parts else name


def _named(place: Path, bits: int | None) -> Path:
    """The place under its own name; what is not written so becomes PNG or Matroska, and keeps the whole name."""
    if is_video(place):
        return place if place.suffix.lower() in VIDEOS else place.with_name(f"{place.name}.mkv")
    kind = formats.of_suffix(place.suffix)
    fits = kind is not None and (kind.deep or bits != 16)
    return place if fits else place.with_name(f"{place.name}.png")


def _refuse_collisions(items: Iterable[Item], output: Path) -> None:
    """Refuse two pictures of one place, and a dream in the place of a picture."""
    places: dict[str, Item] = {}
    sources = {os.path.realpath(item.source) for item in items}
    folder = output.resolve()
    for item in items:
        other = places.setdefault(str(item.place).casefold(), item)
        if other.place != item.place:
            raise RequestError(
                f"{other.source} and {item.source} would have one name where file systems don't tell cases apart.",
                "Rename one of them.",
            )
        if other is not item:
            raise RequestError(
                f"{other.source} and {item.source} would both become {output / item.place}.",
                "Name the folder above them, whose tree is kept.",
            )
        if os.path.realpath(folder / item.place) in sources:
            raise RequestError(f"The output {output / item.place} is an input itself.", "Give another --output.")
