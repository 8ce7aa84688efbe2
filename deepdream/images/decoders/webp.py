"""WebP (RFC 9649): its chunks are read here, its pixels by Pillow; of an animation the first frame."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import WebPImagePlugin

from deepdream.images import exif
from deepdream.images.decoders import pillow
from deepdream.images.opened import Opened, Pixels, UnreadableError

_ANIMATED = 2


def opened(file: BinaryIO) -> Opened:
    """A WebP, lossy or lossless. Pillow would allocate all pixels only to read the size."""
    found = dict(_chunks(file))
    tags, notes = exif.Exif(), []
    if b"EXIF" in found:
        try:
            tags = exif.parse(found[b"EXIF"])
        except ValueError as error:
            notes.append(f"{error}.")
    if found.get(b"VP8X", b"\0")[0] & _ANIMATED:
        notes.append("it is an animation; its first frame is taken.")
    orientation = tags.numbers(exif.ORIENTATION)

    def load(shrink: int) -> Pixels:
        file.seek(0)
        return pillow.pixels(WebPImagePlugin.WebPImageFile(file))

    return Opened(
        size=_size(found),
        load=load,
        bytes_per_pixel=18,  # libwebp holds its canvas twice beside Pillow's copies
        orientation=int(orientation[0]) if orientation else 1,
        icc=found.get(b"ICCP"),
        exif=tags,
        xmp=found.get(b"XMP ", b""),
        dpi=exif.resolution(tags),
        notes=tuple(notes),
    )


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of metadata, and of the others the first bytes."""
    at = 12
    file.seek(at)
    while len(head := file.read(8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        yield kind, file.read(length if kind in (b"ICCP", b"EXIF", b"XMP ") else min(length, 16))
        at += 8 + length + length % 2
        file.seek(at)


def _size(found: dict[bytes, bytes]) -> tuple[int, int]:
    """(height, width) by the first of the headers that is there."""
    if len(canvas := found.get(b"VP8X", b"")) >= 10:
        return 1 + int.from_bytes(canvas[7:10], "little"), 1 + int.from_bytes(canvas[4:7], "little")
    if len(lossless := found.get(b"VP8L", b"")) >= 5:
        bits = int.from_bytes(lossless[1:5], "little")
        return 1 + (bits >> 14 & 0x3FFF), 1 + (bits & 0x3FFF)
    if len(lossy := found.get(b"VP8 ", b"")) >= 10:
        width, height = struct.unpack_from("<HH", lossy, 6)
        return height & 0x3FFF, width & 0x3FFF
    raise UnreadableError
