"""JPEG (ITU-T T.81, T.83, T.872): of 8 bits by Pillow, of 12 bits or lossless by imagecodecs.

A JPEG has no length or checksum: if its scan ends early, every decoder silently fills the rest with grey. So the scan
is decoded once more, small, with other bytes after it: the result differs only if data is missing.
"""

import io
import re
import struct
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import JpegImagePlugin

from deepdream.errors import plural
from deepdream.images import cicp, exif
from deepdream.images.decoders import pillow
from deepdream.images.opened import Opened, Pixels, UnreadableError

_END = b"\xff\xd9"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)
_NOT_READ = (0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF)  # hierarchical, and lossless by arithmetic coding
_LS = 0xF7
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), _LS)
_ADOBE_RGB: cicp.Chromaticities = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)

# What could follow a scan: all restart markers, between bits of no pattern.
_FILLING = b"".join(
    bytes(np.random.default_rng(n).integers(0, 255, 40, dtype=np.uint8)) + bytes((0xFF, 0xD0 + n % 8))
    for n in range(16)
)


class _Frame(NamedTuple):
    kind: int
    bits: int
    height: int
    width: int
    parts: bytes  # numbers of its components


def opened(file: BinaryIO) -> Opened:
    """A JPEG; of several pictures in one file the first."""
    file.seek(0)
    data = file.read()
    frame, segments, scan = _segments(data)
    tags, notes = exif.Exif(), []
    block = next((body for kind, body in segments if kind == 0xE1 and body.startswith(exif.HEADER)), None)
    if block is not None:
        try:
            tags = exif.parse(block)
        except ValueError as error:
            notes.append(f"{error}.")
    if (count := _pictures(segments)) > 1:
        notes.append(f"it holds {count} pictures; the first is taken.")
    parts = sorted(body[12:] for kind, body in segments if kind == 0xE2 and body.startswith(b"ICC_PROFILE\0"))
    icc = b"".join(part[2:] for part in parts)
    orientation = tags.numbers(exif.ORIENTATION)
    deep = frame.bits != 8 or frame.kind in _LOSSLESS
    coefficients = 2 * len(frame.parts) if frame.kind in _PROGRESSIVE else 0
    return Opened(
        size=(frame.height, frame.width),
        load=(lambda shrink: _deep(data, frame)) if deep else (lambda shrink: _eight(data, scan, frame, shrink)),
        bytes_per_pixel=4 * len(frame.parts) if deep else 4 + len(frame.parts),
        bytes_per_stored_pixel=coefficients + 3 * len(data) / (frame.height * frame.width),
        shrinks=(1,) if deep else (1, 2, 4, 8),
        orientation=int(orientation[0]) if orientation else 1,
        icc=icc or None,
        colour_space=None if icc else _colour_space(tags),
        exif=tags,
        xmp=next((body[len(_XMP) :] for kind, body in segments if kind == 0xE1 and body.startswith(_XMP)), b""),
        dpi=_dpi(segments) or exif.resolution(tags),
        notes=tuple(notes),
    )


def _segments(data: bytes) -> tuple[_Frame, list[tuple[int, bytes]], int]:
    """The frame's header, all segments before the first scan, and where that begins."""
    at, frame, found = 2, None, []
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            at += 1
            continue
        kind = data[at + 1]
        if kind in (0xFF, 0x00, 0x01) or 0xD0 <= kind <= 0xD8:
            at += 1 if kind == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if kind in _FRAMES and frame is None and len(body) >= 6:
            bits, height, width, count = struct.unpack_from(">BHHB", body)
            frame = _Frame(kind, bits, height, width, body[6 : 6 + 3 * count : 3])
        found.append((kind, body))
        if kind in (0xD9, 0xDA):
            break
        at += 2 + length
    if frame is not None and frame.kind == _LS:
        raise UnreadableError("is a JPEG of a kind that is not read: JPEG-LS.")
    if frame is not None and frame.height == 0 and frame.width:
        raise UnreadableError("is a JPEG of a kind that is not read: its height is given after the pixels (DNL).")
    if frame is None or 0 in frame[1:4] or not frame.parts or found[-1][0] != 0xDA:
        raise UnreadableError
    if frame.kind in _NOT_READ or len(frame.parts) == 2:
        raise UnreadableError(
            f"is a JPEG of a kind that is not read: process {frame.kind - 0xC0}, {plural(len(frame.parts), 'channel')}."
        )
    return frame, found, at


