"""Files with bytes changed, lost or added, in every place that takes a file: read or refused, never an internal error.

A place is one line in PLACES: what reads a file, and the sound files that mutants are made of.
"""

import io
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from deepdream import images
from deepdream.errors import RequestError
from deepdream.images import icc, masks
from tests.images import files

MUTANTS = 2000
"""Of each place, seeded by their numbers."""
LIMIT = 2.0
"""Megapixels: a mutant may well have a header of a billion pixels."""


class Place(NamedTuple):
    """What takes a file, and the files it takes."""

    read: Callable[[Path], object]
    seeds: Callable[[], dict[str, bytes]]


def saved(kind: str, image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(numbers: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, numbers, **options)
    return buffer.getvalue()


def pictures() -> dict[str, bytes]:
    """A small file of each kind that decoders tell apart, with the metadata that people's files carry."""
    numbers = files.smooth()
    plain, palette = Image.fromarray(numbers), Image.fromarray(numbers).quantize(16)
    clear = Image.fromarray(np.dstack([numbers, numbers[..., 0]]))
    block = b"Exif\0\0" + files.exif(
        {0x010E: (2, b"text\0"), 274: (3, b"\6\0")}, {0x9000: (7, b"0230")}, {1: (2, b"N\0")}
    )
    found = {
        "png": saved("PNG", plain, exif=block, icc_profile=icc.SRGB),
        "palette.png": saved("PNG", palette, transparency=3),
        "deep.png": imagecodecs.png_encode(numbers.astype(np.uint16) * 257),
        "jpg": saved("JPEG", plain, exif=block),
        "progressive.jpg": saved("JPEG", plain, progressive=True),
        "webp": saved("WEBP", clear, exif=block),
        "gif": saved("GIF", palette),
        "bmp": saved("BMP", plain),
        "avif": saved("AVIF", clear, exif=block),
        "lzw.tif": tiff(numbers, photometric="rgb", compression="lzw"),
        "big.tif": tiff(numbers.astype(np.uint16), photometric="rgb", bigtiff=True, byteorder=">"),
        "inks.tif": tiff(np.dstack([numbers, numbers[..., 0]]), photometric="separated", tile=(16, 16)),
        "floats.tif": tiff((numbers / 255).astype(np.float32), photometric="rgb", compression="deflate", predictor=3),
        "jpeg.tif": tiff(numbers, photometric="rgb", compression="jpeg"),
        "subsampled.tif": files.ycbcr_tiff(numbers, 2, 2),
    }
    try:
        import pillow_heif
    except ImportError:
        return found
    buffer = io.BytesIO()
    pillow_heif.from_pillow(plain).save(buffer, quality=90, exif=block[6:])
    return found | {"heic": buffer.getvalue()}


def recorded() -> dict[str, bytes]:
    """Pictures that carry a recipe."""
    found, path = {}, Path("recorded")
    for suffix in images.SUFFIXES_WRITTEN:
        name = path.with_suffix(suffix)
        images.write(name, files.smooth() / np.float32(255), recipe={"settings": {"layers": "block4"}, "note": "é<&"})
        found[suffix[1:]] = name.read_bytes()
    return found


def read_and_write(path: Path) -> None:
    picture = images.read(path, limit_megapixels=LIMIT)
    for suffix in (".tif", ".jpg"):
        images.write(path.with_name(f"out{suffix}"), picture.pixels, like=picture)


PLACES = {
    "picture": Place(read_and_write, pictures),
    "mask": Place(lambda path: masks.mask(str(path), (20, 30), read=partial(images.read, memory=2**31)), pictures),
    "recipe inside a picture": Place(images.read_recipe, recorded),
}


def mutants(seeds: dict[str, bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """The seeds in turn, each changed in one of six ways."""
    names = list(seeds)
    for number in range(count):
        name, rng = names[number % len(names)], random.Random(number)
        data = bytearray(seeds[name])
        at = rng.randrange(len(data))
        way = rng.randrange(6)
        if way == 0:
            del data[at:]
        elif way == 1:
            for _ in range(rng.randrange(1, 5)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        elif way == 2:
            data[at] ^= 1 << rng.randrange(8)
        elif way == 3:
            del data[at : at + rng.randrange(1, 40)]
        elif way == 4:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
        else:  # headers, where sizes and counts are
            data[at % 200 % len(data)] = rng.choice((0, 1, 127, 128, 255))
        yield f"{number} of {name}", bytes(data)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", PLACES)
def test_a_mutant_is_taken_or_refused_and_nothing_else(tmp_path, monkeypatch, capfd, place):
    monkeypatch.chdir(tmp_path)
    read, seeds = PLACES[place]
    path, refused = tmp_path / "mutant", []
    for name, data in mutants(seeds(), MUTANTS):
        path.write_bytes(data)
        try:
            read(path)
        except RequestError as error:
            refused.append(str(error))
        except Exception as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
    assert 0 < len(refused) < MUTANTS
    assert [message for message in refused if str(path) not in message] == []
    assert capfd.readouterr().err == ""
