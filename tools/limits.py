"""Measures over photographs what dreams leave black, white or marked at the rim, and writes docs/looking-inside.md:

    python -m tools.limits pocket PHOTO ...
    python -m tools.limits vgg16 PHOTO ... --weights FILE [--dreams FOLDER]

Every photograph is dreamt with the defaults on every selection, whole and without its margins, whose rim lies inside
the whole. Only numbers go into the document; `--dreams` also writes the dreams, for looking. A run that was stopped
resumes; a selection's row is printed as soon as it is complete.
"""

import argparse
import math
import sys
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

import numpy as np

from deepdream import Done, images
from deepdream.pipeline.request import understand
from deepdream.pipeline.run import run
from deepdream.pipeline.session import Session
from tools.benchmark.kept import forget, kept
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

SIDE = 352
"""Longer side of a photograph, in pixels."""

MARGIN = 48
"""What is cut off at each side, in pixels: more than half of what the deepest of the usual layers see."""

RIM = 8
"""Width of the rim, in pixels."""


def clipped(picture: np.ndarray) -> float:
    """Percentage of channel values that 8 bits store as 0 or 255; [H, W, 3] float in 0..1."""
    levels = np.rint(picture * 255)
    return 100 * float(np.mean((levels <= 0) | (levels >= 255)))


def rim(added: np.ndarray, inner: np.ndarray) -> float:
    """How much stronger a dream is at its rim because it is a rim.

    The same pixels lie at the rim of one dream and inside another. What was added to them is compared, relative to what
    the two added away from the rim: neither what the picture shows there nor how strong a whole dream is counts.

    Args:
        added: [H, W, 3], what was added to a photograph.
        inner: [h, w, 3], what was added to its part without MARGIN.

    Returns: 1 where the rim makes no difference.
    """
    inside = np.zeros(inner.shape[:2], bool)
    inside[2 * RIM : -2 * RIM, 2 * RIM : -2 * RIM] = True
    border = np.ones(inner.shape[:2], bool)
    border[RIM:-RIM, RIM:-RIM] = False
    share = np.abs(inner).mean(axis=-1), np.abs(added[MARGIN:-MARGIN, MARGIN:-MARGIN]).mean(axis=-1)
    at_rim, away = ([float(one[where].mean()) for one in share] for where in (border, inside))
    return at_rim[0] / at_rim[1] / (away[0] / away[1])


def dreamt(picture: np.ndarray, session: Session, **given: object) -> np.ndarray:
    """The dream of a picture, both [H, W, 3] in 0..1."""
    *_, done = run(understand(picture, given, session=session), session=session)
    assert isinstance(done, Done)  # the last record
    return done.picture


def measured(photo: Path, session: Session, given: dict[str, object], picture: Path | None) -> dict[str, float]:
    """One photograph's numbers; its dream is written into a file if one is given."""
    original = images.read(photo, max_side=SIDE).pixels
    part = np.ascontiguousarray(original[MARGIN:-MARGIN, MARGIN:-MARGIN])
    whole, inner = (dreamt(one, session, **given) for one in (original, part))
    if picture:
        images.write(picture, whole)
    return {"more": clipped(whole) - clipped(original), "rim": rim(whole - original, inner - part)}


def row(selection: str | None, found: list[dict[str, float]]) -> str:
    """A row of the table: the rim's geometric mean, with its standard error."""
    more, rims = [one["more"] for one in found], [math.log(one["rim"]) for one in found]
    typical = math.exp(fmean(rims))
    error = typical * stdev(rims) / math.sqrt(len(rims))
    name = f"`{selection}`" if selection else "the default"
    return f"| {name} | {fmean(more):.1f} | {max(more):.1f} | {typical:.2f} ± {error:.2f} |"


def main() -> int:
    """Dream, measure and write one network's table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("network", choices=("pocket", "vgg16"))
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--weights", help="the file of VGG16's weights")
    parser.add_argument("--dreams", type=Path, metavar="FOLDER", help="also write every dream there")
    options = parser.parse_args()
    session, rows = Session(), []
    for selection in SELECTIONS:
        given: dict[str, object] = {"network": options.network, "weights": options.weights, "layers": selection}
        found = []
        for photo in options.photos:
            picture = options.dreams and options.dreams / f"{selection or 'default'}-{photo.stem}.png"
            measure = partial(measured, photo, session, given, picture)
            found.append(kept(f"limits-{options.network}", (selection, photo.stem), measure))
        rows.append(row(selection, found))
        print(rows[-1], flush=True)
    heading = "| layers | at a limit, points | worst | rim |\n| --- | ---: | ---: | ---: |"
    put(f"limits-{options.network}", "limits", "\n".join([heading, *rows]))
    forget(f"limits-{options.network}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
