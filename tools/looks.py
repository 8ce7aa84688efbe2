"""Makes docs/looks.webp, the sample picture in every look: `python -m tools.looks [WEIGHTS]`.

The first rows are by the pocket network; with a file of VGG16's weights, which are no part of the repository, further
rows are by that.
"""

import sys
from pathlib import Path

import deepdream
from deepdream import SAMPLE, images
from deepdream.images.contact_sheet import sheet
from deepdream.settings.recipes import LOOKS

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "looks.webp"
SIDE = 300
"""Longer side of a dream and of a cell, in pixels."""


def main() -> int:
    """Dream every look and write the sheet."""
    networks = [("pocket", None), *(("vgg16", file) for file in sys.argv[1:2])]
    names, rows = ["classic", *LOOKS], []
    for network, weights in networks:
        cells = [
            (
                f"{name}, {network}",
                deepdream.dream(SAMPLE, recipe=name, network=network, weights=weights, max_side=SIDE).picture,
            )
            for name in names
        ]
        rows += [cells[at : at + 5] for at in range(0, len(cells), 5)]
    print(images.write(PICTURE, sheet(rows, cell=(200, SIDE)), quality=80) or PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
