"""PNG and TIFF of more than 8 bits per channel, which Pillow would cut or not open: read by imagecodecs.

holds(image) -> whether an opened file is one        pixels(image, path) -> [H, W, C] uint16, and what to tell
layouts() -> a context in which Pillow opens those TIFFs of this kind, too, that it has no mode for
"""

import contextlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin

from deepdream.errors import ImageError
from deepdream.images.strips import strips

_BITS, _PHOTOMETRIC, _PLANES, _EXTRA, _FORMAT = 258, 262, 284, 338, 339  # TIFF's numbers of its tags
_WHOLE, _FLOAT = 1, 3  # what _FORMAT says


@contextlib.contextmanager
def layouts() -> Iterator[None]:
    """Pillow's table of TIFF layouts with those added that only imagecodecs reads: grey with alpha, and floats.

    Pillow is then good for their sizes and tags, which is all that it is asked for here.
    """
    table, added = TiffImagePlugin.OPEN_INFO, {}
    grey_or_rgb = ((0, 1), (1, 1), (2, 3))  # photometric, colours
    for order, (kind, colours), extra in product((b"II", b"MM"), grey_or_rgb, ((), (0,), (1,), (2,))):
        for form, bits in ((_WHOLE, 16), (_FLOAT, 16), (_FLOAT, 32), (_FLOAT, 64)):
            key = (order, kind, (form,), 1, (bits,) * (colours + len(extra)), extra)
            if key not in table:
                added[key] = ("F", "F;32F")
    table.update(added)
    try:
        yield
    finally:
        for key in added:
            del table[key]


def holds(image: Image.Image) -> bool:
    """Whether a file that Pillow has opened holds 16 bits or floats per channel."""
    if image.format == "PNG":
        with Path(image.filename).open("rb") as file:  # type: ignore[attr-defined]
            return file.read(25)[24] == 16
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        return max(tags.get(_BITS, (1,))) == 16 or _FLOAT in tags.get(_FORMAT, ())
    return False


def pixels(image: Image.Image, path: Path) -> tuple[np.ndarray, str]:
    """The numbers of a file that `holds`, and a sentence about what was lost, or "".

    Returns: [H, W, C] uint16; C is 1, 2 (grey, alpha), 3 or 4 (RGB, alpha).

    Raises:
        ImageError: numbers of another type or shape, or that are not finite.
    """
    import imagecodecs  # here: most pictures do without it

    data, note = path.read_bytes(), ""
    numbers = imagecodecs.png_decode(data) if image.format == "PNG" else imagecodecs.tiff_decode(data)
    if np.issubdtype(numbers.dtype, np.floating):
        numbers, note = (
            _whole(numbers, path),
            "its floats are read as 16 bits from 0 to 1; what lies outside is cut off.",
        )
    if image.format == "TIFF":
        numbers = _as_in_other_formats(numbers, image.tag_v2)  # type: ignore[attr-defined]
    if numbers.ndim == 2:
        numbers = numbers[..., None]
    if numbers.dtype != np.uint16 or numbers.ndim != 3 or numbers.shape[2] not in (1, 2, 3, 4):
        raise refusal(path, f"{numbers.dtype} of shape {numbers.shape}")
    return numbers, note


def refusal(path: Path, what: str) -> ImageError:
    """The error of a file whose pixels are of a kind that is not read."""
    return ImageError(f"{path} holds {what}; only {KINDS} are read.", "Export it again as PNG.")


KINDS = "grey and RGB of 8 bits, 16 bits or floats, and CMYK"
"""What is read, in words."""


def _whole(numbers: np.ndarray, path: Path) -> np.ndarray:
    """Floats in 0..1 as uint16, by rows; what lies outside is clipped."""
    out = np.empty(numbers.shape, np.uint16)
    for row, strip in zip(out, numbers, strict=True):
        if np.isnan(strip).any():
            raise ImageError(f"{path} holds numbers that are not finite.", "Export it again as PNG.")
        row[...] = np.rint(np.clip(strip, 0.0, 1.0) * np.float64(65535))
    return out


def _as_in_other_formats(numbers: np.ndarray, tags: dict) -> np.ndarray:
    """A TIFF's numbers with channels last, white high, and colours not multiplied by alpha."""
    if tags.get(_PLANES) == 2 and numbers.ndim == 3:  # a plane per channel
        numbers = np.ascontiguousarray(np.moveaxis(numbers, 0, -1))
    if tags.get(_PHOTOMETRIC) == 0:  # white is zero
        colours = numbers if numbers.ndim == 2 else numbers[..., :1]
        np.subtract(65535, colours, out=colours)
    if tags.get(_EXTRA, ())[:1] == (1,) and numbers.ndim == 3 and numbers.shape[2] in (2, 4):  # associated alpha
        for rows in strips(*numbers.shape[:2]):
            alpha = np.maximum(numbers[rows, :, -1:], 1).astype(np.float32)
            numbers[rows, :, :-1] = np.rint(np.minimum(numbers[rows, :, :-1] * (65535 / alpha), 65535))
    return numbers
