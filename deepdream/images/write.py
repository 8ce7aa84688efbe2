"""Writing a picture to a file, atomically.

write(path, pixels, like=..., recipe=...)    check_output(path)
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.atomic import replacing
from deepdream.errors import REFUSALS, ImageError, SettingError, StorageError
from deepdream.images import encode, exif, formats, icc, metadata, outputs, panorama, scale
from deepdream.images.picture import Picture
from deepdream.images.strips import strips
from deepdream.settings import Size

STRIPS = ("none", "gps", "all")
"""What of the input's metadata can be left out."""


def write(
    path: str | Path,
    pixels: np.ndarray,
    *,
    like: Picture | None = None,
    recipe: dict[str, Any] | None = None,
    bits: int | None = None,
    quality: int = 95,
    strip: str = "none",
) -> str:
    """Write a picture in the format of the path's suffix; an existing file is replaced once the new one is complete.

    The same arguments give the same bytes. EXIF's tags keep their types and their bytes. JPEG has no transparency: the
    picture is composited on white, as in photo editors; every other format keeps it, and the colours of transparent
    pixels too.

    Args:
        path: in a folder that exists.
        pixels: [H, W, 3] float RGB in 0..1; values outside are clipped.
        like: the picture whose profile, EXIF, resolution, alpha (resized to the pixels), bits and, for the new size,
            panorama properties are kept; None for sRGB pixels without them.
        recipe: the record to embed, a dict that JSON can hold.
        bits: 8 or 16 per channel; 16 in PNG and TIFF only. None for the bits of `like` if the format supports them.
        quality: 1..100 of JPEG, WebP (100 is lossless) and AVIF.
        strip: of the metadata of `like`, "gps" leaves out the location, "all" all of EXIF, the resolution, and of a
            panorama all but its shape; colour profile, alpha and recipe stay.

    Returns:
        sentences about what the format could not hold; "" for nothing.

    Raises:
        ImageError: a path that can't be written, a format that can't hold the picture, pixels that are not finite.
        SettingError: bits, quality or strip out of bounds.
        StorageError: writing failed, for example because the disk is full.
    """
    if not 1 <= quality <= 100:
        raise SettingError(f"quality is {quality}; it must be 1 to 100.")
    if strip not in STRIPS:
        raise SettingError(f"strip is {strip!r}; it must be one of {', '.join(STRIPS)}.")
    size = (pixels.shape[0], pixels.shape[1])
    format_ = check_output(path, size=size, bits=bits)
    path = Path(path)
    if bits is None:
        bits = like.bits if like is not None and format_.deep else 8
    alpha = None
    if like is not None and like.alpha is not None:
        alpha = scale.resize_bounded(like.alpha, size)
    extras, notes = _extras(format_, size, like, recipe, quality, strip)
    if alpha is not None and (lost := _lost(format_, alpha)):
        notes.append(lost)
    if format_.xmp_limit is not None and len(extras.xmp) > format_.xmp_limit:
        raise ImageError(
            f"{path} can't carry a recipe of {len(extras.xmp)} bytes; a {format_.name} holds {format_.xmp_limit}."
        )
    numbers = _numbers(pixels, alpha, bits, flat=not format_.alpha)
    if numbers is None:
        raise ImageError(f"{path} was not written: the picture holds numbers that are not finite.")
    assert format_.encoder is not None, "a format that is only read has no suffix to write"
    put(path, format_.encoder(numbers, extras))
    return " ".join(f"{path.name}: {note}" for note in notes)


def _extras(
    format_: formats.Format,
    size: Size,
    like: Picture | None,
    recipe: dict[str, Any] | None,
    quality: int,
    strip: str,
) -> tuple[encode.Extras, list[str]]:
    """What goes into the file beside the pixels, and what had to be left out."""
    if like is None:
        packet = metadata.packet(recipe)
        return encode.Extras(icc.SRGB, exif.Exif(), None, packet, quality), []
    tags = exif.stripped(exif.parse(like.exif) if like.exif else exif.Exif(), strip)
    note = ""
    if format_.exif_limit is not None:
        tags, note = exif.fit(tags, format_.exif_limit)
    sphere = panorama.bare(like.panorama) if strip == "all" else like.panorama
    return encode.Extras(
        profile=like.profile,
        exif=tags,
        dpi=None if strip == "all" else like.dpi,
        xmp=metadata.packet(recipe, panorama.scaled(sphere, size)),
        quality=quality,
    ), [note] if note else []


