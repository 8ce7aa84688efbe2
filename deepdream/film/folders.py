"""Folders of pictures as films: read in natural order."""

from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream.errors import ImageError
from deepdream.film.source import Source, Stream
from deepdream.images.folders import pictures
from deepdream.settings import format_size


def opened(folder: Path, rate: Fraction) -> Source:
    """The pictures of a folder, in natural order, as a film.

    Raises:
        ImageError: there are none, or one has another size, as far as its header tells.
    """
    paths = pictures(folder)
    if not paths:
        raise ImageError(f"The folder {folder} holds no pictures.")
    first = images.read(paths[0])
    height, width = first.pixels.shape[:2]
    for path in paths:
        if {*images.read_size(path)} != {height, width}:  # the header has it before it is turned upright
            _pixels(path, (height, width))

    def read(source: Source) -> Stream:
        for number, path in enumerate(paths):
            yield number, 1, partial(_pixels, path, (height, width))

    return Source(
        path=folder,
        kind="folder",
        size=(height, width),
        time_base=1 / rate,
        rate=rate,
        count=len(paths),
        read=read,
        bits=first.bits,
    )


def _pixels(path: Path, size: tuple[int, int]) -> np.ndarray:
    pixels = images.read(path).pixels
    if pixels.shape[:2] != size:
        raise ImageError(
            f"{path} is {format_size(pixels.shape[:2])}; the film's first picture is {format_size(size)}.",
            "All pictures of a film need the same size.",
        )
    return pixels
