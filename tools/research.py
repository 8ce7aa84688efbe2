"""Makes the pictures of docs/research.md: `python -m tools.research [SHEET ...] [--weights FILE]`.

Without a name, all sheets are made. Those by VGG16 need a file of its weights, which are no part of the repository; a
sheet is one network's, so that those by the pocket network can be made again by themselves when it changes. Every
picture is of channels alone or of the sample picture and parts of it.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import deepdream
from deepdream import SAMPLE, images
from deepdream.attribution.methods import METHODS
from deepdream.features import examples
from deepdream.features.atlas import outputs
from deepdream.features.files import on_white
from deepdream.features.request import understand
from deepdream.features.settings import FeatureSettings
from deepdream.images import heatmap
from deepdream.images.contact_sheet import sheet
from deepdream.network.weights import lookup
from deepdream.objectives.excitement import feature_maps

DOCS = Path(__file__).resolve().parent.parent / "docs"

Cell = tuple[str, np.ndarray]
"""A label and a picture."""

WIDE, TALL, QUALITY = 300, 200, 82
"""Size of a cell in pixels, in the sample's shape, and the quality of WebP."""


@dataclass(frozen=True)
class Artist:
    """What makes a sheet's pictures.

    Attributes:
        by: the network, and the file of its weights, as arguments of the package's calls.
        parts: a folder with parts of the sample picture, see `cut`.
    """

    by: dict[str, Any] = field(default_factory=dict)
    parts: Path = Path()

    def dreamt(self, target: str, name: str = "") -> Cell:
        """The sample picture with a target dreamt."""
        made = deepdream.dream(SAMPLE, layers=self._filled(target), max_side=600, **self.by)
        return name or f"dream {target}", made.picture

    def drawn(self, target: str, name: str = "", *, nth: int = 0, **given: Any) -> Cell:
        """A picture that `features` draws."""
        found: dict[str, Any] = {
            key: self._filled(value) if isinstance(value, str) else value for key, value in given.items()
        }
        made = deepdream.draw_features(self._filled(target), **self.by, **found)[nth]
        return name or target, on_white(images.Picture(made.pixels, made.alpha))

    def _filled(self, text: str) -> str:
        """A target with the names of parts turned into their paths."""
        for name, path in {"sample": SAMPLE, **{part.name: part for part in self.parts.iterdir()}}.items():
            text = text.replace(f"({name}", f"({path}").replace(f",{name})", f",{path})")
        return str(SAMPLE) if text == "sample" else text


