"""BMP, with or without a file header (DIB): by Pillow, or by their masks where Pillow doesn't support the channels."""

import io
import struct
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import BmpImagePlugin

from deepdream.errors import plural
from deepdream.images import cicp
from deepdream.images.decoders import pillow
from deepdream.images.opened import Opened, Pixels, UnreadableError

HEADERS = (12, 40, 52, 56, 64, 108, 124)
"""Lengths of the header of a picture, by which versions are known."""
_MASKS = (3, 6)  # kinds of compression: none, and each channel's bits are given by a mask


def opened(file: BinaryIO) -> Opened:
    """A BMP of any version."""
    file.seek(0)
    data = file.read()
    if not data.startswith(b"BM"):
        data = _with_header(data)
    (length,) = struct.unpack_from("<I", data, 14)
    if length not in HEADERS:
        raise UnreadableError(
            f"is damaged, or a BMP of a kind that is not read: its header has {plural(length, 'byte')}."
        )
    try:
        found = pillow.described(BmpImagePlugin.BmpImageFile(io.BytesIO(data)), bytes_per_pixel=9)
    except OSError as error:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        if length < 40 or compression not in _MASKS or bits not in (16, 32):
            raise UnreadableError("is damaged, or a BMP of a kind that is not read.") from error
        found = Opened((abs(height), width), lambda shrink: _masked(data), bytes_per_pixel=16)
        if width < 1 or height == 0:
            raise UnreadableError from error
    if length < 108:
        return found
    icc, colour_space, notes = _colours(data, length)
    return replace(found, icc=icc, colour_space=colour_space, notes=(*found.notes, *notes))


def _with_header(data: bytes) -> bytes:
    """A file's header put before a picture's."""
    (length,) = struct.unpack_from("<I", data)
    if length == 12:
        (bits,) = struct.unpack_from("<H", data, 10)
        start = 12 + (3 << bits if bits <= 8 else 0)
    else:
        bits, compression = struct.unpack_from("<HI", data, 14)
        (used,) = struct.unpack_from("<I", data, 32)
        start = length + 4 * (used or (1 << bits if bits <= 8 else 0))
        start += {3: 12, 6: 16}.get(compression, 0) if length == 40 else 0
    return b"BM" + struct.pack("<IHHI", 14 + len(data), 0, 0, 14 + start) + data


def _colours(data: bytes, length: int) -> tuple[bytes | None, cicp.ColourSpace | None, tuple[str, ...]]:
    """The profile or colour space in headers of version 4 and 5."""
    kind = data[70:74]
    if kind == b"\0\0\0\0":  # calibrated: ends as X, Y, Z in 2.30 fixed point, gamma in 16.16
        ends = np.array(struct.unpack_from("<9i", data, 74), float).reshape(3, 3) / 2**30
        gammas = np.array(struct.unpack_from("<3I", data, 110), float) / 2**16
        sums = ends.sum(axis=1)
        if not (sums > 0).all() or not (gammas > 0).all():
            return None, None, ()
        white = ends.sum(axis=0)
        chromaticities = [*(white / white.sum())[:2], *(ends / sums[:, None])[:, :2].ravel()]
        try:
            return None, cicp.measured(float(gammas[1]), tuple(chromaticities)), ()
        except ValueError as error:
            return None, None, (str(error),)
    if kind == b"DEBM" and length == 124:  # embedded
        start, size = struct.unpack_from("<II", data, 14 + 112)
        return data[14 + start : 14 + start + size] or None, None, ()
    return None, None, ()


def _masked(data: bytes) -> Pixels:
    """Pixels whose channels are given by masks."""
    (start,) = struct.unpack_from("<I", data, 10)
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    (length,) = struct.unpack_from("<I", data, 14)
    masks = struct.unpack_from("<4I", data, 54)
    stride = (width * bits + 31) // 32 * 4
    rows = np.frombuffer(data, np.uint8, stride * abs(height), start).reshape(abs(height), stride)
    numbers = np.ascontiguousarray(rows[:, : width * bits // 8]).view(f"<u{bits // 8}").astype(np.uint32)
    channels = [_channel(numbers, mask) for mask in masks[:3]]
    transparent = masks[3] if length >= 56 or compression == 6 else 0
    colours = np.stack(channels, axis=-1)
    alpha = _channel(numbers, transparent) if transparent else None
    turn = slice(None, None, -1 if height > 0 else 1)  # rows lie bottom to top unless the height is negative
    return Pixels(colours[turn], None if alpha is None else alpha[turn])


def _channel(numbers: np.ndarray, mask: int) -> np.ndarray:
    """The bits under a mask, spread over 8; 0 for no bit."""
    if not mask:
        return np.zeros(numbers.shape, np.uint8)
    low = (mask & -mask).bit_length() - 1
    top = mask >> low
    return np.rint(((numbers & mask) >> low) * (255.0 / top)).astype(np.uint8)
