"""Files with bytes changed, lost or added, in every place that takes a file: read or refused, never an internal error.

A place is one line in PLACES: what reads a file, and the sound files that mutants are made of.
"""

import contextlib
import io
import json
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from deepdream import images
from deepdream.batch import sources
from deepdream.cli import recipes as recipes_command
from deepdream.cli import show
from deepdream.errors import RequestError
from deepdream.film.keyframes import read as read_keyframes
from deepdream.images import encode, exif, icc, masks, paint
from deepdream.network.weights import locations, lookup, verify
from deepdream.network.weights.manifest import WeightSet
from deepdream.pipeline import provenance, replay
from deepdream.pipeline.request import understand
from deepdream.pipeline.session import Session
from tests.images import files
from tests.network import keras_examples
from tests.network.weights import weight_files

LIMIT = 2.0
"""Megapixels: a mutant may well have a header of a billion pixels."""
SESSION = Session()
"""Shared by the requests: the network is read once."""
PICTURE = files.smooth() / np.float32(255)
FAST = {"network": "pocket", "layers": "block1", "octaves": 1, "steps": 1}


SMALL = {"vgg19": WeightSet("vgg19", weight_files.VGG, ())}
"""A network in place of VGG19, so that its files have a few kilobytes."""


class Place(NamedTuple):
    """What takes a file.

    Attributes:
        read: takes it.
        seeds: the files it takes.
        count: of their mutants.
        name: that a mutant gets.
        quotes: whether a refusal always names the file; one of a text may name what stands in it.
    """

    read: Callable[[Path], object]
    seeds: Callable[[], dict[str, bytes]]
    count: int = 2000
    name: str = "mutant"
    quotes: bool = True