def cut(folder: Path) -> None:
    """Cut the sample picture: `sky` and `shore`, its upper and its lower half; the folders `high` and `low`, four parts
    each of its upper and lower thirds; the folder `tiles`, twelve parts of it; `v.npy`, a direction of two channels.
    """
    pixels = images.read(SAMPLE).pixels
    height = len(pixels)
    upper, middle, lower = (list(np.split(row, 4, axis=1)) for row in np.split(pixels, 3, axis=0))
    images.write(folder / "sky.png", pixels[: height // 2])
    images.write(folder / "shore.png", pixels[height // 2 :])
    for name, parts in {"high": upper, "low": lower, "tiles": [*upper, *middle, *lower]}.items():
        (folder / name).mkdir()
        for number, part in enumerate(parts):
            images.write(folder / name / f"part{number:02d}.png", part)
    vector = np.zeros(512, np.float32)
    vector[[87, 130]] = 1
    np.save(folder / "v.npy", vector)


def targets(artist: Artist) -> list[list[Cell]]:
    """Every kind of target but classes, dreamt or drawn."""
    return [
        [
            artist.dreamt("block4_conv3"),
            artist.dreamt("block4_conv2:87"),
            artist.dreamt("block4_conv3:top5"),
            artist.dreamt("block4_conv2:vector(v.npy)"),
        ],
        [
            artist.dreamt("block4_conv3:like(sample)"),
            artist.dreamt("block4_conv3:difference(shore.png,sky.png)", "dream block4_conv3:difference(shore,sky)"),
            artist.dreamt("block5_conv1:concept(low,high)"),
            artist.drawn("block5_conv1:like(sample)"),
        ],
        [
            artist.drawn("block4_conv3:caricature(sample)"),
            artist.drawn("block3_conv3:inversion(sample)"),
            artist.drawn("block5_conv1:inversion(sample)"),
            artist.drawn("block4_conv3:difference(sky.png,shore.png)", "block4_conv3:difference(sky,shore)"),
        ],
    ]


def methods(artist: Artist) -> list[list[Cell]]:
    """Every way to draw what a target looks like, and what excites it."""
    one, other = "block4_conv2:87", "block4_conv2:130"
    strong = "block5_conv1:366"
    return [
        [
            artist.drawn(one, f"{one}, Fourier basis"),
            artist.drawn("block3_conv2:10", "block3_conv2:10 --diversity 2", diversity=2),
            artist.drawn("block3_conv2:10", "the second of them", diversity=2, nth=1),
            artist.drawn(one, f"{one} --maco", maco=True),
        ],
        [
            artist.drawn("block5_conv1:33", "block5_conv1:33 --accentuate", accentuate="sample"),
            artist.drawn(one, f"{one} --toward {other}", toward=other, between=3),
            artist.drawn(one, "halfway", toward=other, between=3, nth=1),
            artist.drawn(one, "at its end", toward=other, between=3, nth=2),
        ],
        [artist.drawn(strong), heat(artist, strong), *exciting(artist, strong)],
    ]


def heat(artist: Artist, target: str) -> Cell:
    """Where in the sample picture a channel is active, as the sheet of `activations` shows it."""
    layer, _, channel = target.partition(":")
    pixels = images.read(SAMPLE, max_side=600).pixels
    network = lookup.load(artist.by["network"], artist.by.get("weights"))
    (stride,) = (row.stride for row in network.table if row.name == layer)
    found = feature_maps(network, pixels, (layer,))[layer][..., int(channel)]
    return "activations", heatmap.overlay(pixels, found, stride)


def exciting(artist: Artist, target: str) -> list[Cell]:
    """The two parts of the sample picture that excite a channel most."""
    request = understand(target, FeatureSettings(), network=artist.by["network"], file=artist.by.get("weights"))
    (found,) = examples.find(request, artist.parts / "tiles").values()
    return [(f"--examples, number {place}", one.pixels) for place, one in enumerate(found[:2], 1)]


def classes(artist: Artist) -> list[list[Cell]]:
    """Classes dreamt, drawn, on the way to another, and attributed."""
    explained = deepdream.attribute_target(SAMPLE, "class:mountain", methods=("grad-cam",), curve_steps=0, **artist.by)
    between: dict[str, Any] = {"toward": "class:monarch butterfly", "between": 3, "size": (240, 360)}
    return [
        [
            artist.dreamt("class:leopard"),
            artist.dreamt("class:monarch butterfly"),
            artist.drawn("class:leopard", "class:leopard --maco", maco=True),
            artist.drawn("class:tiger", "class:tiger --maco", maco=True),
        ],
        [
            artist.drawn("class:jellyfish", "class:jellyfish --toward class:monarch butterfly", **between),
            artist.drawn("class:jellyfish", "halfway", nth=1, **between),
            artist.drawn("class:jellyfish", "at its end", nth=2, **between),
            ("Grad-CAM of class:mountain", explained.overlay("grad-cam").pixels),
        ],
    ]


def attribution(artist: Artist) -> list[list[Cell]]:
    """The sample picture, its baseline, and every method's map of a channel."""
    found = deepdream.attribute_target(SAMPLE, "block5_conv1:366", max_side=600, **artist.by)
    cells: list[Cell] = [(SAMPLE.name, found.picture), ("baseline: blur", found.baseline)]
    cells += [(METHODS[name].title, found.overlay(name).pixels) for name in found.attributions]
    return [cells[:3], cells[3:]]


def atlas(artist: Artist) -> np.ndarray:
    """The map of a layer on the sample picture."""
    return outputs.map_of(deepdream.draw_atlas(SAMPLE, "block4_conv2", grid=8, steps=64, samples=1200, **artist.by))


SHEETS: dict[str, tuple[str, Callable[[Artist], Any]]] = {
    "research-targets": ("vgg16", targets),
    "research-methods": ("vgg16", methods),
    "research-classes": ("pocket", classes),
    "attribution": ("vgg16", attribution),
    "atlas": ("vgg16", atlas),
}
"""By file name in docs/, without its suffix: the network, and what draws it."""


def main() -> int:
    """Draw the sheets asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sheets", nargs="*", metavar="SHEET", help=f"of {', '.join(SHEETS)}; all of them without one")
    parser.add_argument("--weights", type=Path, help="the file of VGG16's weights")
    asked = parser.parse_args()
    wanted = asked.sheets or list(SHEETS)
    if unknown := [name for name in wanted if name not in SHEETS]:
        parser.error(f"{unknown[0]} is none of {', '.join(SHEETS)}")
    if asked.weights is None and any(SHEETS[name][0] == "vgg16" for name in wanted):
        parser.error("the sheets by VGG16 need --weights FILE")
    with tempfile.TemporaryDirectory() as folder:
        cut(Path(folder))
        for name in wanted:
            network, draw = SHEETS[name]
            by = {"network": network} | ({"weights": asked.weights} if network == "vgg16" else {})
            made = draw(Artist(by, Path(folder)))
            pixels = made if isinstance(made, np.ndarray) else sheet(made, cell=(TALL, WIDE))
            images.write(DOCS / f"{name}.webp", pixels, quality=QUALITY)
            print(DOCS / f"{name}.webp", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
