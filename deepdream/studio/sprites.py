"""Thumbnails that ship with the package: one sprite per layer, by the digest of the weights that they were drawn with.

find(digest, layer, channel) -> JPEG, or None where none ship       path(digest, layer) · sheet(thumbnails) -> sprite
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image

SIDE, COLUMNS = 64, 16
"""Pixels of a thumbnail, and how many of them make a row."""


def path(digest: str, layer: str) -> Path:
    """The file of a layer's sprite; few networks have any."""
    return Path(__file__).parent / "sprites" / digest[:16] / f"{layer}.webp"


def sheet(thumbnails: Sequence[Image.Image]) -> Image.Image:
    """The sprite of these thumbnails, SIDE pixels square each, row by row."""
    sprite = Image.new("RGB", (COLUMNS * SIDE, -(-len(thumbnails) // COLUMNS) * SIDE))
    for number, thumbnail in enumerate(thumbnails):
        sprite.paste(thumbnail, _corner(number))
    return sprite


def find(digest: str, layer: str, channel: int) -> bytes | None:
    """The thumbnail of a channel that a layer has, as a JPEG; None where none ship for these weights."""
    file = path(digest, layer)
    if not file.exists():
        return None
    left, top = _corner(channel)
    found = io.BytesIO()
    _opened(file).crop((left, top, left + SIDE, top + SIDE)).save(found, "JPEG", quality=90)
    return found.getvalue()


@lru_cache(maxsize=4)
def _opened(file: Path) -> Image.Image:
    with Image.open(file) as sprite:
        return sprite.convert("RGB")


def _corner(number: int) -> tuple[int, int]:
    """Left and top of a thumbnail in its sprite."""
    return number % COLUMNS * SIDE, number // COLUMNS * SIDE
