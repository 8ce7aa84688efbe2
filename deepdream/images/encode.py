"""Whole numbers to the bytes of a file: one function per format, all of the same shape.

encoder(numbers [H, W, 3 or 4] uint8 or uint16, Extras) -> parts of a file, in order; `formats` has the table of them

The same numbers and extras give the same bytes. Only PNG and TIFF hold 16 bits, and Pillow can't write those in
colour: imagecodecs codes the PNG's pixels, and the TIFF is laid out here with Pillow's own tag directory.
"""

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, TiffImagePlugin

from deepdream.images import metadata

Part = bytes | memoryview


@dataclass(frozen=True)
class Extras:
    """What goes into the file beside the pixels; empty or None for what does not.

    Attributes:
        profile: ICC profile.
        exif: block without header.
        dpi: pixels per inch (across, down).
        xmp: packet with the recipe.
        quality: 1..100, of JPEG, WebP and AVIF.
    """

    profile: bytes | None
    exif: bytes
    dpi: tuple[float, float] | None
    xmp: bytes
    quality: int


def jpeg(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """No chroma subsampling: dreams are full of fine colour."""
    exif = metadata.fit(extras.exif, 65_500)
    return _pillow(
        numbers,
        "JPEG",
        quality=extras.quality,
        subsampling=0,
        icc_profile=extras.profile,
        dpi=extras.dpi and tuple(round(value) for value in extras.dpi),
        exif=exif and metadata.EXIF_HEADER + exif,
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
        exif=extras.exif and metadata.EXIF_HEADER + extras.exif,
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
        exif=extras.exif and metadata.EXIF_HEADER + extras.exif,
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
    if extras.exif:
        chunks.append((b"eXIf", extras.exif))
    if extras.xmp:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + extras.xmp))
    header = 8 + 25  # signature and IHDR
    return [coded[:header], *(_chunk(*chunk) for chunk in chunks), coded[header:]]


def tiff(numbers: np.ndarray, extras: Extras) -> list[Part]:
    """8 or 16 bits, strips compressed by deflate after differencing; laid out as TIFF 6.0 says."""
    height, width, channels = numbers.shape
    rows = max(1, 2**16 // width)
    strips = [_differences(numbers[top : top + rows]) for top in range(0, height, rows)]
    lengths = [len(strip) for strip in strips]
    directory = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in metadata.load(extras.exif).items():
        directory[tag] = value
    for pointer in (0x8769, 0x8825):  # EXIF's and GPS's own directories
        if tags := metadata.load(extras.exif).get_ifd(pointer):
            directory[pointer] = tags
    directory[256], directory[257] = width, height
    directory[258] = (8 * numbers.itemsize,) * channels
    directory[259], directory[262], directory[317] = 8, 2, 2  # deflate, RGB, horizontal differences
    directory[277], directory[278], directory[284] = channels, rows, 1
    directory.tagtype[273] = directory.tagtype[279] = 4  # 32 bits, whatever the numbers below
    directory[273] = tuple(int(start) for start in np.cumsum([0, *lengths[:-1]]))  # Pillow adds the directory's end
    directory[279] = tuple(lengths)
    directory[339] = (1,) * channels
    if channels == 4:
        directory[338] = 2  # alpha that the colours are not multiplied by
    if extras.xmp:
        directory.tagtype[700] = 1
        directory[700] = extras.xmp
    if extras.profile:
        directory.tagtype[34675] = 7
        directory[34675] = extras.profile
    header = struct.pack("<2sHI", b"II", 42, 8)
    return [header, directory.tobytes(8), *strips]


def _pillow(numbers: np.ndarray, name: str, **options: object) -> list[Part]:
    """Coded by Pillow, in memory: so that the disk's refusals are met in one place, with their own error numbers."""
    buffer = io.BytesIO()
    given = {key: value for key, value in options.items() if value not in (None, b"")}
    Image.fromarray(np.ascontiguousarray(numbers)).save(buffer, name, **given)
    return [buffer.getbuffer()]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _differences(rows: np.ndarray) -> bytes:
    """A strip of a TIFF: each pixel less its left neighbour, modulo the range; little endian, deflated."""
    moved = rows.copy()
    moved[:, 1:] -= rows[:, :-1]
    return zlib.compress(moved.astype(moved.dtype.newbyteorder("<"), copy=False).tobytes(), 4)
