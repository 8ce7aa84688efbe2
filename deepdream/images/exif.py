"""EXIF with the original bytes: entries keep their type and their data, so that they are written as they were read.

parse(block) -> Exif                           the directories of a block
tidy(exif, dpi, converted) -> Exif             the tags that still apply after turning, resizing and conversion
complete(exif) -> Exif, block(exif) -> bytes   for writing
read(file, start, order) -> Directory          one directory of an open file; chain(...) those that follow it

No library does this: Pillow, piexif and exif decode values and encode them again, which loses text that is not ASCII
and the types that the writer chose. A block has the layout of a TIFF (TIFF 6.0, section 2; Exif 3.0, 4.5).
"""

import io
import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import BinaryIO, Literal, NamedTuple

HEADER = b"Exif\0\0"
CAMERA, PLACE = 0x8769, 0x8825
"""Pointers to the directories of the camera's settings and of GPS."""
INTEROP, MAKER_NOTE = 0xA005, 0x927C
ORIENTATION, ACROSS, DOWN, UNIT = 274, 282, 283, 296
_COLOUR_SPACE, _GAMMA, _WIDTH, _HEIGHT = 0xA001, 0xA500, 0xA002, 0xA003
BYTE, SHORT, LONG, RATIONAL, UNDEFINED = 1, 3, 4, 5, 7

# Bytes of a value by its type; the last four are BigTIFF's and Exif 3.0's.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
_FORMATS = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I", 16: "Q"}

# Tags of the main directory that describe how the old file stored its pixels, not what they show.
_STORAGE = {
    *range(254, 267),  # kinds, sizes, bits, compression, photometric
    *(273, 274, 277, 278, 279, 280, 281, 284),  # strips, orientation, samples, planes
    *(288, 289, 290, 291, 292, 293, 297, 301, 317, 318, 319),  # free space, fax, pages, transfer, predictor, primaries
    *range(320, 348),  # palette, tiles, directories below, inks, sample formats, JPEG tables
    *range(512, 522),  # the thumbnail and old JPEG
    *(529, 530, 531, 532),  # YCbCr
    *(700, 33723, 34377, 34675, 37724),  # XMP, IPTC, Photoshop's blocks and layers, colour profile
    *(CAMERA, PLACE),
    *(33421, 33422, 34853, 50838, 50839),  # a camera's colour filters, GPS, ImageJ's
    *range(50706, 51200),  # DNG's
    0xEA1C,  # padding
}
_STALE = {_WIDTH, _HEIGHT, 0xEA1C, INTEROP}  # sizes and padding, in the camera's directory


Order = Literal["<", ">"]
"""Of bytes: the lowest first, or last."""


class Entry(NamedTuple):
    """A value: its type's number in TIFF, and its bytes in the order of the block it is from."""

    kind: int
    data: bytes


Directory = dict[int, Entry]


@dataclass(frozen=True)
class Exif:
    """The directories of a block.

    Attributes:
        order: of bytes.
        main: what is shown, by whom, with which camera.
        camera: its settings.
        place: GPS.
        interop: distinguishes Adobe RGB from sRGB in cameras' files.
        damaged: whether entries were left out that could not be read.
    """

    order: Order = "<"
    main: Directory = field(default_factory=dict)
    camera: Directory = field(default_factory=dict)
    place: Directory = field(default_factory=dict)
    interop: Directory = field(default_factory=dict)
    damaged: bool = False

    def numbers(self, tag: int, directory: str = "main") -> tuple[float, ...]:
        """The value of a tag as numbers, fractions as quotients; () for none, for text, and for what is no number."""
        entry = getattr(self, directory).get(tag)
        return () if entry is None else numbers(entry, self.order)

    def __bool__(self) -> bool:
        return bool(self.main or self.camera or self.place)


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
        place = numbers(directory[pointer], order)
        found, bad = read(file, int(place[0]), order, big=big) if place else ({}, True)
        damaged = damaged or bad
        return found

    camera = below(main, CAMERA)
    return Exif(order, main, camera, below(main, PLACE), below(camera, INTEROP), damaged)


def chain(file: BinaryIO, start: int, order: Order, *, big: bool = False) -> Iterator[int]:
    """The offsets of a directory and of those that follow it, as far as the chain is sound."""
    head, row, tail = ("Q", 20, "Q") if big else ("H", 12, "I")
    seen: set[int] = set()
    while start and start not in seen and len(seen) < 2**16:
        file.seek(start)
        if len(count := file.read(struct.calcsize(head))) < struct.calcsize(head):
            return
        seen.add(start)
        yield start
        file.seek(start + len(count) + row * struct.unpack(order + head, count)[0])
        if len(following := file.read(struct.calcsize(tail))) < struct.calcsize(tail):
            return
        (start,) = struct.unpack(order + tail, following)


