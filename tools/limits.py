"""Measures over photographs what dreams leave black, white or marked at the rim, and writes docs/looking-inside.md:

    python -m tools.limits pocket PHOTO ...
    python -m tools.limits vgg16 PHOTO ... --weights FILE [--sheets FOLDER]

Every photograph is dreamt with the defaults on every selection. Only numbers go into the document; `--sheets` also
writes all dreams of a selection as one picture, for looking.
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean, median

import numpy as np

from deepdream import Done, images
from deepdream.images.contact_sheet import sheet
from deepdream.pipeline.request import understand
from deepdream.pipeline.run import run
from deepdream.pipeline.session import Session
from tools.inside import put

SELECTIONS = (
    None,
    *(f"block{block}" for block in range(1, 6)),
    "pool",
    "conv",
    "block1,block5",
    "block2_conv1,block4_conv2",
    "block1_conv1=2,block3,block5_conv2=0.5",
    "block5,block2=-0.5",
)
"""What is dreamt: the recipe's own layers, every block, all pools, all convolutions, and mixtures."""

SIDE = 256
"""Longer side of a dream, in pixels."""

RIM = 8
"""Width of the rim, in pixels."""


def clipped(picture: np.ndarray) -> float:
    """Percentage of channel values that 8 bits store as 0 or 255; [H, W, 3] float in 0..1."""
    levels = np.rint(picture * 255)
    return 100 * float(np.mean((levels <= 0) | (levels >= 255)))


def rim(dream: np.ndarray, original: np.ndarray) -> float:
    """How much was added within RIM of the border, relative to what was added inside it."""
    added = np.abs(dream - original).mean(axis=-1)
    inside = np.zeros(added.shape, bool)
    inside[RIM:-RIM, RIM:-RIM] = True
    return float(added[~inside].mean() / added[inside].mean())


def dreams(photos: list[Path], session: Session, **given: object) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each photograph's dream, and the photograph at its size."""
    pairs = []
    for photo in photos:
        request = understand(photo, {**given, "max_side": SIDE}, session=session)
        original = request.picture.pixels.copy()
        *_, done = run(request, session=session)
        assert isinstance(done, Done)  # the last record
        pairs.append((done.picture, original))
    return pairs


def row(selection: str | None, pairs: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """A row of the table."""
    more = [clipped(dream) - clipped(original) for dream, original in pairs]
    rims = [rim(dream, original) for dream, original in pairs]
    name = f"`{selection}`" if selection else "the default"
    return f"| {name} | {fmean(more):.1f} | {max(more):.1f} | {median(rims):.2f} | {max(rims):.2f} |"


def main() -> int:
    """Dream, measure and write one network's table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("network", choices=("pocket", "vgg16"))
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--weights", help="the file of VGG16's weights")
    parser.add_argument("--sheets", type=Path, metavar="FOLDER", help="also write each selection's dreams there")
    options = parser.parse_args()
    session, rows = Session(), []
    for selection in SELECTIONS:
        pairs = dreams(options.photos, session, network=options.network, weights=options.weights, layers=selection)
        rows.append(row(selection, pairs))
        print(rows[-1], flush=True)
        if options.sheets:
            cells = [(photo.stem, dream) for photo, (dream, _) in zip(options.photos, pairs, strict=True)]
            lines = [cells[at : at + 4] for at in range(0, len(cells), 4)]
            images.write(options.sheets / f"{selection or 'default'}.png", sheet(lines, cell=SIDE))
    heading = "| layers | at a limit, points | worst | rim | strongest |\n| --- | ---: | ---: | ---: | ---: |"
    put(f"limits-{options.network}", "limits", "\n".join([heading, *rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
