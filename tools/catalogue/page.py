"""The catalogue's page: thumbnails of every channel in one file that needs neither server nor network.

page(network, digest, sections, limit=...) -> HTML

Thumbnails are WebP in data URIs, all of one quality: the best at which the page stays within its limit.
"""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
from PIL import Image

from deepdream import __version__
from deepdream.network.layers import Layer

QUALITIES = (80, 70, 60, 50, 40, 30, 20, 10)
"""WebP qualities to try, best first."""

TEMPLATE = Path(__file__).with_name("page.html")


@dataclass(frozen=True)
class Section:
    """One layer's part of the page: of each channel its number, its response and [H, W, 3] float32 RGB in 0..1."""

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
    count = sum(len(section.pictures) for section in sections)
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        network=html.escape(network),
        digest=digest[:12],
        version=__version__,
        count=f"{count:,}",
        layers=str(len(sections)),
        links="\n".join(f'<a href="#{section.layer.name}">{_short(section.layer)}</a>' for section in sections),
        sections="\n".join(_section(section, quality) for section in sections),
    )


def _section(section: Section, quality: int) -> str:
    """A heading with what follows from the layer's place in the network, and a button for each channel."""
    layer = section.layer
    kind = "convolution" if layer.kind == "conv" else "pooling"
    height, width = section.pictures[0][2].shape[:2]
    buttons = "\n".join(
        f'<button data-c="{channel}" title="{layer.name}:{channel}, excited {response:.3g}">'
        f'<img src="{data_uri(pixels, quality)}" width="{width}" height="{height}" alt="" loading="lazy">'
        f"<b>{channel}</b></button>"
        for channel, response, pixels in section.pictures
    )
    return (
        f'<section id="{layer.name}"><h2>{layer.name}</h2>\n'
        f"<p>{kind}, {layer.channels} channels, one position every {layer.stride} px, each sees "
        f"{layer.receptive_field} x {layer.receptive_field} px. Pictures of {width} x {height} px.</p>\n"
        f'<div class="grid">\n{buttons}\n</div></section>'
    )


def _short(layer: Layer) -> str:
    """block4_conv2 as 4.2, block4_pool as 4.pool."""
    block, _, rest = layer.name.partition("_")
    return f"{block.removeprefix('block')}.{rest.removeprefix('conv')}"
