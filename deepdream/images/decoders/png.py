"""PNG (third edition, W3C 2025): its chunks are read here, its pixels by libpng.

libpng gets only the chunks that pixels depend on, so that long texts or a damaged animation or profile do no harm; it
rejects wrong checksums and missing pixels. Transparency by colour key is computed here, exactly, at every depth.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

from deepdream.errors import plural
from deepdream.images import cicp, exif
from deepdream.images.opened import AGAIN, PALETTE, Opened, Pixels, UnreadableError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_DEPTHS = {_GREY: (1, 2, 4, 8, 16), _PALETTE: (1, 2, 4, 8)}
_KEPT = {b"PLTE", b"tRNS", b"iCCP", b"cICP", b"gAMA", b"cHRM", b"sRGB", b"eXIf", b"pHYs", b"acTL"}
_LONGEST = 2**26
"""Bytes of a profile or an XMP packet beyond which it is left aside: so much, compressed, is a trap."""


class _Header(NamedTuple):
    width: int
    height: int
    depth: int
    kind: int
    compression: int
    filtering: int
    interlacing: int


def opened(file: BinaryIO) -> Opened:
    """A PNG; of an animation the default picture."""
    header, found, texts, notes = _chunks(file)
    icc, colour_space = _colours(found, notes)
    if b"acTL" in found:
        notes.append("it is an animation; its default picture is taken.")
    tags = exif.Exif()
    try:
        tags = _exif(found, texts)
    except ValueError as error:
        notes.append(f"{error}.")
    orientation = tags.numbers(exif.ORIENTATION)
    held = _CHANNELS[header.kind] * max(1, header.depth // 8)
    stored = file.seek(0, io.SEEK_END)
    return Opened(
        size=(header.height, header.width),
        load=lambda shrink: _pixels(file, header, found),
        bytes_per_pixel=held + (5 if header.kind == _PALETTE else 2 * (b"tRNS" in found)) + 1,
        bytes_per_stored_pixel=2 * stored / (header.height * header.width),  # its chunks, and all of them as one
        orientation=int(orientation[0]) if orientation else 1,
        icc=icc,
        colour_space=colour_space,
        exif=tags,
        xmp=texts.get(b"XML:com.adobe.xmp", b""),
        dpi=_dpi(found),
        notes=tuple(notes),
    )


def _chunks(file: BinaryIO) -> tuple[_Header, dict[bytes, bytes], dict[bytes, bytes], list[str]]:
    """The header, the chunks that count here, texts by keyword, and sentences about those passed over."""
    file.seek(0)
    if file.read(8) != _SIGNATURE:
        raise UnreadableError
    found: dict[bytes, bytes] = {}
    texts: dict[bytes, bytes] = {}
    notes: list[str] = []
    header = None
    for kind, length, start in _walk(file):
        if header is None:
            header = _header(kind, _body(file, start, length) or b"")
        elif kind in _KEPT or (kind in (b"iTXt", b"zTXt", b"tEXt") and _is_wanted(file, start)):
            data = _body(file, start, length)
            if data is None and kind in (b"PLTE", b"tRNS"):
                raise UnreadableError
            if data is None:
                notes.append(f"its chunk {kind.decode()} is damaged and passed over.")
            elif kind in _KEPT:
                found.setdefault(kind, data)
            else:
                texts.update(_text(kind, data))
    if header is None:
        raise UnreadableError
    if header.kind == _PALETTE and not found.get(b"PLTE"):
        raise UnreadableError(PALETTE, AGAIN)
    return header, found, texts, notes


def _walk(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, length and start of each chunk's data, to the end of the picture or of the file."""
    at = len(_SIGNATURE)
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, length, at + 8
        if kind == b"IEND":
            return
        at += 12 + length


def _body(file: BinaryIO, start: int, length: int) -> bytes | None:
    """A chunk's data; None where it is cut short or its checksum is wrong."""
    if length > _LONGEST:
        return None
    file.seek(start - 4)
    data = file.read(4 + length)
    checksum = file.read(4)
    sound = len(checksum) == 4 and zlib.crc32(data) == struct.unpack(">I", checksum)[0]
    return data[4:] if sound else None


def _header(kind: bytes, data: bytes) -> _Header:
    if kind == b"CgBI":
        raise UnreadableError("is a PNG that was altered for Apple's devices (CgBI), which is not read.")
    if kind != b"IHDR" or len(data) != 13:
        raise UnreadableError
    header = _Header(*struct.unpack(">IIBBBBB", data))
    sound = header.kind in _CHANNELS and header.depth in _DEPTHS.get(header.kind, (8, 16))
    if not sound or 0 in header[:2] or header.compression or header.filtering or header.interlacing > 1:
        raise UnreadableError(
            f"is damaged: a PNG has no pixels of type {header.kind} with {plural(header.depth, 'bit')}.", ""
        )
    return header


