"""Pages of one HTML file that embed their pictures, plots and text.

html(template, ...) -> text                 a Jinja template of this package; it extends base.html beside this file
data_uri(pixels, side) -> address           a picture inside the page
write_text(path, text) · write_csv(path, rows)   atomically

A template has all its text and loops; values are escaped. A page loads nothing from outside, and its content security
policy forbids it. `slider.html` lays one of several pictures over an original.
"""

import base64
import csv
import io
import math
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FunctionLoader, StrictUndefined
from PIL import Image

from deepdream import images
from deepdream._version import __version__
from deepdream.atomic import replacing
from deepdream.errors import StorageError, plural
from deepdream.images import outputs, scale

LARGE, SMALL, QUALITY = 900, 480, 78
"""Longest side in pixels of a page's main pictures and of the others, and the WebP quality of both."""


def html(template: str, *, title: str, made: Sequence[tuple[str, str]], **values: Any) -> str:
    """The page.

    Args:
        template: its file in the package, such as "compare/page.html".
        title: of the page.
        made: rows of (what, value) on how it was made.
        values: whatever else the template names.
    """
    environment = Environment(
        loader=FunctionLoader(lambda name: resources.files("deepdream").joinpath(name).read_text("utf-8")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["number"] = _number
    environment.globals["plural"] = plural
    return environment.get_template(template).render(title=title, made=made, version=__version__, **values)


def data_uri(pixels: np.ndarray, side: int, profile: bytes | None = None) -> str:
    """A picture as a data URI, no side longer than `side`.

    Args:
        pixels: [H, W, 3] float32 RGB in 0..1.
        side: in pixels.
        profile: its ICC profile, embedded; None for sRGB.
    """
    if max(pixels.shape[:2]) > side:
        pixels = images.resize(pixels, scale.target(pixels.shape[:2], None, side))
    file = io.BytesIO()
    image = Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    image.save(file, "WEBP", quality=QUALITY, method=4, icc_profile=profile or b"")
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def write_text(path: Path, text: str) -> Path:
    """Write a text file atomically.

    Raises:
        ImageError: it can't be written there, see `images.outputs.check_file`.
        StorageError: the disk refused.
    """
    outputs.check_file(path)
    try:
        with replacing(path) as part:
            part.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{path} could not be written: {reason}.", "Make room, or name another output.") from error
    return path


def write_csv(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write a CSV file atomically; raises as `write_text`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return write_text(path, text.getvalue())


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"
