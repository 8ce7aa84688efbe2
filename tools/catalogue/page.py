"""The catalogue's page: thumbnails of every channel in one file that needs neither server nor network.

page(network, digest, sections, limit=...) -> HTML

page.html beside this file is the page's Jinja template, with all its text and loops. Thumbnails are WebP data URIs of
one quality, the best at which the page stays within its limit.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from PIL import Image

from deepdream import __version__
from deepdream.network.layers import Layer

QUALITIES = (80, 70, 60, 50, 40, 30, 20, 10)
"""WebP qualities to try, best first."""

TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True)
class Section:
    """One layer's part of the page: number, response and picture ([H, W, 3] float32 RGB in 0..1) of each channel."""

    layer: Layer
    pictures: tuple[tuple[int, float, np.ndarray], ...]


def page(network: str, digest: str, sections: Sequence[Section], *, limit: int) -> str:
    """The whole page, at most `limit` bytes long.

    Args:
        network: its name.
        digest: sha256 of its weights.
        sections: layer after layer.
        limit: bytes of the page in UTF-8.

    Raises:
        ValueError: not even the lowest quality fits.
    """
    for quality in QUALITIES:
        text = _filled(network, digest, sections, quality)
        if len(text.encode()) <= limit:
            return text
    raise ValueError(f"the page does not fit into {limit} bytes at any quality")


def data_uri(pixels: np.ndarray, quality: int) -> str:
    """A picture as a WebP data URI."""
    buffer = io.BytesIO()
    numbers = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    Image.fromarray(numbers).save(buffer, "WEBP", quality=quality, method=6)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _filled(network: str, digest: str, sections: Sequence[Section], quality: int) -> str:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        network=network,
        digest=digest[:12],
        version=__version__,
        count=sum(len(section.pictures) for section in sections),
        sections=sections,
        uri=partial(data_uri, quality=quality),
    )
