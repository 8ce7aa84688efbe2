"""Files to whole numbers, upright: which file is a picture, and what its pixels are.

opened(path) -> Pillow's image, refusals said in one sentence
decode(path, limit_megapixels) -> Raw

Pillow reads everything but PNG and TIFF of more than 8 bits; see `deep`.
"""

import contextlib
import os
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from deepdream.errors import ImageError, install
from deepdream.images import deep, formats, metadata, panorama
from deepdream.images.strips import strips

HEIC = "pillow-heif"
"""The package that reads HEIC: the extra `heic`."""

# What decoders raise on bytes that are not what they should be.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, RuntimeError, struct.error, zlib.error)
# Pillow keeps its own limit of pixels and its table of layouts in globals, which are changed while we decode.
_PILLOW = threading.RLock()


@dataclass(frozen=True, eq=False)
class Raw:
    """A decoded file, upright.

    Attributes:
        pixels: [H, W, C] uint8 or uint16 in the file's own numbers; C is 1 grey, 3 RGB or 4 CMYK.
        alpha: [H, W] in the same type, or None.
        icc: the embedded profile, or None.
        tags: the file's EXIF tags, orientation still among them.
        dpi: pixels per inch (across, down) of the upright picture, or None.
        sphere: how a panorama lies on its sphere, in the file's own pixels; empty for none.
        notes: sentences about what was lost.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    icc: bytes | None
    tags: metadata.Tags
    dpi: tuple[float, float] | None
    sphere: panorama.Properties
    notes: tuple[str, ...] = ()


def decode(path: Path, limit_megapixels: float) -> Raw:
    """The pixels of a file, turned upright by its EXIF orientation; of several frames the first.

    Raises:
        ImageError: anything that is not a whole picture of at most `limit_megapixels`.
    """
    with opened(path) as image:
        width, height = image.size
        if width * height > limit_megapixels * 1e6:
            raise ImageError(
                f"{path} has {width}x{height} pixels, {width * height / 1e6:.6g} million; "
                f"the limit is {limit_megapixels:g} million.",
                "Shrink it, or raise the limit if you trust the file.",
            )
        cmyk, held = image.mode == "CMYK", deep.holds(image)
        pixels, lost = deep.pixels(image, path) if held and not cmyk else (_eight(image, path), "")
        if held and cmyk:  # imagecodecs reads no such TIFF
            lost = "16-bit CMYK is read as 8 bits."
        notes = [lost] if lost else []
        try:  # after the pixels: Pillow turns an 8-bit TIFF itself and then drops the tag
            tags = metadata.tags(image)
        except ValueError as error:
            tags = {}
            notes.append(f"{error}.")
        sphere = panorama.find(metadata.tree(xmp(image)))
        icc, dpi = image.info.get("icc_profile"), metadata.resolution(image.info.get("dpi"), tags)
    orientation = tags.get(0x0112, 1)
    if orientation in (5, 6, 7, 8) and dpi:
        dpi = dpi[::-1]
    if orientation in range(2, 9) and sphere:
        sphere = {}
        notes.append("its panorama's properties describe it unturned and are not carried on.")
    pixels = upright(pixels, orientation)
    colours = pixels.shape[2] - (pixels.shape[2] in (2, 4) and not cmyk)
    alpha = pixels[..., colours] if colours < pixels.shape[2] else None
    return Raw(pixels[..., :colours], alpha, icc or None, tags, dpi, sphere, tuple(notes))


def xmp(image: Image.Image) -> bytes:
    """An opened image's XMP packet; b"" for none."""
    packet = image.info.get("xmp") or b""
    return packet.encode() if isinstance(packet, str) else packet


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Pillow's image of a file, with every failure to open or decode it inside the block said in one sentence.

    Raises:
        ImageError: no such file, a folder, empty, not readable, not a picture, damaged.
    """
    claimed = formats.of(_start(path))
    if claimed is formats.HEIC:
        _load_heic(path)
    tried = [each.name for each in formats.FORMATS if each is not formats.HEIC or each is claimed]
    try:
        with _PILLOW, _no_limit(), deep.layouts(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is refused or noted here in our own words
            with Image.open(path, formats=tried) as image:
                yield image
    except UnidentifiedImageError as error:
        raise _unidentified(path, claimed) from error
    except _DAMAGE as error:
        raise ImageError(
            f"{path} is damaged or cut short: its pixels can't be read to the end.", "Fetch or export it again."
        ) from error


def upright(pixels: np.ndarray, orientation: object) -> np.ndarray:
    """A view of [H, W, C] turned as EXIF's orientation 1 to 8 demands; any other value counts as 1."""
    turned = pixels.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else pixels
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned


def _start(path: Path) -> bytes:
    """The first bytes of a file that is there, is a file, and holds something."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImageError(f"{path} is a folder, not a picture.")
        if not stat.S_ISREG(mode):
            raise ImageError(f"{path} is not a file.")
        with path.open("rb") as file:
            start = file.read(32)
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError(f"{path} does not exist.") from None
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise ImageError(f"{path} can't be opened: {reason}.") from error
    if not start:
        raise ImageError(f"{path} is empty.", "Fetch or export it again.")
    return start


def _load_heic(path: Path) -> None:
    """Make Pillow read HEIC where the extra is installed."""
    try:
        import pillow_heif  # an extra
    except ImportError:
        raise ImageError(f"{path} is a HEIC picture, which needs {HEIC}.", install(HEIC)) from None
    pillow_heif.register_heif_opener()


def _unidentified(path: Path, claimed: formats.Format | None) -> ImageError:
    """The refusal of a file that no decoder takes, by what its first bytes claim to be."""
    if claimed is formats.TIFF:
        return ImageError(
            f"{path} is a damaged TIFF, or one of a kind that is not read: only {deep.KINDS} are.",
            "Export it again as PNG.",
        )
    if claimed is not None:
        return ImageError(
            f"{path} is damaged or cut short: its pixels can't be read to the end.", "Fetch or export it again."
        )
    return ImageError(f"{path} is not a picture.", "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF and HEIC are read.")


@contextlib.contextmanager
def _no_limit() -> Iterator[None]:
    """Pillow's own limit of pixels, lifted."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _eight(image: Image.Image, path: Path) -> np.ndarray:
    """[H, W, C] uint8 by Pillow: C is 1, 2 (grey, alpha), 3, 4 (RGB, alpha; or CMYK)."""
    image.load()
    grey = image.mode in ("1", "L", "LA", "La")
    if image.mode == "CMYK":
        mode = "CMYK"
    elif grey or image.mode in ("P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr"):
        mode = ("L" if grey else "RGB") + ("A" if image.has_transparency_data else "")
    else:
        raise deep.refusal(path, f"numbers of Pillow's mode {image.mode}")
    held = image if image.mode == mode else image.convert(mode)
    out = np.empty((held.height, held.width, len(held.getbands())), np.uint8)
    for rows in strips(held.height, held.width):  # NumPy's own way in would hold three copies
        strip = held.crop((0, rows.start, held.width, rows.stop))
        out[rows] = np.asarray(strip).reshape(out[rows].shape)
    return out
