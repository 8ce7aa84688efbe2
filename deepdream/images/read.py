"""A file to a Picture: decoded, upright, resized in the file's own depth, converted to sRGB.

read(path, size=..., max_side=..., profile=...) -> Picture
read_recipe(path) -> recipe
read_size(path) -> (height, width)
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import ImageError, SettingError
from deepdream.images import cicp, exif, icc, metadata, scale
from deepdream.images.decode import Raw, decode, opened
from deepdream.images.picture import Picture
from deepdream.images.strips import strips
from deepdream.settings import Size


def read(
    path: str | Path,
    *,
    size: Size | None = None,
    max_side: int | None = None,
    profile: str = "convert",
    limit_megapixels: float = 300,
    memory: int | None = None,
) -> Picture:
    """A picture from a file, upright by its EXIF orientation; of several frames the first.

    Resizing comes before any other change, on the file's own whole numbers (8-bit pixels as Pillow's plain `resize`
    does it), so that a large file is made small before it is made float. Of HEIC and AVIF of more bits 8 are read, but
    for grey HEIC and for what is brighter than a display's white (PQ, HLG).

    Args:
        path: a file of one of `formats.FORMATS` (HEIC with the package pillow-heif); known by content.
        size: (height, width) to resize to; it may change the shape.
        max_side: shrink so that no side is longer; excludes size.
        profile: "convert" to sRGB by the embedded profile, written as sRGB; or "keep" the file's own numbers, its
            profile attached unchanged. CMYK and Lab have no RGB numbers to keep, PQ and HLG no profile to attach: they
            are converted either way.
        limit_megapixels: refuse larger files before decoding.
        memory: bytes that the whole process may take while the file is read. A JPEG that needs more is made smaller
            while it is decoded, where the size asked for allows, with a note; another file is refused by its header.

    Raises:
        ImageError: no such file, a folder, empty, not a picture, damaged, of a kind that is not read, too large.
        SettingError: size and max_side together, or another profile than these two.
    """
    if profile not in ("convert", "keep"):
        raise SettingError(f"profile is {profile!r}; it must be convert or keep.")
    scale.target((1, 1), size, max_side)  # refused before the file is read
    if not str(path).strip():
        raise ImageError("The picture's name is empty.")
    path = Path(path)
    raw = decode(path, limit_megapixels, memory=memory, goal=lambda own: scale.target(own, size, max_side))
    goal = scale.target((raw.pixels.shape[0], raw.pixels.shape[1]), size, max_side)
    numbers = scale.resize_bounded(raw.pixels, goal)
    alpha = None if raw.alpha is None else scale.resize_bounded(raw.alpha, goal)
    convert, attached, colour_note = _colours(raw, keep=profile == "keep")
    notes = [f"{path.name}: {note}" for note in (*raw.notes, colour_note) if note]
    return Picture(
        pixels=_unit(numbers, convert),
        alpha=None if alpha is None else _unit(alpha, None),
        bits=16 if numbers.dtype == np.uint16 else 8,
        profile=attached,
        exif=exif.block(exif.tidy(raw.exif, raw.dpi, turned=raw.turned, converted=convert is not None)),
        dpi=raw.dpi,
        panorama=raw.sphere,
        digest=digest(path),
        path=path,
        note=" ".join(notes),
    )


def read_recipe(path: str | Path) -> dict[str, Any]:
    """The recipe that a picture carries.

    Raises:
        ImageError: not a picture, one without a recipe, or with a damaged one.
    """
    path = Path(path)
    with opened(path) as file:
        packet = file.xmp
    try:
        recipe = metadata.unpack(packet)
    except (ValueError, RecursionError) as error:
        raise ImageError(f"{path} carries a recipe that is damaged.") from error
    if recipe is None:
        raise ImageError(
            f"{path} carries no recipe.", "Only pictures written by deepdream carry one, and some editors drop it."
        )
    return recipe


def read_size(path: str | Path) -> Size:
    """(height, width) by the file's header, as it is stored and not turned upright; the pixels are not read.

    Raises:
        ImageError: not a picture.
    """
    with opened(Path(path)) as image:
        return image.size


def _colours(raw: Raw, keep: bool) -> tuple[icc.Transform | None, bytes | None, str]:
    """The conversion of the pixels, if any; the profile to attach; a note for the user, or ""."""
    channels = raw.pixels.shape[2]
    if raw.lab:
        return cicp.lab(raw.lab), icc.SRGB, "Lab has no RGB numbers to keep; it is converted to sRGB." if keep else ""
    if raw.colour_space is not None and raw.colour_space.high_range and channels != 4:
        note = f"its high dynamic range ({raw.colour_space.transfer}) is mapped to sRGB as ITU-R BT.2390 does."
        return cicp.tone_mapped(raw.colour_space), icc.SRGB, note
    profile = raw.icc if raw.colour_space is None else cicp.profile(raw.colour_space)
    if keep and channels != 4:
        if profile is None or icc.CHANNELS.get(profile[16:20]) == 3:
            return None, profile, ""
        return None, None, "its colour profile does not describe RGB numbers and is not attached."
    convert, note = None, ""
    if profile is not None:
        try:
            convert = icc.transform(profile, channels, raw.pixels.dtype)
        except ValueError as error:
            note = f"its colour profile can't be used: {error}; the colours are taken as sRGB."
    if channels == 4 and convert is None:
        return icc.from_cmyk, icc.SRGB, "CMYK without a usable profile is converted approximately."
    if channels == 4 and keep:
        note = "CMYK has no RGB numbers to keep; it is converted to sRGB."
    return convert, icc.SRGB, note


def _unit(numbers: np.ndarray, convert: icc.Transform | None) -> np.ndarray:
    """Whole numbers [H, W, C] as float32 [H, W, 3], or a plane [H, W] as float32 [H, W]; in 0..1, by strips."""
    height, width = numbers.shape[:2]
    out = np.empty((height, width, 3)[: numbers.ndim], np.float32)
    for rows in strips(height, width):
        strip = numbers[rows]
        scale.to_unit(convert(strip) if convert else strip, out[rows])
    return out


def digest(path: Path) -> str:
    """The sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
