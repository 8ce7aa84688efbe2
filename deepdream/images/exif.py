"""EXIF with the original bytes: entries keep their type and their data, so that they are written as they were read.

parse(block) -> Exif                           the directories of a block
tidy(exif, dpi, converted) -> Exif             the tags that still apply after turning, resizing and conversion
complete(exif) -> Exif, block(exif) -> bytes   for writing
gather(file, start, order) -> Exif             the directories in a TIFF

No library does this: Pillow, piexif and exif decode values and encode them again, which loses text that is not ASCII
and the types that the writer chose. A block has the layout of a TIFF, see `directories`.
"""

import io
import struct
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from deepdream.images.directories import (
    BYTE,
    LONG,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Directory,
    Entry,
    Order,
    classic,
    numbers,
    pack,
    packed,
    read,
    without,
)

HEADER = b"Exif\0\0"
CAMERA, GPS = 0x8769, 0x8825
"""Pointers to the directories of the camera's settings and of GPS."""
INTEROP, MAKER_NOTE = 0xA005, 0x927C
ORIENTATION, ACROSS, DOWN, UNIT = 274, 282, 283, 296
_COLOUR_SPACE, _GAMMA, _WIDTH, _HEIGHT = 0xA001, 0xA500, 0xA002, 0xA003

# Tags of the main directory that describe how the old file stored its pixels, not what they show.
_STORAGE = {
    *range(254, 267),  # kinds, sizes, bits, compression, photometric
    *(273, 274, 277, 278, 279, 280, 281, 284),  # strips, orientation, samples, planes
    *(288, 289, 290, 291, 292, 293, 297, 301, 317, 318, 319),  # free space, fax, pages, transfer, predictor, primaries
    *range(320, 348),  # palette, tiles, directories below, inks, sample formats, JPEG tables
    *range(512, 522),  # the thumbnail and old JPEG
    *(529, 530, 531, 532),  # YCbCr
    *(700, 33723, 34377, 34675, 37724),  # XMP, IPTC, Photoshop's blocks and layers, colour profile
    *(CAMERA, GPS),
    *(33421, 33422, 34853, 50838, 50839),  # a camera's colour filters, GPS, ImageJ's
    *range(50706, 51200),  # DNG's
    0xEA1C,  # padding
}
_STALE = {_WIDTH, _HEIGHT, 0xEA1C, INTEROP}  # sizes and padding, in the camera's directory


@dataclass(frozen=True)
class Exif:
    """The directories of a block.

    Attributes:
        order: of bytes.
        main: what is shown, by whom, with which camera.
        camera: its settings.
        gps: the location.
        interop: distinguishes Adobe RGB from sRGB in cameras' files.
        damaged: whether entries were left out that could not be read.
    """

    order: Order = "<"
    main: Directory = field(default_factory=dict)
    camera: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    interop: Directory = field(default_factory=dict)
    damaged: bool = False

    def numbers(self, tag: int, directory: str = "main") -> tuple[float, ...]:
        """The value of a tag as numbers, fractions as quotients; () for none, for text, and for what is no number."""
        entry = getattr(self, directory).get(tag)
        return () if entry is None else numbers(entry, self.order)

    def __bool__(self) -> bool:
        return bool(self.main or self.camera or self.gps)


def parse(data: bytes) -> Exif:
    """The directories of a block, with or without its "Exif" header; the thumbnail's is left out.

    Raises:
        ValueError: the data is not an EXIF block.
    """
    data = data.removeprefix(HEADER)
    orders: dict[bytes, Order] = {b"II*\0": "<", b"MM\0*": ">"}
    order = orders.get(data[:4])
    if order is None or len(data) < 8:
        raise ValueError("its EXIF tags are damaged and not carried on")
    return gather(io.BytesIO(data), struct.unpack_from(order + "I", data, 4)[0], order)


def gather(file: BinaryIO, start: int, order: Order, *, big: bool = False) -> Exif:
    """The directory at an offset of a file and those of EXIF below it."""
    main, damaged = read(file, start, order, big=big)

    def below(directory: Directory, pointer: int) -> Directory:
        nonlocal damaged
        if pointer not in directory:
            return {}
        offset = numbers(directory[pointer], order)
        found, bad = read(file, int(offset[0]), order, big=big) if offset else ({}, True)
        damaged = damaged or bad
        return found

    camera = below(main, CAMERA)
    return Exif(order, main, camera, below(main, GPS), below(camera, INTEROP), damaged)


def resolution(exif: Exif) -> tuple[float, float] | None:
    """Pixels per inch (across, down) in the tags, or None."""
    unit = exif.numbers(UNIT) or (2,)
    across, down = exif.numbers(ACROSS), exif.numbers(DOWN)
    if unit[0] not in (2, 3) or not across or not down:
        return None
    scale = 2.54 if unit[0] == 3 else 1.0
    return across[0] * scale, down[0] * scale


