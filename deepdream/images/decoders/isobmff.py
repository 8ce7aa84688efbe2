"""The boxes of an AVIF or HEIC (ISO/IEC 14496-12, 23008-12): a picture's metadata.

read(file) -> Boxes
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO


@dataclass
class Boxes:
    """Metadata of the primary picture.

    Attributes:
        brands: all of the file's.
        size: (height, width) as coded, or None.
        codes: H.273's of primaries, transfer and matrix, and whether the range is full; or None.
        crop: (top, left, height, width) of the part to show, or None.
        quarters: counterclockwise turns by 90 degrees, before mirroring.
        mirror: None, 0 (top to bottom) or 1 (left to right).
        depth: bits per channel, 0 if not given.
        exif: the block, b"" for none.
        xmp: the packet, b"" for none.
    """

    brands: tuple[bytes, ...] = ()
    size: tuple[int, int] | None = None
    codes: tuple[int, int, int, int] | None = None
    crop: tuple[int, int, int, int] | None = None
    quarters: int = 0
    mirror: int | None = None
    depth: int = 0
    exif: bytes = b""
    xmp: bytes = b""

    @property
    def orientation(self) -> int:
        """EXIF's number for the same turning and mirroring."""
        plain = (1, 8, 3, 6)[self.quarters]
        return plain if self.mirror is None else {1: (2, 7, 4, 5), 0: (4, 5, 2, 7)}[self.mirror][self.quarters]


@dataclass
class _Meta:
    """The tables inside the box `meta`."""

    primary: int = 0
    kinds: dict[int, bytes] = field(default_factory=dict)
    extents: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)  # construction, offset, length
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    of: dict[int, list[int]] = field(default_factory=dict)
    data: bytes = b""


def read(file: BinaryIO) -> Boxes:
    """The metadata in a file's boxes; what is missing stays empty.

    Raises:
        ValueError, LookupError, struct.error: boxes that contradict themselves.
    """
    found = Boxes()
    for kind, body in _top(file):
        if kind == b"ftyp":
            found.brands = (body[:4], *(body[i : i + 4] for i in range(8, len(body), 4)))
        elif kind == b"meta":
            _describe(found, _meta(body[4:]), file)
    return found


def _top(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The boxes at the top that matter: the brands and the picture's tables."""
    at = file.seek(0)
    while len(head := file.read(16)) >= 8:
        length, kind = struct.unpack(">I4s", head[:8])
        start = 8
        if length == 1 and len(head) == 16:
            (length,), start = struct.unpack(">Q", head[8:]), 16
        if kind in (b"ftyp", b"meta"):
            file.seek(at + start)
            yield kind, file.read(length - start) if length else file.read()
        if length < 8:
            return
        at = file.seek(at + length)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        length = length or len(data) - at
        if length < 8:
            return
        yield kind, data[at + 8 : at + length]
        at += length


def _meta(data: bytes) -> _Meta:
    meta = _Meta()
    for kind, body in _boxes(data):
        version = body[0] if body else 0
        if kind == b"pitm":
            (meta.primary,) = struct.unpack_from(">H" if version == 0 else ">I", body, 4)
        elif kind == b"iinf":
            for name, entry in _boxes(body[6 if version == 0 else 8 :]):
                if name == b"infe" and entry[0] >= 2:
                    form = ">HH4s" if entry[0] == 2 else ">IH4s"
                    number, _, item = struct.unpack_from(form, entry, 4)
                    meta.kinds[number] = item
        elif kind == b"iloc":
            meta.extents = _extents(body)
        elif kind == b"idat":
            meta.data = body
        elif kind == b"iprp":
            for name, entry in _boxes(body):
                if name == b"ipco":
                    meta.properties = list(_boxes(entry))
                elif name == b"ipma":
                    meta.of |= _associations(entry)
    return meta


def _extents(body: bytes) -> dict[int, list[tuple[int, int, int]]]:
    """Item -> its extents: construction method, offset and length."""
    version, sizes = body[0], body[4:6]
    offset, length, base, index = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15 if version else 0
    reader, found = _Reader(body, 6), {}
    for _ in range(reader.take(2 if version < 2 else 4)):
        number = reader.take(2 if version < 2 else 4)
        method = reader.take(2) & 15 if version else 0
        reader.take(2)
        start, extents = reader.take(base), []
        for _ in range(reader.take(2)):
            reader.take(index)
            at = reader.take(offset)
            extents.append((method, start + at, reader.take(length)))
        found[number] = extents
    return found


def _associations(body: bytes) -> dict[int, list[int]]:
    """Which properties an item has, counted from 1."""
    version, wide = body[0], body[3] & 1
    reader, found = _Reader(body, 4), {}
    for _ in range(reader.take(4)):
        number = reader.take(2 if version < 1 else 4)
        found[number] = [reader.take(2) & 0x7FFF if wide else reader.take(1) & 0x7F for _ in range(reader.take(1))]
    return found


def _describe(found: Boxes, meta: _Meta, file: BinaryIO) -> None:
    for index in meta.of.get(meta.primary, []):
        if not 0 < index <= len(meta.properties):
            continue
        kind, body = meta.properties[index - 1]
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", body, 4)
            found.size = height, width
        elif kind == b"colr" and body[:4] == b"nclx":
            *codes, full = struct.unpack_from(">HHHB", body, 4)
            found.codes = (*codes, full >> 7)
        elif kind == b"pixi":
            found.depth = max(body[5:], default=0)
        elif kind == b"irot":
            found.quarters = body[0] & 3
        elif kind == b"imir":
            found.mirror = body[0] & 1
        elif kind == b"clap" and found.size:
            found.crop = _crop(body, found.size)
    for number, kind in meta.kinds.items():
        if kind == b"Exif":
            data = _item(meta, number, file)
            found.exif = data[4 + int.from_bytes(data[:4], "big") :]
        elif kind == b"mime" and not found.xmp:
            data = _item(meta, number, file)
            found.xmp = data if b"<x:xmpmeta" in data or b"<rdf:RDF" in data else b""


def _crop(body: bytes, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The crop in `clap`: a size and the offset of its centre from the middle, as fractions; None if it is invalid."""
    numbers = struct.unpack_from(">IIIIiIiI", body)
    if 0 in numbers[1::2]:
        return None
    width, height, across, down = (Fraction(a, b) for a, b in zip(numbers[::2], numbers[1::2], strict=True))
    left = int(across + Fraction(size[1] - 1, 2) - (width - 1) / 2)
    top = int(down + Fraction(size[0] - 1, 2) - (height - 1) / 2)
    rows, columns = int(height), int(width)
    fits = min(top, left) >= 0 and min(rows, columns) > 0 and top + rows <= size[0] and left + columns <= size[1]
    return (top, left, rows, columns) if fits else None


def _item(meta: _Meta, number: int, file: BinaryIO) -> bytes:
    data = b""
    for method, at, length in meta.extents.get(number, []):
        if method == 1:
            data += meta.data[at : at + length]
        elif method == 0:
            file.seek(at)
            data += file.read(length)
    return data


class _Reader:
    """Big-endian numbers one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, length: int) -> int:
        """The next number of so many bytes; 0 for none."""
        self.at += length
        if self.at > len(self.data):
            raise ValueError("a table that ends early")
        return int.from_bytes(self.data[self.at - length : self.at], "big")
