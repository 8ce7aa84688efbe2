"""AVIF by Pillow and imagecodecs, HEIC by the package pillow-heif; of a sequence the first picture.

Both use the same boxes (see `isobmff`), which hold the crop, the orientation and the colour space.
"""

import io
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from PIL import AvifImagePlugin

from deepdream.errors import install
from deepdream.images import cicp, exif
from deepdream.images.decoders import isobmff, pillow
from deepdream.images.opened import Opened, Pixels, UnreadableError

HEIC = "pillow-heif"
"""The package that reads HEIC: the extra `heic`."""

AVIF_BRANDS, HEIC_BRANDS = (b"avif", b"avis"), (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def avif(file: BinaryIO) -> Opened:
    """An AVIF, read at 8 bits; a deeper one with high dynamic range at its own depth."""
    boxes = isobmff.read(file)
    colour_space, notes = _colour_space(boxes)
    file.seek(0)
    data = file.read()
    image = AvifImagePlugin.AvifImageFile(io.BytesIO(data))
    found = pillow.described(image, bytes_per_pixel=16)
    tags = exif.Exif()
    if boxes.exif:
        try:
            tags, found = exif.parse(boxes.exif), replace(found, notes=tuple(n for n in found.notes if "EXIF" not in n))
        except ValueError as error:
            notes.append(f"{error}.")
    deep = colour_space is not None and colour_space.high_range and boxes.depth > 8
    crop = boxes.crop if boxes.size == found.size else None

    def load(shrink: int) -> Pixels:
        return _cropped(_deep(data, boxes.depth) if deep else pillow.pixels(image), crop)

    return replace(
        found,
        size=found.size if crop is None else crop[2:],
        load=load,
        orientation=boxes.orientation,
        colour_space=None if found.icc else colour_space,
        exif=tags,
        dpi=exif.resolution(tags),
        notes=(*found.notes, *notes),
    )


def heic(file: BinaryIO) -> Opened:
    """A HEIC. It is upright already: libheif crops, turns and mirrors."""
    try:
        import pillow_heif  # an extra
    except ImportError:
        raise UnreadableError(f"is a HEIC picture, which needs {HEIC}.", install(HEIC)) from None
    boxes = isobmff.read(file)
    colour_space, notes = _colour_space(boxes)
    bright = colour_space is not None and colour_space.high_range
    file.seek(0)
    whole = pillow_heif.open_heif(io.BytesIO(file.read()), convert_hdr_to_8bit=not bright)
    if len(whole) > 1:
        notes.append(f"it holds {len(whole)} pictures; the main one is taken.")
    held = whole[whole.primary_index]
    info: dict[str, Any] = held.info
    tags = exif.Exif()
    if block := info.get("exif"):
        try:
            tags = exif.parse(block)
        except ValueError as error:
            notes.append(f"{error}.")
    icc = info.get("icc_profile") or None
    width, height = held.size
    return Opened(
        size=(height, width),
        load=lambda shrink: _split(np.asarray(held), info.get("bit_depth", 8)),
        bytes_per_pixel=16,
        icc=icc,
        colour_space=None if icc else colour_space,
        exif=tags,
        xmp=info.get("xmp") or b"",
        dpi=exif.resolution(tags),
        notes=tuple(notes),
    )


def _colour_space(boxes: isobmff.Boxes) -> tuple[cicp.ColourSpace | None, list[str]]:
    if boxes.codes is None:
        return None, []
    try:
        return cicp.coded(*boxes.codes[:2]), []
    except ValueError as error:
        return None, [str(error)]


def _deep(data: bytes, depth: int) -> Pixels:
    """An AVIF's values of 10 or 12 bits, scaled to 16."""
    import imagecodecs  # here: few files need it

    return _split(imagecodecs.avif_decode(data, index=0) << (16 - depth), depth)


def _split(numbers: np.ndarray, depth: int) -> Pixels:
    """Colours and alpha of [H, W] or [H, W, C]: 8 bits, or `depth` bits at the top of 16, scaled to all 16."""
    numbers = numbers.reshape(*numbers.shape[:2], -1)
    if numbers.dtype == np.uint16:
        top = 2**depth - 1
        numbers = (((numbers >> (16 - depth)).astype(np.uint32) * 65535 + top // 2) // top).astype(np.uint16)
    alpha = numbers.shape[2] in (2, 4)
    return Pixels(numbers[..., :-1], numbers[..., -1]) if alpha else Pixels(numbers)


def _cropped(found: Pixels, crop: tuple[int, int, int, int] | None) -> Pixels:
    if crop is None:
        return found
    top, left, height, width = crop
    part = (slice(top, top + height), slice(left, left + width))
    return found._replace(colours=found.colours[part], alpha=None if found.alpha is None else found.alpha[part])
