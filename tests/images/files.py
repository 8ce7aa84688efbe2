"""Files built from their specifications, byte by byte, so that no library stands between a test and what it tests."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 37, 53

TURNED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.fliplr(np.rot90(a, -1)),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.flipud(np.rot90(a, -1)),
    8: np.rot90,
}
"""What EXIF's orientations do to [H, W, ...]."""


def smooth():
    """[H, W, 3] uint8 that survives a lossy format."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([4 * x, 5 * y, 255 - 2 * x - 2 * y], -1).clip(0, 255).astype(np.uint8)


def jpeg(**options):
    buffer = io.BytesIO()
    Image.fromarray(smooth()).save(buffer, "JPEG", **{"quality": 95, **options})
    return buffer.getvalue()


def largest_webp():
    """A WebP that announces the largest canvas, 16383x16383, and ends."""
    size = (16_383 - 1).to_bytes(3, "little")
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size + size
    return b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas


# PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(numbers, depth=8, kind=2, *, before=(), after=(), rows=None):
    """A PNG of [H, W] or [H, W, C] numbers of a depth; chunks as (kind, data) before and after the pixels.

    Args:
        rows: how many rows to put in; None for all.
    """
    height, width = numbers.shape[:2]
    flat = numbers.reshape(height, -1)
    if depth == 16:
        packed = flat.astype(">u2").view(np.uint8)
    elif depth == 8:
        packed = flat.astype(np.uint8)
    else:
        bits = (flat[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    raw = b"".join(b"\0" + row.tobytes() for row in packed[:rows])
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)), *before]
    parts += [(b"IDAT", zlib.compress(raw)), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def interlaced(numbers):
    """A PNG of [H, W, 3] uint8 in the seven passes of Adam7."""
    raw = b""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    for top, left, down, across in passes:
        for row in numbers[top::down, left::across]:
            raw += b"\0" + row.tobytes()
    height, width = numbers.shape[:2]
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)), (b"IDAT", zlib.compress(raw))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in (*parts, (b"IEND", b"")))


# TIFF and EXIF


def tiff(numbers, *, tags=()):
    """An uncompressed TIFF as the specification lays it out; tags replace or add (number, values) of SHORTs."""
    height, width, planes = numbers.shape
    entries = {256: (width,), 257: (height,), 258: (numbers.itemsize * 8,) * planes, 259: (1,), 277: (planes,)}
    entries |= {262: (2 if planes > 2 else 1,), 278: (height,)}
    if planes in (2, 4):
        entries[338] = (2,)  # alpha, not multiplied
    if numbers.dtype.kind == "f":
        entries[339] = (3,) * planes
    entries |= dict(tags)
    return packed_tiff(entries, numbers.astype(numbers.dtype.newbyteorder("<")).tobytes())


def packed_tiff(entries, data, order="<"):
    """A TIFF of one strip with these tags of SHORTs and these bytes."""
    entries = {tag: (3, struct.pack(f"{order}{len(values)}H", *values)) for tag, values in entries.items()}
    entries[279] = (4, struct.pack(order + "I", len(data)))
    length = 8 + len(directory(entries | {273: (4, bytes(4))}, order, 8))
    entries[273] = (4, struct.pack(order + "I", length))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return head + directory(entries, order, 8) + data


SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}


def directory(entries, order, start):
    """A directory of {tag: (type, bytes)} and its values, as it lies at an offset."""
    at = start + 2 + 12 * len(entries) + 4
    rows, body = struct.pack(order + "H", len(entries)), b""
    for tag, (kind, data) in sorted(entries.items()):
        rows += struct.pack(order + "HHI", tag, kind, len(data) // SIZES[kind])
        if len(data) <= 4:
            rows += data.ljust(4, b"\0")
        else:
            rows += struct.pack(order + "I", at + len(body))
            body += data + b"\0" * (len(data) % 2)
    return rows + bytes(4) + body


def exif(main=(), camera=(), place=(), order="<"):
    """A block of EXIF of directories {tag: (type, bytes)}, without its header."""
    main, parts = dict(main), []
    pointers = [(pointer, dict(below)) for pointer, below in ((0x8769, camera), (0x8825, place)) if below]
    main |= {pointer: (4, bytes(4)) for pointer, _ in pointers}
    at = 8 + len(directory(main, order, 8))
    for pointer, below in pointers:
        main[pointer] = (4, struct.pack(order + "I", at))
        parts.append(directory(below, order, at))
        at += len(parts[-1])
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return head + directory(main, order, 8) + b"".join(parts)


def jpeg_with(block):
    """A JPEG with a block of EXIF."""
    data, body = jpeg(), b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def ycbcr_tiff(rgb, across, down, orientation=1):
    """A TIFF of brightness and colour, one colour for each `across` by `down` pixels (TIFF 6.0, section 21)."""
    height, width = rgb.shape[:2]
    red, green, blue = np.moveaxis(rgb.astype(float), -1, 0)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = [light, (blue - light) / 1.772 + 128, (red - light) / 1.402 + 128]
    fill = ((0, -height % down), (0, -width % across))
    blocks = []
    for plane in planes:
        grid = np.pad(plane, fill, mode="edge")
        grid = grid.reshape(grid.shape[0] // down, down, -1, across).transpose(0, 2, 1, 3)
        blocks.append(grid.reshape(*grid.shape[:2], -1))
    units = np.concatenate([blocks[0], *(block.mean(-1, keepdims=True) for block in blocks[1:])], axis=-1)
    entries = {256: (width,), 257: (height,), 258: (8, 8, 8), 259: (1,), 262: (6,), 274: (orientation,), 277: (3,)}
    entries |= {278: (height,), 284: (1,), 530: (across, down), 531: (1,)}
    return packed_tiff(entries, np.rint(units).clip(0, 255).astype(np.uint8).tobytes())


# AVIF and HEIC


def with_property(data, kind, body):
    """An AVIF or HEIC with one more property of its picture, an essential one; boxes grow, the rest moves."""
    box = struct.pack(">I4s", 8 + len(body), kind) + body
    data = bytearray(data)

    def start(name):
        return data.index(name) - 4

    def grow(name, by):
        at = start(name)
        data[at : at + 4] = struct.pack(">I", struct.unpack(">I", data[at : at + 4])[0] + by)

    at = start(b"ipco")
    end = at + struct.unpack(">I", data[at : at + 4])[0]
    count, place = 0, at + 8
    while place < end:
        place, count = place + struct.unpack(">I", data[place : place + 4])[0], count + 1
    data[end:end] = box
    number = start(b"ipma") + 8 + 4 + 4 + 2  # past the box, version and flags, the number of items, the first item
    data[number] += 1
    data[number + 1 + data[number] - 1 : number + 1 + data[number] - 1] = bytes([0x80 | count + 1])
    for name in (b"meta", b"iprp"):
        grow(name, len(box) + 1)
    grow(b"ipco", len(box))
    grow(b"ipma", 1)
    at = start(b"iloc") + 8
    assert data[at + 4] == 0x44, "offsets and lengths of 4 bytes"
    (items,) = struct.unpack(">H", data[at + 6 : at + 8])
    at += 8
    for _ in range(items):
        at += 4
        (extents,) = struct.unpack(">H", data[at : at + 2])
        at += 2
        for _ in range(extents):
            data[at : at + 4] = struct.pack(">I", struct.unpack(">I", data[at : at + 4])[0] + len(box) + 1)
            at += 8
    return bytes(data)