def _pictures(segments: list[tuple[int, bytes]]) -> int:
    """Pictures in a file of several (CIPA DC-007: NumberOfImages), 1 where there is no list of them."""
    for kind, body in segments:
        if kind == 0xE2 and body.startswith(b"MPF\0"):
            try:
                return int((exif.parse(body[4:]).numbers(0xB001) or (1,))[0])
            except ValueError:
                return 1
    return 1


def filled(data: bytes) -> bytes:
    """The JPEG with other bytes after its scans: decoded, it differs only where data is missing."""
    return data[: _scans(data, _segments(data)[2])[0]] + _FILLING + _END


def _colour_space(tags: exif.Exif) -> cicp.ColourSpace | None:
    """Adobe RGB, if a camera declares it without a profile (DCF 2.0: uncalibrated, and "R03")."""
    index = tags.interop.get(1)
    if index is not None and index.data.startswith(b"R03"):
        return cicp.measured(563 / 256, _ADOBE_RGB)
    return None


def _dpi(segments: list[tuple[int, bytes]]) -> tuple[float, float] | None:
    """The resolution in the JFIF header, or None."""
    for kind, body in segments:
        if kind == 0xE0 and body.startswith(b"JFIF\0") and len(body) >= 12:
            unit, across, down = struct.unpack(">BHH", body[7:12])
            if unit in (1, 2):
                return (across, down) if unit == 1 else (across * 2.54, down * 2.54)
    return None


def _eight(data: bytes, scan: int, frame: _Frame, shrink: int) -> Pixels:
    """By Pillow, divided by `shrink` while it is decoded."""
    end, scans = _scans(data, scan)
    numbers = _decoded(data[:end], shrink)
    small = shrink if frame.kind in _PROGRESSIVE else 8  # at an eighth the fine parts of a progressive one don't count
    first = numbers if small == shrink else _decoded(data[:end], small)
    if not _cover(scans, frame) or not np.array_equal(first, _decoded(data[:end] + _FILLING, small)):
        raise UnreadableError
    return Pixels(numbers)


def _decoded(data: bytes, shrink: int) -> np.ndarray:
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data + _END)) as image:
        if shrink > 1:
            image.draft(None, (max(1, image.width // shrink), max(1, image.height // shrink)))
        return pillow.array(image, image.mode if image.mode in ("L", "CMYK") else "RGB")


def _scans(data: bytes, at: int) -> tuple[int, list[bytes]]:
    """Where the picture's last scan ends, and the headers of all, from the marker of the first on."""
    headers = []
    while True:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xDA:
            headers.append(data[at + 4 : at + 2 + length])
        found = _MARKER.search(data, at + 2 + length)
        if found is None:
            return len(data), headers
        at = found.start()
        if data[at + 1] in (0xD8, 0xD9):
            return at, headers


def _cover(scans: list[bytes], frame: _Frame) -> bool:
    """Whether the scans bring every component, and in a progressive one every coefficient to its last bit."""
    missing = {(part, k) for part in frame.parts for k in (range(64) if frame.kind in _PROGRESSIVE else (0,))}
    for header in scans:
        count = header[0]
        start, end, approximation = header[1 + 2 * count : 4 + 2 * count]
        if approximation & 15 == 0:
            missing -= {(part, k) for part in header[1 : 1 + 2 * count : 2] for k in range(start, end + 1)}
    return not missing


def _deep(data: bytes, frame: _Frame) -> Pixels:
    """More than 8 bits, or lossless, spread over 16."""
    import imagecodecs  # here: few files need it

    numbers = imagecodecs.jpeg_decode(data)
    numbers = numbers.reshape(*numbers.shape[:2], -1)
    if numbers.shape[2] not in (1, 3):
        raise UnreadableError(
            f"is a JPEG of {frame.bits} bits in {plural(numbers.shape[2], 'channel')}, which is not read."
        )
    if frame.bits > 8:
        top = 2**frame.bits - 1
        numbers = (numbers.astype(np.uint32) * 65535 + top // 2) // top
    return Pixels(numbers.astype(np.uint16 if frame.bits > 8 else np.uint8))