def _lost(format_: formats.Format, alpha: np.ndarray) -> str:
    """A note about transparency that a format can't hold, or ""."""
    opaque = bool((alpha >= 1).all())
    if not format_.alpha and not opaque:
        return f"{format_.name} holds no transparency; the picture is laid on white."
    if opaque and (not format_.alpha or format_.drops_opaque):
        return f"its alpha, opaque everywhere, is left out: {format_.name} keeps none."
    return ""


def check_output(path: str | Path, *, size: Size | None = None, bits: int | None = None) -> formats.Format:
    """Check, before any work is done, that `write` can write to a path.

    Args:
        path: of the output.
        size: (height, width) of the picture, if known.
        bits: 8 or 16 if requested, else None.

    Returns: the format of the suffix.

    Raises:
        ImageError: a suffix that is not written, a folder that does not exist (it is never created) or is not
            writable, a path that is a folder, a pipe or a loop of links, a format that can't hold the size or the bits.
        SettingError: bits that are neither 8 nor 16.
    """
    if isinstance(path, str) and path.endswith(("/", os.sep)):  # which Path would drop
        raise ImageError(f"{path} names a folder; the output is a file.")
    path = Path(path)
    format_ = formats.of_suffix(path.suffix)
    if format_ is None:
        raise ImageError(
            f"{path} can't be written: its suffix {path.suffix!r} is none of {', '.join(formats.SUFFIXES_WRITTEN)}.",
            "Name the output with one of these.",
        )
    if bits not in (None, 8, 16):
        raise SettingError(f"bits is {bits}; it must be 8 or 16.")
    if bits == 16 and not format_.deep:
        raise ImageError(f"{path} can't hold 16 bits per channel.", "Name the output .png or .tif, or ask for 8 bits.")
    longest = format_.longest
    if size is not None and longest is not None and max(size) > longest:
        raise ImageError(
            f"{path} can't hold {size[1]}x{size[0]} pixels: the format ends at {longest} a side.",
            "Name the output .png or .tif.",
        )
    outputs.check_file(path)
    return format_


def _numbers(pixels: np.ndarray, alpha: np.ndarray | None, bits: int, flat: bool) -> np.ndarray | None:
    """[H, W, 3] uint8 or uint16, or [H, W, 4] with alpha unless flat; None where a pixel is not finite."""
    height, width = pixels.shape[:2]
    top, kind = (65535, np.uint16) if bits == 16 else (255, np.uint8)
    out = np.empty((height, width, 3 if alpha is None or flat else 4), kind)
    for rows in strips(height, width):
        strip = np.clip(pixels[rows].astype(np.float32, copy=False), 0.0, 1.0)
        if not np.isfinite(pixels[rows]).all():
            return None
        if alpha is not None and flat:
            cover = alpha[rows, :, None]
            strip = strip * cover + (1.0 - cover)
        elif alpha is not None:
            out[rows, :, 3] = np.rint(alpha[rows] * top)
        out[rows, :, :3] = np.rint(strip * top)
    return out


def put(path: Path, parts: Iterable[encode.Part]) -> None:
    """Put the parts into a file that replaces the one at the path when it is whole.

    Raises:
        ImageError: the path can't be written.
        StorageError: the disk refused.
    """
    try:
        with replacing(path) as part, part.open("xb") as file:
            for data in parts:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        if error.errno in REFUSALS:
            raise ImageError(f"{path} can't be written: {reason}.", "Name another output.") from error
        raise StorageError(f"{path} could not be written: {reason}.", "Make room, or name another output.") from error
