"""The class Picture: pixels, and what their file carries beside them.

from_array(array) -> Picture                         from pixels in memory
sized(picture, size=..., max_side=...) -> Picture    resized
"""

import io
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from deepdream.errors import ImageError
from deepdream.images import icc, scale
from deepdream.images.panorama import Properties
from deepdream.settings import Size


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A picture to work on.

    Attributes:
        pixels: [H, W, 3] float32 RGB in 0..1: sRGB, or the file's own numbers when read with profile="keep".
        alpha: [H, W] float32 in 0..1, 1 is opaque; None where the file has none. Pixels are not multiplied by it.
        bits: what the file held per channel, 8 or 16.
        profile: the ICC profile to attach when written: sRGB's, or the file's own (None for none) with "keep".
        exif: the EXIF block to copy, without its "Exif" header; orientation, sizes and thumbnail are removed, the
            resolution is kept. Empty for none.
        dpi: pixels per inch (horizontal, vertical), or None.
        panorama: position of a panorama on its sphere: properties of Google's photo spheres, by name, in the pixels of
            the file; scaled when written. Empty for any other picture. See `images.panorama`.
        digest: SHA-256 of the file's bytes in hex, "" for arrays.
        path: of the file it was read from; None for arrays.
        note: sentences for the user about anything unexpected in the file; "" for none.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    bits: int = 8
    profile: bytes | None = icc.SRGB
    exif: bytes = b""
    dpi: tuple[float, float] | None = None
    panorama: Properties = field(default_factory=dict)
    digest: str = ""
    path: Path | None = None
    note: str = ""

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        return f"Picture({width}x{height}, {self.bits} bits{'' if self.path is None else f', {self.path}'})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The pixels, [H, W, 3] float32 in 0..1, for NumPy and all that takes arrays."""
        return np.array(self.pixels, dtype, copy=copy)

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return png(self.pixels)


def from_array(array: np.ndarray, *, size: Size | None = None, max_side: int | None = None) -> Picture:
    """A Picture from pixels in memory, interpreted as sRGB.

    Args:
        array: [H, W, 3], [H, W] (grey) or [H, W, 4] (the fourth is alpha); whole numbers in 0..255 of any type, uint16
            in 0..65535, truths (black and white), or float in 0..1. It is copied, never changed. Float is written as 8
            bits unless more is asked for.
        size: (height, width) to resize to.
        max_side: shrink so that no side is longer.

    Raises:
        ImageError: any other shape or dtype, no pixels, or floats that are not finite or not in 0..1.
        SettingError: both size and max_side, or one that is not positive.
    """
    array = np.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ImageError(
            f"The array's shape is {array.shape}; a picture has height and width, and 3 or 4 channels or no third axis."
        )
    if not array.size:
        raise ImageError(f"The array's shape is {array.shape}; a picture has at least one pixel.")
    array = _whole(array)
    if np.issubdtype(array.dtype, np.floating):
        _check_range(array)
        array = array.astype(np.float32)
    array = scale.resize_bounded(array, scale.target((array.shape[0], array.shape[1]), size, max_side))
    bits = 16 if array.dtype == np.uint16 else 8
    if array.dtype != np.float32:
        numbers, array = array, np.empty(array.shape, np.float32)
        scale.to_unit(numbers, array)
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=2)
    alpha = np.ascontiguousarray(array[..., 3]) if array.shape[2] == 4 else None
    return Picture(np.ascontiguousarray(array[..., :3]), alpha, bits)


def from_image(image: Any, *, size: Size | None = None, max_side: int | None = None) -> Picture:
    """A Picture of what is at hand: an array, or an image of Pillow's, upright by its EXIF orientation, taken as sRGB.

    Args:
        image: an array as `from_array` takes it, or a Pillow image of any mode.
        size: (height, width) to resize to.
        max_side: shrink so that no side is longer.

    Raises:
        ImageError: neither of them, or as `from_array`.
        SettingError: as `from_array`.
    """
    if isinstance(image, Image.Image):
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I;16"):
            return from_array(np.asarray(upright).astype(np.uint16), size=size, max_side=max_side)
        image = np.asarray(upright.convert("RGBA" if upright.has_transparency_data else "RGB"))
    if not hasattr(image, "__array__"):
        raise ImageError(
            f"The picture is of the type {type(image).__name__}; it has to be a file, an array, a Pillow image or a "
            "Picture."
        )
    return from_array(np.asarray(image), size=size, max_side=max_side)


def sized(picture: Picture, *, size: Size | None = None, max_side: int | None = None) -> Picture:
    """The picture resized; the same object if it has that size already.

    Args:
        picture: its pixels and alpha are resized in float. The file's digest and path are dropped, because reading
            the file at that size gives slightly different numbers.
        size: (height, width) to resize to.
        max_side: shrink so that no side is longer.

    Raises:
        SettingError: both size and max_side, or one that is not positive.
    """
    own = (picture.pixels.shape[0], picture.pixels.shape[1])
    target = scale.target(own, size, max_side)
    if target == own:
        return picture
    alpha = None if picture.alpha is None else scale.resize_bounded(picture.alpha, target)
    return replace(picture, pixels=scale.resize_bounded(picture.pixels, target), alpha=alpha, digest="", path=None)


def png(pixels: np.ndarray) -> bytes:
    """Pixels [H, W, 3] float in 0..1 as a PNG of 8 bits."""
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def _whole(array: np.ndarray) -> np.ndarray:
    """Whole numbers of any type as uint8, truths as black and white; uint8, uint16 and float as they are."""
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype in (np.uint8, np.uint16) or np.issubdtype(array.dtype, np.floating):
        return array
    if not np.issubdtype(array.dtype, np.integer):
        raise ImageError(f"The array holds {array.dtype}; a picture holds whole numbers in 0..255, or float in 0..1.")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise ImageError(
            f"The array holds {array.dtype} from {low} to {high}; whole numbers must be in 0..255.",
            "Those of 16 bits are uint16.",
        )
    return array.astype(np.uint8)


def _check_range(array: np.ndarray) -> None:
    """Raise for floats outside 0..1; assuming 0..255 would be a silent guess."""
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        raise ImageError("The array holds numbers that are not finite.")
    if low < 0 or high > 1:
        raise ImageError(
            f"The array holds floats from {low:g} to {high:g}; they must be in 0..1.",
            "Divide by 255, or pass uint8.",
        )