def read(
    file: BinaryIO, start: int, order: Order, *, big: bool = False, wanted: Container[int] | None = None
) -> tuple[Directory, bool]:
    """A directory of an open file, and whether it is damaged; entries that can't be read are left out.

    Args:
        file: seekable.
        start: the directory's offset.
        order: of bytes.
        big: whether the file is a BigTIFF.
        wanted: the tags to read; None for all.
    """
    head, row, inline = ("Q", "HHQ8s", 8) if big else ("H", "HHI4s", 4)
    row = order + row
    length = struct.calcsize(row)
    file.seek(0, io.SEEK_END)
    end = file.tell()
    if not 0 < start <= end - struct.calcsize(order + head):
        return {}, True
    file.seek(start)
    (count,) = struct.unpack(order + head, file.read(struct.calcsize(order + head)))
    rows = file.read(length * min(count, 2**16))
    found, damaged = {}, len(rows) < length * count
    for tag, kind, values, slot in struct.iter_unpack(row, rows[: len(rows) // length * length]):
        if wanted is not None and tag not in wanted:
            continue
        size = SIZES.get(kind, 0) * values
        damaged = damaged or kind not in SIZES
        if size > inline:
            (at,) = struct.unpack(order + ("Q" if big else "I"), slot)
            if at + size > end:
                damaged = True
                continue
            file.seek(at)
            slot = file.read(size)
        if size:
            found[tag] = Entry(kind, slot[:size])
    return found, damaged


def numbers(entry: Entry, order: Order) -> tuple[float, ...]:
    """An entry's values as numbers, fractions as quotients; () for text and for fractions of nothing."""
    form = _FORMATS.get(entry.kind)
    if form is None:
        return ()
    values = list(struct.iter_unpack(order + form, entry.data))
    if len(form) == 1:
        return tuple(value for (value,) in values)
    return tuple(above / below for above, below in values) if all(below for _, below in values) else ()


def pack(order: Order, kind: int, *values: float) -> Entry:
    """An entry of numbers; fractions as near as a denominator of 10,000 allows."""
    if kind == RATIONAL:
        fractions = [Fraction(value).limit_denominator(10_000) for value in values]
        return Entry(
            kind, b"".join(struct.pack(order + "II", value.numerator, value.denominator) for value in fractions)
        )
    return Entry(kind, struct.pack(f"{order}{len(values)}{_FORMATS[kind]}", *values))


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
    return Exif(exif.order, _small(main, exif.order), _small(camera, exif.order), _small(exif.place, exif.order))


def complete(exif: Exif, *, size: tuple[int, int] | None, srgb: bool) -> Exif:
    """The tags with those that Exif makes mandatory beside them (Exif 3.0, tables 8 and 17) added where missing.

    Args:
        exif: of a picture that is about to be written.
        size: (height, width), repeated among a camera's settings; None for a TIFF, which stores it elsewhere.
        srgb: whether its colours are sRGB.
    """
    camera, place = exif.camera, exif.place
    if camera:
        versions = {0x9000: Entry(UNDEFINED, b"0232"), 0xA000: Entry(UNDEFINED, b"0100")}
        camera = versions | {_COLOUR_SPACE: pack(exif.order, SHORT, 1 if srgb else 0xFFFF)} | camera
        if size:
            components = {0x9101: Entry(UNDEFINED, b"\1\2\3\0")}  # Y, Cb, Cr
            height, width = (pack(exif.order, LONG, side) for side in size)
            camera = components | camera | {_HEIGHT: height, _WIDTH: width}
    if place:
        place = {0: Entry(BYTE, b"\2\3\0\0")} | place
    return replace(exif, camera=camera, place=place)


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
    main, below = dict(exif.main), [(CAMERA, exif.camera), (PLACE, exif.place)]
    for pointer, directory in below:
        if directory:
            main[pointer] = pack(exif.order, LONG, 0)
    at = start + len(_directory(main, exif.order, start))
    parts = []
    for pointer, directory in below:
        if directory:
            main[pointer] = pack(exif.order, LONG, at)
            parts.append(_directory(directory, exif.order, at))
            at += len(parts[-1])
    return b"".join([_directory(main, exif.order, start), *parts])


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
    """The tags without what a user wants kept private: "none", "gps" or "all"."""
    return {"none": exif, "gps": replace(exif, place={}), "all": Exif(exif.order)}[strip]


def without(directory: Directory, *tags: int) -> Directory:
    """The directory less these tags."""
    return {tag: entry for tag, entry in directory.items() if tag not in tags}


def _directory(entries: Directory, order: Order, start: int) -> bytes:
    """A directory and its values, even in length; nothing follows it."""
    at = start + 2 + 12 * len(entries) + 4
    rows, values = struct.pack(order + "H", len(entries)), b""
    for tag in sorted(entries):
        kind, data = entries[tag]
        rows += struct.pack(order + "HHI", tag, kind, len(data) // SIZES[kind])
        if len(data) <= 4:
            rows += data.ljust(4, b"\0")
        else:
            rows += struct.pack(order + "I", at + len(values))
            values += data + b"\0" * (len(data) % 2)
    return rows + bytes(4) + values


def _small(entries: Directory, order: Order) -> Directory:
    """BigTIFF's own types in those of 32 bits, where the numbers allow."""
    kept = {}
    for tag, entry in entries.items():
        if entry.kind in (16, 17, 18):
            values = numbers(entry, order) if entry.kind == 16 else ()
            if not values or max(values) >= 2**32:
                continue
            entry = pack(order, LONG, *values)
        kept[tag] = entry
    return kept
