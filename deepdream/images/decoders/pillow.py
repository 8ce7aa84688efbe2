"""What Pillow decodes: GIF, and the common part of BMP, WebP and AVIF; the first frame of an animation.

Pillow gets an open file, never a name: given a name it memory-maps uncompressed pixels. Each format's own class is
called, because the pixel limit of `Image.open` is global to the process.
"""

import struct
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import GifImagePlugin, Image

from deepdream.images import exif
from deepdream.images.opened import AGAIN, PALETTE, Opened, Pixels, UnreadableError
from deepdream.images.strips import strips


def gif(file: BinaryIO) -> Opened:
    """A GIF. Its pixels are counted, because Pillow leaves missing ones black."""
    found = described(GifImagePlugin.GifImageFile(file), bytes_per_pixel=10)

    def load(shrink: int) -> Pixels:
        _check_gif(file)
        return found.load(shrink)

    return replace(found, load=load)


def described(image: Image.Image, *, bytes_per_pixel: float, mode: str = "") -> Opened:
    """A file opened by Pillow.

    Args:
        image: 8 bits per channel.
        bytes_per_pixel: peak memory of its decoder, our copy included.
        mode: Pillow's mode to convert to; "" for the file's own.
    """
    tags, notes = exif.Exif(), []
    if block := image.info.get("exif"):
        try:
            tags = exif.parse(block)
        except ValueError as error:
            notes.append(f"{error}.")
    if getattr(image, "is_animated", False):
        notes.append("it is an animation; its first frame is taken.")
    orientation = tags.numbers(exif.ORIENTATION)
    packet = image.info.get("xmp") or b""
    return Opened(
        size=(image.height, image.width),
        load=lambda shrink: pixels(image, mode),
        bytes_per_pixel=bytes_per_pixel,
        orientation=int(orientation[0]) if orientation else 1,
        icc=image.info.get("icc_profile") or None,
        exif=tags,
        xmp=packet.encode() if isinstance(packet, str) else packet,
        dpi=image.info.get("dpi") or exif.resolution(tags),
        notes=tuple(notes),
    )


def pixels(image: Image.Image, mode: str = "") -> Pixels:
    """The numbers of an image of Pillow's."""
    image.load()
    _check_palette(image)
    if not mode:
        mode = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
        mode += "A" if image.has_transparency_data else ""
    held = array(image, mode)
    return Pixels(held[..., :-1], held[..., -1]) if mode in ("LA", "RGBA") else Pixels(held)


def array(image: Image.Image, mode: str) -> np.ndarray:
    """[H, W, C] uint8 in a mode of Pillow's."""
    held = image if image.mode == mode else image.convert(mode)
    out = np.empty((held.height, held.width, len(held.getbands())), np.uint8)
    for rows in strips(held.height, held.width):  # NumPy's own way in would hold three copies
        strip = held.crop((0, rows.start, held.width, rows.stop))
        out[rows] = np.asarray(strip).reshape(out[rows].shape)
    return out


def _check_palette(image: Image.Image) -> None:
    """Refuse colours that a palette doesn't hold, which Pillow leaves black; a transparent one needs no colour."""
    if image.mode == "P" and image.palette:
        held, clear = len(image.palette.palette) // len(image.palette.mode), image.info.get("transparency")
        if any(count and index >= held and index != clear for index, count in enumerate(image.histogram())):
            raise UnreadableError(PALETTE, AGAIN)


def _check_gif(file: BinaryIO) -> None:
    """Raise if the first frame has fewer pixels than its size: giflib counts them, given that frame alone."""
    import imagecodecs  # here: reading a recipe needs no pixels

    file.seek(0)
    data = file.read()
    tables = 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    at = start = 13 + tables
    while data[at] == 0x21:  # extensions
        at = _blocks_end(data, at + 2)
    if data[at] != 0x2C:
        raise UnreadableError
    width, height, flags = struct.unpack_from("<2HB", data, at + 5)
    body = at + 10 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
    frame = struct.pack("<4H", 0, 0, width, height) + data[at + 9 : _blocks_end(data, body + 1)]
    header = data[:6] + struct.pack("<2H", width, height) + data[10:start]
    imagecodecs.gif_decode(header + b"\x2c" + frame + b"\x3b")


def _blocks_end(data: bytes, at: int) -> int:
    """The end of a chain of blocks, each of which begins with its length."""
    while data[at]:
        at += data[at] + 1
    return at + 1
