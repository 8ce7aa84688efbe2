"""Reading and writing GIF, animated PNG and animated WebP, by Pillow.

opened(path) -> Source · write(path, frames, ...)
"""

import itertools
import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from deepdream.atomic import replacing
from deepdream.errors import ImageError
from deepdream.film.source import Source, Stream
from deepdream.images import metadata

TICK = Fraction(1, 1000)
SHORTEST = 20
"""Milliseconds: shorter frames of a GIF are shown for 100 by browsers."""


def opened(path: Path) -> Source:
    """The frames of an animation.

    Raises:
        ImageError: it can't be read.
    """
    try:
        with Image.open(path) as image:
            count, size = getattr(image, "n_frames", 1), (image.height, image.width)
            loops = int(image.info.get("loop", 1))
            durations, clear = [], False
            for number in range(count):
                image.seek(number)
                image.load()
                durations.append(_shown(image))
                clear = clear or bool(np.asarray(image.convert("RGBA"))[..., 3].min() < 255)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ImageError(f"{path} can't be read as an animation: {error}.") from None

    def read(source: Source) -> Stream:
        with Image.open(path) as image:
            for number, pts in enumerate(itertools.accumulate([0, *durations[:-1]])):
                image.seek(number)
                rgba = image.convert("RGBA")
                flat = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
                yield pts, durations[number], partial(_pixels, flat)

    return Source(
        path=path,
        kind="animation",
        size=size,
        time_base=TICK,
        rate=Fraction(count * 1000, max(sum(durations), 1)),
        count=count,
        read=read,
        loops=loops,
        notes=["Its transparency can't be kept: what is transparent becomes white."] if clear else [],
    )


def _pixels(flat: Image.Image) -> np.ndarray:
    return np.asarray(flat, np.float32) / np.float32(255)


def _shown(image: Image.Image) -> int:
    """Milliseconds that a frame is shown."""
    return round(image.info.get("duration", 100)) or 100


def write(
    path: Path, frames: Iterable[np.ndarray], durations: list[int], *, loops: int, recipe: dict[str, Any], quality: int
) -> None:
    """Write an animation, atomically.

    Args:
        path: ends in .gif, .apng or .webp.
        frames: [H, W, 3] float32 RGB in 0..1.
        durations: milliseconds of each frame.
        loops: 0 for ever.
        recipe: the record to embed: XMP in PNG and WebP, a comment in GIF.
        quality: of WebP, 1 to 100.
    """
    suffix = path.suffix.lower()
    numbers = (np.rint(np.clip(frame, 0, 1) * 255).astype(np.uint8) for frame in frames)
    pictures: Iterator[Image.Image] = map(Image.fromarray, numbers)
    how: dict[str, Any] = {"save_all": True, "duration": durations, "loop": loops}
    packet = metadata.packet(recipe)
    if suffix == ".gif":
        pictures = (picture.quantize(256, Image.Quantize.MEDIANCUT) for picture in pictures)
        how |= {"format": "GIF", "comment": json.dumps(recipe, separators=(",", ":")).encode(), "optimize": False}
    elif suffix == ".webp":
        how |= {"format": "WEBP", "xmp": packet, "quality": quality, "method": 4, "minimize_size": False}
    else:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        how |= {"format": "PNG", "pnginfo": info}
    if len(durations) == 1:
        how["duration"] = durations[0]
    first, others = next(pictures), pictures
    with replacing(path) as part:
        first.save(part, append_images=others if suffix == ".gif" else list(others), **how)
