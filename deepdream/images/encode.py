"""Whole numbers to the bytes of a file: one function per format, all of the same shape.

encoder(numbers [H, W, 3 or 4] uint8 or uint16, Extras) -> parts of a file, in order

The same numbers and extras give the same bytes. Only PNG and TIFF hold 16 bits, and Pillow can't write those in
colour: imagecodecs codes the PNG's pixels, and the TIFF is laid out here like a block of EXIF.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from deepdream.images import directories, exif, icc

Part = bytes | memoryview


@dataclass(frozen=True)
class Extras:
    """What goes into the file beside the pixels; empty or None for what does not.

    Attributes:
        profile: ICC profile.
        exif: the tags, within the format's limit.
        dpi: pixels per inch (across, down).
        xmp: packet with the recipe.
        quality: 1..100, of JPEG, WebP and AVIF.
    """

    profile: bytes | None
    exif: exif.Exif
    dpi: tuple[float, float] | None
    xmp: bytes
    quality: int


def jpeg(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """No chroma subsampling: dreams are full of fine colour."""
    if extras.exif:
        tags = exif.with_resolution(extras.exif)
        centred = {531: directories.pack(tags.order, directories.SHORT, 1)}  # YCbCrPositioning
        extras = replace(extras, exif=replace(tags, main=tags.main | centred))
    whole = extras.dpi and tuple(round(value) for value in extras.dpi)  # JFIF has no fractions
    return _pillow(
        numbers,
        "JPEG",
        quality=extras.quality,
        subsampling=0,
        icc_profile=extras.profile,
        dpi=whole if whole and all(0 < value < 2**16 for value in whole) else None,
        exif=_block(numbers, extras, exif.HEADER),
        xmp=extras.xmp,
    )


def webp(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """Quality 100 is lossless; below it the colours of transparent pixels are kept as well as the others."""
    lossless = extras.quality == 100
    return _pillow(
        numbers,
        "WEBP",
        quality=extras.quality if not lossless else 80,  # then it is the effort spent, not the quality
        lossless=lossless,
        exact=True,
        icc_profile=extras.profile,
        exif=_block(numbers, extras, exif.HEADER),
        xmp=extras.xmp,
    )


def avif(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """No chroma subsampling, as in JPEG."""
    return _pillow(
        numbers,
        "AVIF",
        quality=extras.quality,
        subsampling="4:4:4",
        icc_profile=extras.profile,
        exif=_block(numbers, extras, exif.HEADER),
        xmp=extras.xmp,
    )


def png(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """8 or 16 bits; the extras go between the header and the pixels, where every reader finds them."""
    import imagecodecs  # here: it is not needed to read most pictures

    # Level 4 with zlib's "filtered" strategy: as small as Pillow's default in a third of the time.
    coded = memoryview(imagecodecs.png_encode(np.ascontiguousarray(numbers), level=4, strategy=1))
    chunks = []
    if extras.profile:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(extras.profile, 9)))
    if extras.dpi:
        chunks.append((b"pHYs", struct.pack(">IIB", *(round(value / 0.0254) for value in extras.dpi), 1)))
    if block := _block(numbers, extras):
        chunks.append((b"eXIf", block))
    if extras.xmp:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + extras.xmp))
    header = 8 + 25  # signature and IHDR
    return [coded[:header], *(_chunk(*chunk) for chunk in chunks), coded[header:]]


def tiff(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """A TIFF 6.0 file in EXIF's byte order: 8 bits with LZW and horizontal differencing, 16 bits uncompressed.

    LZW makes 16 bits larger; deflate would not, but it is not part of TIFF 6.0, and strict readers reject it.
    """
    height, width, channels = numbers.shape
    rows = max(1, 2**16 // width)
    tags = exif.with_resolution(exif.complete(extras.exif, size=None, srgb=extras.profile == icc.SRGB))
    strips = [_strip(numbers[top : top + rows], tags.order) for top in range(0, height, rows)]
    lengths = [len(strip) for strip in strips]

    def shorts(*values: int) -> directories.Entry:
        return directories.pack(tags.order, directories.SHORT, *values)

    def longs(*values: int) -> directories.Entry:
        return directories.pack(tags.order, directories.LONG, *values)

    main = tags.main | {256: longs(width), 257: longs(height), 258: shorts(*(8 * numbers.itemsize,) * channels)}
    main |= {259: shorts(1), 262: shorts(2), 277: shorts(channels)}  # not compressed, RGB
    main |= {278: longs(rows), 279: longs(*lengths), 284: shorts(1), 339: shorts(*(1,) * channels)}
    if numbers.itemsize == 1:
        main |= {259: shorts(5), 317: shorts(2)}  # LZW, horizontal differences
    if channels == 4:
        main[338] = shorts(2)  # unassociated alpha
    if extras.xmp:
        main[700] = directories.Entry(directories.BYTE, extras.xmp)
    if extras.profile:
        main[34675] = directories.Entry(directories.UNDEFINED, extras.profile)

    def directory(start: int) -> bytes:
        offsets = longs(*(int(at) for at in np.cumsum([start, *lengths[:-1]])))
        return exif.block(replace(tags, main=main | {273: offsets}))

    return [directory(len(directory(0))), *strips]


Encoder = Callable[[np.ndarray, Extras], list[Part]]
"""The signature of the functions here; `formats` lists which format uses which."""


def _pillow(numbers: np.ndarray, name: str, **options: object) -> list[Part]:
    """Encoded by Pillow, in memory, so that errors of the disk occur in one place and keep their error numbers."""
    buffer = io.BytesIO()
    given = {key: value for key, value in options.items() if value not in (None, b"")}
    Image.fromarray(np.ascontiguousarray(numbers)).save(buffer, name, **given)
    return [buffer.getbuffer()]


def _block(numbers: np.ndarray, extras: Extras, header: bytes = b"") -> bytes:
    """The block of EXIF of a picture, behind a header; b"" for none."""
    size = (numbers.shape[0], numbers.shape[1])
    block = exif.block(exif.complete(extras.exif, size=size, srgb=extras.profile == icc.SRGB))
    return header + block if block else b""


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _strip(rows: np.ndarray, order: directories.Order) -> bytes:
    """A strip of a TIFF: 8 bits with horizontal differencing and LZW; 16 bits uncompressed, in a byte order."""
    if rows.itemsize == 2:
        return rows.astype(rows.dtype.newbyteorder(order), copy=False).tobytes()
    import imagecodecs  # here: the other formats don't need it

    moved = rows.copy()
    moved[:, 1:] -= rows[:, :-1]
    return bytes(imagecodecs.lzw_encode(moved.tobytes()))
