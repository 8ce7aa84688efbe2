"""Image file directories (IFDs) of TIFF and EXIF: entries that keep their type and their bytes.

chain(file, start, order) -> offsets                  of a directory and those that follow it
read(file, start, order) -> directory, damaged        one directory of an open file
packed(directory, order, start) -> bytes              the same, to be written at an offset
numbers(entry, order) -> values · pack(order, kind, *values) -> entry · classic(directory, order) · without(...)

Source: TIFF 6.0, section 2; BigTIFF by Aware Systems; Exif 3.0, 4.5.
"""

import io
import struct
from collections.abc import Container, Iterator
from fractions import Fraction
from typing import BinaryIO, Literal, NamedTuple

BYTE, SHORT, LONG, RATIONAL, UNDEFINED = 1, 3, 4, 5, 7

# Bytes of a value by its type; the last four are BigTIFF's and Exif 3.0's.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
_FORMATS = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I", 16: "Q"}

Order = Literal["<", ">"]
"""Of bytes: the lowest first, or last."""


class Entry(NamedTuple):
    """A value: its type's number in TIFF, and its bytes in the order of the block it is from."""

    kind: int
    data: bytes


Directory = dict[int, Entry]


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


def packed(entries: Directory, order: Order, start: int) -> bytes:
    """The bytes of a directory and its values at an offset of a file; even in length, and the last of its chain."""
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


def classic(entries: Directory, order: Order) -> Directory:
    """The entries with BigTIFF's own types as those of classic TIFF; values that need 64 bits are left out."""
    kept = {}
    for tag, entry in entries.items():
        if entry.kind in (16, 17, 18):
            values = numbers(entry, order) if entry.kind == 16 else ()
            if not values or max(values) >= 2**32:
                continue
            entry = pack(order, LONG, *values)
        kept[tag] = entry
    return kept


def without(directory: Directory, *tags: int) -> Directory:
    """The directory less these tags."""
    return {tag: entry for tag, entry in directory.items() if tag not in tags}