def saved(kind: str, image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(numbers: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, numbers, **options)
    return buffer.getvalue()


def pictures() -> dict[str, bytes]:
    """A small file of each kind that decoders distinguish, with the metadata that people's files carry."""
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


RECORD = {
    "version": "0.1",
    "settings": {**FAST, "recipe": "classic", "mask": None, "size": [30, 20], "step_size": 0.01, "start": "noise"},
    "network": "pocket",
    "weights": lookup.load("pocket").digest,
    "files": {"mask.png": "0" * 64},
    "input": {"digest": "", "canvas": True, "path": "photo.png"},
    "notes": ["é<&"],
    "runtime": {"tensorflow": "2.21", "device": "CPU", "threads": 2, "convolution": ["direct"]},
    "partial": {"steps": 3},
    "bits": 16,
}
"""What a picture carries."""


def recorded() -> dict[str, bytes]:
    """Pictures that carry a recipe."""
    found, path = {}, Path("recorded")
    for suffix in images.SUFFIXES_WRITTEN:
        name = path.with_suffix(suffix)
        images.write(name, PICTURE, recipe=RECORD)
        found[suffix[1:]] = name.read_bytes()
    return found


def packets() -> dict[str, bytes]:
    """What such a picture carries, before it is packed."""
    sheet = {"kind": "feature", "version": "0.1", "network": "pocket", "channels": [1, 2], "settings": {"seed": 1}}
    return {
        name: f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><d:r xmlns:d="urn:deepdream:recipe:1#"><d:recipe>{text}</d:recipe>
            </d:r></x:xmpmeta>""".encode()
        for name, text in (("dream", escape(json.dumps(RECORD))), ("sheet", json.dumps(sheet)))
    }


def painted() -> dict[str, bytes]:
    """Indexed pictures."""
    index = (np.arange(600).reshape(20, 30) // 97).astype(np.uint8)
    return {"png": paint.png(index), "gif": saved("GIF", Image.fromarray(index))}


def regions() -> dict[str, bytes]:
    Path("flower.png").write_bytes(saved("PNG", Image.fromarray(files.smooth())))
    one = '[[region]]\nmask = "!flower.png"\nfeather = 2\nlayers = "block1"\nobjective = "mean"\nstrength = -0.5\n'
    return {"two": f'{one}\n[[region]]\nguide = "flower.png"\nlayers = "block1_conv2:3+4=0.5"\n'.encode()}


def recipes() -> dict[str, bytes]:
    Path("flower.png").write_bytes(saved("PNG", Image.fromarray(files.smooth())))
    words = 'look = "thin lines"\ncost = "little"\nsource = "own"\nbased_on = "seed"\n'
    settings = 'steps = "3/2"\nstep_size = 0.01\nsize = "30x20"\npalette = "flower.png"\nhold = true\n'
    return {"own": f'{words}{settings}[networks.pocket]\nlayers = "block2:1+2"\n'.encode()}


def weights() -> dict[str, bytes]:
    """Files of every layout, of a small network."""
    layouts = (
        weight_files.save_legacy,
        weight_files.save_keras3,
        weight_files.save_npz,
        weight_files.save_safetensors,
    )
    named = weight_files.random_named()
    return {save.__name__: save(Path("seed.npz"), named).read_bytes() for save in layouts}


def model(name: str) -> dict[str, bytes]:
    return {name: keras_examples.saved(keras_examples.branching(), Path(name)).read_bytes()}


def keyframes() -> dict[str, bytes]:
    one = '[[keyframe]]\nseconds = 0.5\nstrength = 1.5\nease = "linear"\n'
    return {"two": f"{one}\n[[keyframe]]\nseconds = 4\nstrength = 0.25\n".encode()}


def names() -> dict[str, bytes]:
    Path("flower.png").write_bytes(saved("PNG", Image.fromarray(files.smooth())))
    return {"list": "flower.png\nüñí/a b.png\n/gone.png\n".encode() * 3}


def read_and_write(path: Path) -> None:
    picture = images.read(path, limit_megapixels=LIMIT)
    for suffix in (".tif", ".jpg"):
        images.write(path.with_name(f"out{suffix}"), picture.pixels, like=picture)


def dreamt_with(setting: str, path: Path) -> None:
    """All that a dream's command does with a file before the first step."""
    understand(PICTURE, FAST | {"memory": "1GiB", setting: str(path)}, session=SESSION)


def recalled(path: Path) -> None:
    """All that is done with a picture's recipe."""
    carried = provenance.read_any(path)
    provenance.carries(path, RECORD)
    if "kind" in carried:
        show.describe_other(carried, path)
        return
    show.describe(carried, path)
    show.typed(carried, path)
    recipes_command.taken(carried, [])
    provenance.differences(carried, RECORD)
    source = replay.find_input(carried, path)
    request = understand(source, replay.given(carried, path), session=SESSION, limit_megapixels=LIMIT)
    replay.refuse(carried, path, str(source), digest=request.picture.digest, weights=request.network.digest)
    replay.refuse_files(carried, path, request.files)


def recalled_packet(path: Path) -> None:
    extras = encode.Extras(None, exif.Exif(), None, path.read_bytes(), 95)
    path.write_bytes(b"".join(encode.png(files.smooth(), extras)))
    recalled(path)


def over_time(path: Path) -> None:
    curves = read_keyframes(path, {"strength": 1.0}, {"strength": (0.0, 2.0)})
    curves.total("strength", 5.0)


def listed(path: Path) -> None:
    found = sources.find((), sources.listed(path), Path("out"))
    for item in found.items:
        with contextlib.suppress(RequestError):
            images.read(item.source, limit_megapixels=LIMIT)


def loaded(path: Path) -> None:
    verify.load_verified(locations.Location("file", path), SMALL)


PLACES = {
    "picture": Place(read_and_write, pictures),
    "mask": Place(lambda path: masks.mask(str(path), (20, 30), read=partial(images.read, memory=2**31)), pictures),
    "paint": Place(lambda path: paint.read(path, (20, 30), 255), painted),
    "guide": Place(partial(dreamt_with, "guide"), pictures),
    "palette": Place(partial(dreamt_with, "palette"), pictures),
    "regions": Place(partial(dreamt_with, "regions"), regions, quotes=False),
    "recipe": Place(partial(dreamt_with, "recipe"), recipes, name="mutant.toml", quotes=False),
    "keyframes": Place(over_time, keyframes),
    "list of names": Place(listed, names, quotes=False),
    "recipe inside a picture": Place(recalled, recorded, quotes=False),
    "notes inside a picture": Place(recalled_packet, packets, quotes=False),
    "weights": Place(loaded, weights),
    "model": Place(lambda path: lookup.load(str(path)), partial(model, "a.keras"), count=250, name="mutant.keras"),
    "older model": Place(lambda path: lookup.load(str(path)), partial(model, "a.h5"), count=250, name="mutant.h5"),
}


WORD = re.compile(rb'"[^"]*"|[\w.+-]+')
INSTEAD = (b"null", b"[]", b"{}", b"-1", b'"x"', b"1e999", b"true", b"NaN", b"99999999999999999999", b"[[1]]", b'""')


def mutants(seeds: dict[str, bytes], count: int) -> Iterator[tuple[str, bytes]]:
    """The seeds in turn, each changed in one of six ways; text in a seventh, a word that is another."""
    names = list(seeds)
    for number in range(count):
        name, rng = names[number % len(names)], random.Random(number)
        data = bytearray(seeds[name])
        at = rng.randrange(len(data))
        way = rng.randrange(12 if data.isascii() else 6)
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
        elif way == 5:  # headers, where sizes and counts are
            data[at % 200 % len(data)] = rng.choice((0, 1, 127, 128, 255))
        else:
            word = rng.choice(list(WORD.finditer(data)))
            data[word.start() : word.end()] = rng.choice(INSTEAD)
        yield f"{number} of {name}", bytes(data)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", PLACES)
def test_a_mutant_is_taken_or_refused_and_nothing_else(tmp_path, monkeypatch, capfd, place):
    monkeypatch.chdir(tmp_path)
    kind = PLACES[place]
    path, refused = tmp_path / kind.name, []
    for name, data in mutants(kind.seeds(), kind.count):
        path.write_bytes(data)
        try:
            kind.read(path)
        except RequestError as error:
            refused.append(str(error))
        except Exception as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
    assert 0 < len(refused) < kind.count
    assert [message for message in refused if kind.quotes and str(path) not in message] == []
    assert capfd.readouterr().err == ""