def plausible(dpi: tuple[float, float] | None) -> tuple[float, float] | None:
    """The resolution, or None if it is zero, infinite or absurd."""
    return dpi if dpi and all(0 < value < 1e6 for value in dpi) else None


def tidy(exif: Exif, dpi: tuple[float, float] | None, *, turned: bool = False, converted: bool = False) -> Exif:
    """The tags that still apply: without sizes, orientation, thumbnail and all that describes the old file's storage.

    Args:
        exif: the input's.
        dpi: pixels per inch of the upright picture; replaces the tags' if they differ, because WebP and AVIF can't
            store it elsewhere.
        turned: whether the picture is stored on its side.
        converted: whether the colours were converted to sRGB; the tag of the colour space is corrected then.
    """
    main = {tag: entry for tag, entry in exif.main.items() if tag not in _STORAGE and entry.kind != 13}
    if turned:
        swapped = {DOWN: main.pop(ACROSS, None), ACROSS: main.pop(DOWN, None)}
        main |= {tag: entry for tag, entry in swapped.items() if entry is not None}
    found = resolution(replace(exif, main=main))
    if dpi and (found is None or any(abs(a - b) > 0.5 for a, b in zip(dpi, found, strict=True))):
        main[ACROSS], main[DOWN] = (pack(exif.order, RATIONAL, value) for value in dpi)
        main[UNIT] = pack(exif.order, SHORT, 2)
    camera = {tag: entry for tag, entry in exif.camera.items() if tag not in _STALE and entry.kind != 13}
    if converted:
        camera.pop(_GAMMA, None)
        if _COLOUR_SPACE in camera:
            camera[_COLOUR_SPACE] = pack(exif.order, SHORT, 1)
    return Exif(exif.order, classic(main, exif.order), classic(camera, exif.order), classic(exif.gps, exif.order))


def complete(exif: Exif, *, size: tuple[int, int] | None, srgb: bool) -> Exif:
    """The tags with those that Exif makes mandatory beside them (Exif 3.0, tables 8 and 17) added where missing.

    Args:
        exif: of a picture that is about to be written.
        size: (height, width), repeated among a camera's settings; None for a TIFF, which stores it elsewhere.
        srgb: whether its colours are sRGB.
    """
    camera, gps = exif.camera, exif.gps
    if camera:
        versions = {0x9000: Entry(UNDEFINED, b"0232"), 0xA000: Entry(UNDEFINED, b"0100")}
        camera = versions | {_COLOUR_SPACE: pack(exif.order, SHORT, 1 if srgb else 0xFFFF)} | camera
        if size:
            components = {0x9101: Entry(UNDEFINED, b"\1\2\3\0")}  # Y, Cb, Cr
            height, width = (pack(exif.order, LONG, side) for side in size)
            camera = components | camera | {_HEIGHT: height, _WIDTH: width}
    if gps:
        gps = {0: Entry(BYTE, b"\2\3\0\0")} | gps
    return replace(exif, camera=camera, gps=gps)


def with_resolution(exif: Exif) -> Exif:
    """The tags with a resolution, which is mandatory in JPEG and TIFF; "1 by 1, no unit" if there is none."""
    if ACROSS in exif.main:
        return exif
    one, none = pack(exif.order, RATIONAL, 1), pack(exif.order, SHORT, 1)
    return replace(exif, main=exif.main | {ACROSS: one, DOWN: one, UNIT: none})


def block(exif: Exif) -> bytes:
    """The block of these directories, without its header; b"" for none."""
    if not exif:
        return b""
    return (b"II*\0" if exif.order == "<" else b"MM\0*") + struct.pack(exif.order + "I", 8) + layout(exif, 8)


def layout(exif: Exif, start: int) -> bytes:
    """The directories' bytes in a file from an offset on, the main one first."""
    main, below = without(exif.main, CAMERA, GPS), [(CAMERA, exif.camera), (GPS, exif.gps)]
    for pointer, directory in below:
        if directory:
            main[pointer] = pack(exif.order, LONG, 0)
    at = start + len(packed(main, exif.order, start))
    parts = []
    for pointer, directory in below:
        if directory:
            main[pointer] = pack(exif.order, LONG, at)
            parts.append(packed(directory, exif.order, at))
            at += len(parts[-1])
    return b"".join([packed(main, exif.order, start), *parts])


def fit(exif: Exif, limit: int) -> tuple[Exif, str]:
    """The tags within a format's limit of bytes, and a sentence about what was left out for it."""
    length = len(block(exif))
    if length <= limit:
        return exif, ""
    shorter = replace(exif, camera=without(exif.camera, MAKER_NOTE))
    if len(block(shorter)) <= limit:
        return shorter, f"EXIF of {length} bytes is too long for it: the maker's note is left out."
    return Exif(), f"EXIF of {length} bytes is too long for it and is left out."


def stripped(exif: Exif, strip: str) -> Exif:
    """The tags without those that a user wants to keep private: "none", "gps" or "all"."""
    return {"none": exif, "gps": replace(exif, gps={}), "all": Exif(exif.order)}[strip]
