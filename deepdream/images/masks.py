"""Masks from pictures: where a dream acts, and how strongly.

mask(text, size, feather) -> (mask [H, W, 1] float32 0..1, note)     one picture; "!" before its name inverts it
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from deepdream import images
from deepdream.errors import ImageError, SettingError
from deepdream.images.picture import Picture
from deepdream.settings import Size, format_size


def mask(
    text: str, size: Size, feather: float = 0.0, *, read: Callable[[Path], Picture] = images.read
) -> tuple[np.ndarray, str]:
    """A mask of the dream's size.

    Args:
        text: a picture's path; grey level is strength, transparent counts as black; a leading "!" inverts it.
        size: (height, width) of the dream.
        feather: standard deviation of the Gaussian that softens it, in pixels of the dream.
        read: opens the picture.

    Returns:
        [H, W, 1] float32 in 0..1, and a sentence if it had to be resized, else "".

    Raises:
        ImageError: it can't be read, or is black everywhere.
        SettingError: the text names no picture.
    """
    if not (name := text.removeprefix("!").strip()):
        raise SettingError(f"mask {text!r} names no picture.", "Type for example --mask sky.png, or '!sky.png'.")
    path = Path(name).expanduser()
    picture = read(path)
    grey = picture.pixels.mean(axis=2)  # [H, W]
    if picture.alpha is not None:
        grey *= picture.alpha
    if text.startswith("!"):
        grey = 1 - grey
    note = ""
    if grey.shape != size:
        note = f"The mask {path} is {format_size(grey.shape)}; it was resized to the dream's {format_size(size)}."
        grey = np.clip(images.resize(grey[..., None], size)[..., 0], 0, 1)
    if feather and grey.any():
        levels = Image.fromarray(np.round(grey * 255).astype(np.uint8))
        grey = np.asarray(levels.filter(ImageFilter.GaussianBlur(feather)), np.float32) / 255
        if not grey.any():
            raise ImageError(
                f"A feather of {feather:g} pixels leaves nothing of the mask {text}.", "Give a smaller one."
            )
    if not grey.any():
        raise ImageError(f"The mask {text} is black everywhere: nothing would be dreamt.", "White is where to dream.")
    return np.ascontiguousarray(grey[..., None], np.float32), note
