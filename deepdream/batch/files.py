"""The pictures of a command line, and the files of their dreams. Nothing is opened or written here.

find(paths) -> Found                      files as they are, folders as the pictures in them
targets(sources, output) -> (Path, ...)   one output for each, all different, none of them an input
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deepdream.errors import ImageError, RequestError

EARLIER = re.compile(r"-(dream|preview)(-again|-partial|-\d+|-scale\d+)*$")
"""The end of the stem of every file that `dream` and `again` name themselves."""


@dataclass(frozen=True)
class Found:
    """The pictures requested, and the number of earlier dreams skipped in folders."""

    sources: tuple[Path, ...]
    skipped: int = 0


def find(paths: Iterable[Path], suffixes: Iterable[str]) -> Found:
    """Files as they are, each once; folders as the pictures in them, in natural order, without earlier dreams.

    Args:
        paths: as typed.
        suffixes: of pictures, lower case, with the dot; they count in folders only.

    Raises:
        ImageError: a path does not exist or is not readable, or a folder contains no picture.
    """
    known, skipped = tuple(suffixes), 0
    sources: list[Path] = []
    for path in paths:
        pictures = _listed(path, known)
        if pictures is not None:
            fresh = [file for file in pictures if not EARLIER.search(file.stem)]
            skipped += len(pictures) - len(fresh)
            if not fresh:
                earlier = " but earlier dreams" if pictures else ""
                raise ImageError(f"There is no picture in the folder {path}{earlier}.")
            sources += fresh
        else:
            sources.append(path)
    unique = {os.path.realpath(path): path for path in reversed(sources)}
    return Found(tuple(path for path in sources if unique[os.path.realpath(path)] is path), skipped)


def targets(sources: Sequence[Path], output: Path | None, *, word: str = "dream") -> tuple[Path, ...]:
    """Where the dream of each source goes: photo-dream.png beside it, in the folder given, or the file given.

    Sources whose outputs would have the same name keep their suffix in it: a.jpg and a.png become a-jpg-dream.png and
    a-png-dream.png.

    Raises:
        RequestError: a folder does not exist, several sources share one file or name, or an output is an input.
    """
    if output is not None and not output.suffix and not output.exists():
        raise ImageError(f"The folder {output} does not exist.", "Create it first, or name a file such as dream.png.")
    if output is None or output.is_dir():
        names = _names(sources, output, word)
    elif len(sources) > 1:
        raise RequestError(
            f"{output} can't take the dreams of {len(sources)} pictures.", "Give a folder that exists to --output."
        )
    else:
        names = (output,)
    inputs = {os.path.realpath(path) for path in sources}
    for name in names:
        if os.path.realpath(name) in inputs:
            raise RequestError(f"The output {name} is an input itself.", "Give another name to --output.")
    return names


def beside(sources: Sequence[Path], chosen: Path | None, ending: str) -> tuple[Path | None, ...]:
    """The same for an optional by-product, such as a loss plot.

    Raises:
        RequestError: one file for several sources.
    """
    if chosen is None:
        return (None,) * len(sources)
    if chosen.is_dir():
        return tuple(chosen / f"{path.stem}{ending}" for path in sources)
    if len(sources) > 1:
        raise RequestError(
            f"{chosen} can't take {len(sources)} loss plots.", "Give a folder that exists to --loss-plot."
        )
    return (chosen,)


def _names(sources: Sequence[Path], folder: Path | None, word: str) -> tuple[Path, ...]:
    """One name for each source, beside it or in the folder."""
    plain = [(folder or path.parent) / f"{path.stem}-{word}.png" for path in sources]
    real = [os.path.realpath(path) for path in plain]
    counts = Counter(real)
    names = tuple(
        name if counts[place] == 1 else name.with_name(f"{path.stem}-{path.suffix[1:].lower()}-{word}.png")
        for name, place, path in zip(plain, real, sources, strict=True)
    )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise RequestError(f"Several pictures would become {twice[0]}.", "Dream them one at a time, with --output.")
    return names


def _listed(path: Path, suffixes: Sequence[str]) -> list[Path] | None:
    """The pictures in a folder, in natural order; None for a file."""
    from deepdream.images.folders import pictures  # which imports NumPy, that --help has no need of

    try:
        if path.is_dir():
            return pictures(path, suffixes)
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError(f"There is no file {path}.") from None
    except OSError as error:  # no permission, or a name that is too long
        raise ImageError(f"{path} can't be opened: {error.strerror}.") from error
    return None