def _is_wanted(file: BinaryIO, start: int) -> bool:
    """Whether a text is one that is used here; prompts and workflows may be large and are none."""
    file.seek(start)
    return file.read(22).startswith((b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type APP1\0"))


def _text(kind: bytes, data: bytes) -> dict[bytes, bytes]:
    """Keyword and text of a chunk, decompressed; {} for one that is damaged."""
    keyword, _, rest = data.partition(b"\0")
    if kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        packed, rest = kind == b"zTXt", rest[1:] if kind == b"zTXt" else rest
    try:
        return {keyword: _inflated(rest) if packed else rest}
    except ValueError:
        return {}


def _inflated(data: bytes) -> bytes:
    """Decompressed data.

    Raises:
        ValueError: damaged, or longer than what is read.
    """
    unpacker = zlib.decompressobj()
    try:
        out = unpacker.decompress(data, _LONGEST)
    except zlib.error as error:
        raise ValueError("damaged") from error
    if not unpacker.eof:
        raise ValueError("too long or cut short")
    return out


def _colours(found: dict[bytes, bytes], notes: list[str]) -> tuple[bytes | None, cicp.ColourSpace | None]:
    """The ICC profile or the colour space: the first of cICP, iCCP, sRGB, and gAMA with cHRM counts."""
    for kind, read in (
        (b"cICP", _coded),
        (b"iCCP", _profile),
        (b"sRGB", None),
        (b"gAMA", _measured),
        (b"cHRM", _measured),
    ):
        if kind not in found:
            continue
        try:
            return read(found) if read else (None, None)
        except ValueError as error:
            notes.append(str(error))
    return None, None


def _coded(found: dict[bytes, bytes]) -> tuple[None, cicp.ColourSpace | None]:
    codes = found[b"cICP"]
    if len(codes) != 4 or codes[2:] != b"\0\1":
        raise ValueError("its colours are coded in a way that PNG doesn't allow (cICP), which is not used.")
    return None, cicp.coded(codes[0], codes[1])


def _profile(found: dict[bytes, bytes]) -> tuple[bytes, None]:
    name, _, rest = found[b"iCCP"].partition(b"\0")
    try:
        if not name or rest[:1] != b"\0":
            raise ValueError("another compression")
        return _inflated(rest[1:]), None
    except ValueError:
        raise ValueError("its colour profile is damaged and not used.") from None


def _measured(found: dict[bytes, bytes]) -> tuple[None, cicp.ColourSpace | None]:
    gamma, chromaticities = None, None
    if len(data := found.get(b"gAMA", b"")) == 4:
        (value,) = struct.unpack(">I", data)
        gamma = 1e5 / value if value else 0.0
    if len(data := found.get(b"cHRM", b"")) == 32:
        chromaticities = tuple(value / 1e5 for value in struct.unpack(">8I", data))
    return None, cicp.measured(gamma, chromaticities)


def _exif(found: dict[bytes, bytes], texts: dict[bytes, bytes]) -> exif.Exif:
    """EXIF's chunk, or the text that ImageMagick wrote before there was one: hexadecimal under three lines."""
    data = found.get(b"eXIf", b"")
    for keyword in (b"Raw profile type exif", b"Raw profile type APP1"):
        if not data and keyword in texts:
            try:
                data = bytes.fromhex("".join(texts[keyword].decode("latin-1").split("\n")[3:]))
            except ValueError:
                continue
            if not data.startswith((exif.HEADER, b"II", b"MM")):  # an APP1 may be XMP
                data = b""
    return exif.parse(data) if data else exif.Exif()


def _dpi(found: dict[bytes, bytes]) -> tuple[float, float] | None:
    if len(data := found.get(b"pHYs", b"")) != 9:
        return None
    across, down, unit = struct.unpack(">IIB", data)
    return (across * 0.0254, down * 0.0254) if unit == 1 else None


def _pixels(file: BinaryIO, header: _Header, found: dict[bytes, bytes]) -> Pixels:
    """Decoded by libpng from the chunks of the picture alone."""
    key = found.get(b"tRNS", b"")
    if header.kind == _PALETTE:
        return _painted(_decoded(file, header._replace(kind=_GREY)), header.depth, found[b"PLTE"], key)
    numbers = _decoded(file, header)
    if header.kind in (_GREY_ALPHA, _RGB_ALPHA):
        return Pixels(numbers[..., :-1], numbers[..., -1])
    channels = _CHANNELS[header.kind]
    if len(key) < 2 * channels:
        return Pixels(numbers)
    top = np.iinfo(numbers.dtype).max
    scale = top // (2 ** min(header.depth, 16) - 1)
    value = np.array(struct.unpack(f">{channels}H", key[: 2 * channels])) * scale
    alpha = np.where(_rows(numbers, lambda rows: (rows == value).all(axis=-1)), 0, top).astype(numbers.dtype)
    return Pixels(numbers, alpha)


def _decoded(file: BinaryIO, header: _Header) -> np.ndarray:
    """[H, W, C] of the header's kind, at least 8 bits."""
    import imagecodecs  # here: reading a recipe needs no pixels

    parts = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", *header))]
    for kind, length, start in _walk(file):
        if kind == b"IDAT":
            file.seek(start - 8)
            parts.append(file.read(12 + length))
    parts.append(_chunk(b"IEND", b""))
    numbers = imagecodecs.png_decode(b"".join(parts))
    return numbers.reshape(header.height, header.width, -1)


def _painted(numbers: np.ndarray, depth: int, palette: bytes, key: bytes) -> Pixels:
    """The colours of a palette's numbers, which were spread over 8 bits as grey is."""
    colours = np.frombuffer(palette[: len(palette) // 3 * 3], np.uint8).reshape(-1, 3)
    index = numbers[..., 0] // (255 // (2**depth - 1))
    if int(index.max()) >= len(colours):
        raise UnreadableError(PALETTE, AGAIN)
    if not key:
        return Pixels(colours[index])
    opaque = np.full(256, 255, np.uint8)
    opaque[: len(key)] = np.frombuffer(key[:256], np.uint8)
    return Pixels(colours[index], opaque[index])


def _rows(numbers: np.ndarray, test: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A test of [H, W, C] -> [H, W] bool, row by row so that it needs no second picture."""
    out = np.empty(numbers.shape[:2], bool)
    for row, pixels in zip(out, numbers, strict=True):
        row[:] = test(pixels)
    return out


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
