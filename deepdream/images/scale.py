"""Target sizes, and resizing.

resize(pixels [H, W, C] or [H, W], size) -> the same at size (height, width)
bilinear(pixels [H, W, C], size) -> the same, by TensorFlow's bilinear filter without antialiasing
target(own, size, max_side) -> the size to resize to · scaled(size, factor) -> size
"""

import numpy as np
from PIL import Image

from deepdream.errors import SettingError
from deepdream.images.strips import strips
from deepdream.settings import Size, refuse_exclusive


def resize(pixels: np.ndarray, size: Size) -> np.ndarray:
    """The pixels at another size, by Pillow's antialiased bicubic `resize`.

    Args:
        pixels: [H, W, C] or [H, W]. uint8 is resized in 8 bits, exactly as Pillow resizes the whole picture; float32
            and uint16 are resized in Pillow's mode "F" in their own range, neither rounded nor clipped, although
            bicubic overshoots at edges.
        size: (height, width).

    Returns: [height, width, C] or [height, width]; uint8 for uint8, else float32.
    """
    height, width = size
    kind = np.uint8 if pixels.dtype == np.uint8 else np.float32
    planes = pixels[..., None] if pixels.ndim == 2 else pixels
    out = np.empty((height, width, planes.shape[2]), kind)
    for channel in range(planes.shape[2]):
        plane = planes[..., channel]
        plane = np.ascontiguousarray(plane) if kind == np.uint8 else _narrowed(plane, width)
        out[..., channel] = Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC)
    return out[..., 0] if pixels.ndim == 2 else out


def _narrowed(plane: np.ndarray, width: int) -> np.ndarray:
    """A plane [H, W] at another width as float32: the first of the two passes that Pillow makes of it, to the bit.

    By strips of rows, since floats of a large picture take several times what its whole numbers do.
    """
    out = np.empty((plane.shape[0], width), np.float32)
    for rows in strips(*plane.shape):
        strip = np.ascontiguousarray(plane[rows], np.float32)
        out[rows] = np.asarray(Image.fromarray(strip).resize((width, strip.shape[0]), Image.Resampling.BICUBIC))
    return out


def bilinear(pixels: np.ndarray, size: Size) -> np.ndarray:
    """The pixels at another size, by TensorFlow's bilinear filter, no antialiasing; [H, W, C] -> [h, w, C] float32."""
    from deepdream.runtime import tf  # loads TensorFlow, which reading pictures does not need

    return tf.image.resize(pixels, size).numpy()


def resize_bounded(pixels: np.ndarray, size: Size) -> np.ndarray:
    """As `resize`, but in the pixels' own dtype and range: overshoots are clipped, integers rounded."""
    if pixels.shape[:2] == tuple(size):
        return pixels
    resized = resize(pixels, size)
    if resized.dtype == pixels.dtype == np.uint8:
        return resized
    if pixels.dtype == np.uint16:
        return np.rint(resized.clip(0, 65535, out=resized), out=resized).astype(np.uint16)
    return resized.clip(0.0, 1.0, out=resized)


def target(own: Size, size: Size | None, max_side: int | None) -> Size:
    """The size to resize a picture to: `size`, or its `own` scaled so that no side exceeds `max_side`.

    Raises:
        SettingError: both given, or one that is not positive.
    """
    refuse_exclusive({name: value for name, value in (("size", size), ("max_side", max_side)) if value is not None})
    if size is not None:
        if min(size) < 1:
            raise SettingError(f"size is {size[1]}x{size[0]}; each side must be at least 1.")
        return size
    if max_side is None:
        return own
    if max_side < 1:
        raise SettingError(f"max_side is {max_side}; it must be at least 1.")
    return scaled(own, min(1.0, max_side / max(own)))


def scaled(size: Size, factor: float) -> Size:
    """The size times a factor, rounded; each side is at least one pixel."""
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def to_unit(numbers: np.ndarray, out: np.ndarray) -> None:
    """Integers to float32 0..1, divided by 255 or 65535; [h, w, 1] is broadcast over the channels of out."""
    np.divide(numbers, np.float32(np.iinfo(numbers.dtype).max), out=out)
