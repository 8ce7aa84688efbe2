"""Files to whole numbers, upright: which file is a picture, and what its pixels are.

opened(path) -> Opened                    header and metadata, refusals said in one sentence
decode(path, limit_megapixels) -> Raw     pixels too

What is read, and by what, stands in `formats` and `decoders`.
"""

import contextlib
import os
import stat
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.errors import ImageError
from deepdream.images import cicp, exif, formats, metadata, panorama
from deepdream.images.opened import AGAIN, CUT, Opened, UnreadableError
from deepdream.settings import Size, format_bytes

_ON_ITS_SIDE = (5, 6, 7, 8)
_RESIZED = 16
"""Bytes per pixel of the size asked for: whole numbers there, and floats."""
# The descriptor of standard error is the process's: while one thread has it turned away no other may.
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, eq=False)
class Raw:
    """A decoded file, upright.

    Attributes:
        pixels: [H, W, C] uint8 or uint16 in the file's own numbers; C is 1 grey, 3 RGB or Lab, 4 CMYK.
        alpha: [H, W] in the same type, or None.
        lab: the white, where three channels are CIE Lab, else None.
        icc: the embedded profile, or None.
        told: what is said of the colours without a profile, or None.
        exif: the file's EXIF tags.
        turned: whether the picture lay on its side in the file.
        dpi: pixels per inch (across, down) of the upright picture, or None.
        sphere: how a panorama lies on its sphere, in the file's own pixels; empty for none.
        notes: sentences about what was lost.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    lab: tuple[float, float] | None
    icc: bytes | None
    told: cicp.Told | None
    exif: exif.Exif
    turned: bool
    dpi: tuple[float, float] | None
    sphere: panorama.Properties
    notes: tuple[str, ...] = ()


def decode(
    path: Path, limit_megapixels: float, *, memory: int | None = None, goal: Callable[[Size], Size] | None = None
) -> Raw:
    """The pixels of a file, turned upright by its EXIF orientation; of several frames or pages the first.

    Args:
        path: of the file.
        limit_megapixels: refuse larger files before decoding.
        memory: bytes that the whole process may take; None for no bound. A JPEG is then made smaller while it is read,
            where that leaves it as large as asked for.
        goal: from the picture's size to the one asked for.

    Raises:
        ImageError: anything that is not a whole picture of at most `limit_megapixels`, or that memory can't hold.
    """
    with opened(path) as file:
        height, width = file.size
        if min(file.size) < 1:
            raise UnreadableError
        if width * height > limit_megapixels * 1e6:
            raise ImageError(
                f"{path} has {width}x{height} pixels, {width * height / 1e6:.6g} million; "
                f"the limit is {limit_megapixels:g} million.",
                "Shrink it, or raise the limit if you trust the file.",
            )
        shrink = _shrink(path, file, memory, goal)
        found = file.load(shrink)
    notes = [*file.notes, *found.notes]
    if shrink > 1:
        notes.append(f"it was read at 1/{shrink} of its size to stay within memory.")
    if file.exif.damaged:
        notes.append("some of its EXIF tags are damaged and not carried on.")
    turned, dpi = file.orientation in _ON_ITS_SIDE, exif.plausible(file.dpi)
    sphere = panorama.find(metadata.tree(file.xmp))
    if file.orientation in range(2, 9) and sphere:
        sphere = {}
        notes.append("its panorama's properties describe it unturned and are not carried on.")
    return Raw(
        pixels=upright(found.colours, file.orientation),
        alpha=None if found.alpha is None else upright(found.alpha, file.orientation),
        lab=found.lab,
        icc=file.icc,
        told=file.told,
        exif=file.exif,
        turned=turned,
        dpi=dpi[::-1] if dpi and turned else dpi,
        sphere=sphere,
        notes=tuple(notes),
    )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """A file's header, with every failure to open or decode it inside the block said in one sentence.

    Raises:
        ImageError: no such file, a folder, empty, not readable, not a picture, damaged.
    """
    start = _start(path)
    format_ = formats.of_content(start)
    if format_ is None:
        kind = formats.other(start)
        what = f"a picture of another kind ({kind}), which is not read" if kind else "not a picture"
        raise ImageError(f"{path} is {what}.", f"{formats.NAMES} are read.")
    try:
        with path.open("rb") as file, _hushed():
            header = format_.opener(file)
            yield header
    except ImageError:
        raise
    except UnreadableError as error:
        raise ImageError(f"{path} {error.what}", error.advice) from error
    except Exception as error:  # decoders raise of every kind on bytes that are not what they should be
        raise ImageError(f"{path} {CUT}", AGAIN) from error


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """A view of [H, W, ...] turned as EXIF's orientation 1 to 8 demands; any other value counts as 1."""
    turned = pixels.swapaxes(0, 1) if orientation in _ON_ITS_SIDE else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned


def _start(path: Path) -> bytes:
    """The first bytes of a file that is there, is a file, and holds something."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImageError(f"{path} is a folder, not a picture.")
        if not stat.S_ISREG(mode):
            raise ImageError(f"{path} is not a file.")
        with path.open("rb") as file:
            start = file.read(256)
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise ImageError(f"{path} can't be opened: {reason}.") from error
    if not start:
        raise ImageError(f"{path} is empty.", AGAIN)
    return start


def _shrink(path: Path, file: Opened, memory: int | None, goal: Callable[[Size], Size] | None) -> int:
    """By how much to divide the picture's sides so that reading it stays within memory; 1 for not at all.

    Raises:
        ImageError: no way of reading it does.
    """
    if memory is None:
        return 1
    wanted = file.size
    if goal:
        turned = file.orientation in _ON_ITS_SIDE
        wanted = goal(file.size[::-1])[::-1] if turned else goal(file.size)
    needed = {}
    for shrink in file.shrinks:
        size = (-(-file.size[0] // shrink), -(-file.size[1] // shrink))
        if shrink == 1 or all(side >= least for side, least in zip(size, wanted, strict=True)):
            parts = ((file.bytes_per_stored_pixel, file.size), (file.bytes_per_pixel, size), (_RESIZED, wanted))
            needed[shrink] = sum(bytes_ * height * width for bytes_, (height, width) in parts)
            if needed[shrink] <= memory:
                return shrink
    height, width = file.size
    raise ImageError(
        f"{path} has {width}x{height} pixels, which need {format_bytes(int(min(needed.values())))} "
        f"while they are read; memory is {format_bytes(memory)}.",
        "Allow more with --memory, or shrink it first.",
    )


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep what decoders print, log and warn of from the terminal: the refusal says it all.

    C libraries write to the process's standard error, the others to Python's, which may be another, as in a notebook.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings(), open(os.devnull, "w", encoding="utf-8") as nowhere:
        warnings.simplefilter("ignore")
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            terminal = os.dup(2)
        except OSError:  # a process without standard error has nothing to keep clean
            yield
            return
        os.dup2(nowhere.fileno(), 2)
        try:
            with contextlib.redirect_stderr(nowhere):
                yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
