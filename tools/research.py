"""Makes docs/research.webp, targets drawn and dreamt, and docs/attribution.webp: `python -m tools.research [WEIGHTS]`.

The first rows are by the pocket network; with a file of VGG16's weights, which are no part of the repository, a further
row is by that.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

import deepdream
from deepdream import SAMPLE, images
from deepdream.attribution.methods import METHODS
from deepdream.features.files import on_white
from deepdream.images.contact_sheet import sheet

DOCS = Path(__file__).resolve().parent.parent / "docs"
Cell = tuple[str, np.ndarray]
"""A label and a picture."""

WIDE, TALL = 300, 200
"""Size of a cell, in pixels: the sample's shape."""


def main() -> int:
    """Draw and dream every target, and write the sheet."""
    rows = [
        [
            dreamt("class:leopard"),
            dreamt("class:monarch butterfly"),
            drawn(f"block4_conv2:caricature({SAMPLE})"),
            drawn(f"block5_conv2:inversion({SAMPLE})"),
        ],
        [
            drawn("class:leopard", maco=True),
            drawn("class:golden retriever", maco=True),
            drawn("class:monarch butterfly", size=(240, 360)),
            drawn("class:church", toward="class:lotus", between=3, size=(240, 360), nth=1),
        ],
    ]
    if weights := sys.argv[1:2]:
        by: dict[str, Any] = {"network": "vgg16", "weights": weights[0]}
        rows += [
            [
                drawn("block4_conv2:87", maco=True, **by),
                drawn(f"block4_conv3:caricature({SAMPLE})", **by),
                drawn(f"block5_conv1:inversion({SAMPLE})", **by),
                dreamt(f"block4_conv3:like({SAMPLE})", **by),
            ]
        ]
    _write("research.webp", rows)
    _write("attribution.webp", attributed("block4_conv2:129"))
    return 0


def attributed(target: str) -> list[list[Cell]]:
    """The sample picture, its baseline, and every method's map of the target."""
    found = deepdream.attribute_target(SAMPLE, target, network="pocket", curve_steps=0)
    cells: list[Cell] = [(SAMPLE.name, found.picture), ("baseline: blur", found.baseline)]
    cells += [(METHODS[name].title, found.overlay(name).pixels) for name in found.attributions]
    return [cells[:3], cells[3:]]


def _write(name: str, rows: list[list[Cell]]) -> None:
    """Write a sheet into docs/."""
    images.write(DOCS / name, sheet(rows, cell=(TALL, WIDE)), quality=82)
    print(DOCS / name)


def drawn(target: str, *, network: str = "pocket", weights: str | None = None, nth: int = 0, **given: Any) -> Cell:
    """A picture that `features` draws, with its command in short."""
    made = deepdream.draw_features(target, network=network, weights=weights, **given)[nth]
    flags = [name for name in ("maco", "accentuate", "toward") if name in given]
    name = " --".join([target.replace(str(SAMPLE), "sample"), *flags])
    return f"{name}, {network}", on_white(images.Picture(made.pixels, made.alpha))


def dreamt(target: str, *, network: str = "pocket", weights: str | None = None) -> Cell:
    """The sample picture dreamt."""
    made = deepdream.dream(SAMPLE, layers=target, network=network, weights=weights, max_side=600)
    return f"{target.replace(str(SAMPLE), 'sample')}, {network}", made.picture


if __name__ == "__main__":
    sys.exit(main())
