"""Decoding image files: from a path to upright integer pixels.

opened(path) -> Opened                    header and metadata
decode(path, limit_megapixels) -> Raw     pixels too

`formats` lists the formats; each has its decoder in `decoders`.
"""

import contextlib
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.errors import ImageError
from deepdream.images import cicp, exif, formats, metadata, panorama
from deepdream.images.opened import AGAIN, CUT, Opened, UnreadableError
from deepdream.settings import Size, format_bytes
from deepdream.stderr import redirected

_ON_ITS_SIDE = (5, 6, 7, 8)
_RESIZED = 16
"""Bytes per pixel at the size asked for: the resized integers and their floats."""


@dataclass(frozen=True, eq=False)
class Raw:
    """A decoded picture, upright.

    Attributes:
        pixels: [H, W, C] uint8 or uint16 in the file's own numbers; C is 1 grey, 3 RGB or Lab, 4 CMYK.
        alpha: [H, W] in the same type, or None.
        lab: the white point if the three channels are CIE Lab, else None.
        icc: the embedded profile, or None.
        colour_space: declared without a profile, or None for sRGB.
        exif: the file's EXIF tags.
        turned: whether the picture is stored on its side.
        dpi: pixels per inch (across, down) of the upright picture, or None.
        sphere: where a panorama lies on its sphere, in the file's own pixels; empty if it is not a panorama.
        notes: sentences about what was lost.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    lab: tuple[float, float] | None
    icc: bytes | None
    colour_space: cicp.ColourSpace | None
    exif: exif.Exif
    turned: bool
    dpi: tuple[float, float] | None
    sphere: panorama.Properties
    notes: tuple[str, ...] = ()


def decode(
    path: Path, limit_megapixels: float, *, memory: int | None = None, goal: Callable[[Size], Size] | None = None
) -> Raw:
    """The pixels of a file, turned upright by its EXIF orientation; the first of several frames or pages.

    Args:
        path: the file.
        limit_megapixels: larger files are rejected before decoding.
        memory: bytes that reading may take; None for no limit. A JPEG that needs more is reduced while it is decoded,
            if it is still at least as large as `goal` asks.
        goal: maps the picture's size to the one asked for.

    Raises:
        ImageError: the file is not a complete picture of at most `limit_megapixels`, or does not fit in memory.
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
        colour_space=file.colour_space,
        exif=file.exif,
        turned=turned,
        dpi=dpi[::-1] if dpi and turned else dpi,
        sphere=sphere,
        notes=tuple(notes),
    )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """A file's header; any failure to open or decode the file inside the block becomes an ImageError.

    Raises:
        ImageError: the file does not exist, is a folder, is empty, can't be opened, is not a picture, or is damaged.
    """
    start = _start(path)
    format_ = formats.of_content(start)
    if format_ is None:
        kind = formats.other(start)
        what = f"a picture of another kind ({kind}), which is not read" if kind else "not a picture"
        raise ImageError(f"{path} is {what}.", f"{formats.NAMES} are read.")
    try:
        with path.open("rb") as file, _silent():
            header = format_.opener(file)
            yield header
    except ImageError:
        raise
    except UnreadableError as error:
        raise ImageError(f"{path} {error.what}", error.advice) from error
    except Exception as error:  # on damaged bytes decoders raise exceptions of any class
        raise ImageError(f"{path} {CUT}", AGAIN) from error


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """A view of [H, W, ...] turned by EXIF's orientation, 1 to 8; any other value counts as 1."""
    turned = pixels.swapaxes(0, 1) if orientation in _ON_ITS_SIDE else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned


def _start(path: Path) -> bytes:
    """The first bytes of a regular file that is not empty."""
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
    """The divisor of the picture's sides at which reading it fits in memory; 1 if it is not reduced.

    Raises:
        ImageError: it does not fit at any divisor.
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
def _silent() -> Iterator[None]:
    """Keep what decoders print, log and warn about from the terminal: the error says it, or it does no harm."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirected(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
