"""Paint from indexed pictures: which brush was used at each pixel, and how it is written.

read(path, size, brushes) -> (index [H, W] uint8, note) · resized(index, size) -> index
mask(index) -> [H, W, 1] · png(index) -> bytes
"""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from deepdream.errors import ImageError, plural
from deepdream.settings import Size, format_size

DAMAGED = "it is damaged or cut short"

COLOURS = ("#000000", "#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4", "#46f0f0", "#f032e6")
"""Colour of no paint, and of the brushes in turn, in the files that are written."""


def read(path: Path, size: Size, brushes: int) -> tuple[np.ndarray, str]:
    """The brush of each pixel.

    Args:
        path: an indexed picture (PNG or GIF): 0 is no paint, 1 the first brush.
        size: (height, width) of the dream.
        brushes: how many there are.

    Returns: [H, W] uint8, and a sentence if it had to be resized, else "".

    Raises:
        ImageError: it can't be read, is not indexed, is empty, or has more colours than there are brushes.
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            if image.mode != "P":
                raise ImageError(
                    f"The paint {path} is not an indexed picture: its colours have to be numbers of brushes.",
                    "Save it as a PNG with a palette.",
                )
            index = np.asarray(image, np.uint8)
    except ImageError:
        raise
    except Image.DecompressionBombError:
        raise ImageError(f"The paint {path} is larger than 178 megapixels, the most that is read of paint.") from None
    except UnidentifiedImageError:
        raise ImageError(f"The paint {path} is not a picture.") from None
    except OSError as error:
        raise ImageError(f"The paint {path} can't be read: {error.strerror or DAMAGED}.") from None
    except Exception:  # decoders raise of every kind on bytes that are not what they should be
        raise ImageError(f"The paint {path} can't be read: {DAMAGED}.") from None
    if not index.any():
        raise ImageError(f"The paint {path} is empty: nothing would be dreamt.", "Its colours from 1 are the brushes.")
    if index.max() > brushes:
        raise ImageError(
            f"The paint {path} has the colour {index.max()}, and there {'is' if brushes == 1 else 'are'} "
            f"{plural(brushes, 'brush', 'brushes')}.",
            "Name them with --brushes, separated by semicolons.",
        )
    if index.shape == size:
        return index, ""
    note = f"The paint {path} is {format_size(index.shape)}; it was resized to the dream's {format_size(size)}."
    return resized(index, size), note


def resized(index: np.ndarray, size: Size) -> np.ndarray:
    """The paint at another size (height, width), each pixel from the nearest."""
    if index.shape == tuple(size):
        return index
    return np.asarray(Image.fromarray(index).resize((size[1], size[0]), Image.Resampling.NEAREST))


def mask(index: np.ndarray) -> np.ndarray:
    """Where there is paint, [H, W, 1] float32: 1, elsewhere 0."""
    return (index > 0).astype(np.float32)[..., None]


def png(index: np.ndarray) -> bytes:
    """The paint [H, W] uint8 as an indexed PNG."""
    image = Image.fromarray(index).convert("L")
    image.putpalette([int(colour[at : at + 2], 16) for colour in _palette() for at in (1, 3, 5)])
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _palette() -> list[str]:
    """256 colours; the brushes' repeat."""
    first, *others = COLOURS
    return [first, *(others[number % len(others)] for number in range(255))]
