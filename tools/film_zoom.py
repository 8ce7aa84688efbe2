"""What a zoom keeps of its first frame: python -m tools.film_zoom (about ten minutes; a table on stdout)

A zoom into the sample picture with the usual settings. Each row is of twelve frames, as ratios to the first frame:

    sharpness    deviation of the Laplacian of luma
    mean         of the channels
    contrast     standard deviation of luma
    saturation   standard deviation of chroma
"""

import argparse
from pathlib import Path

import numpy as np

from deepdream.film import zoom as zooms
from deepdream.film.dreaming import Dreamt
from deepdream.film.options import Zoom
from deepdream.images import colour
from deepdream.pipeline.session import Session
from deepdream.settings import SAMPLE
from tools.film import sharpness

TOGETHER = 12


def facts(frame: np.ndarray) -> np.ndarray:
    """What is measured of a frame [H, W, 3]: sharpness, mean, contrast, saturation."""
    found = colour.balance(frame)
    return np.array([sharpness(frame), np.mean(found.mean), found.contrast, found.saturation])


def main() -> None:
    """Dream the zoom into a folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="pocket")
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--size", default="480x320")
    parser.add_argument("--out", type=Path, default=Path("zoom"), help="folder of its frames")
    chosen = parser.parse_args()
    given = {"network": chosen.network, "size": chosen.size}
    zoom = Zoom(source=SAMPLE, output=chosen.out, given=given, seconds=chosen.frames / Zoom.fps)
    print("| frames | sharpness | mean | contrast | saturation |\n| --- | ---: | ---: | ---: | ---: |")
    first, rows = None, []
    for event in zooms.run(zoom, Session()):
        if not isinstance(event, Dreamt):
            continue
        found = facts(event.picture)
        first = found if first is None else first
        rows.append(found / first)
        if len(rows) % (5 * TOGETHER) == 0:
            mean = np.mean(rows[-TOGETHER:], axis=0)
            print(f"| {len(rows) - TOGETHER} to {len(rows) - 1} | {' | '.join(f'{x:.3f}' for x in mean)} |", flush=True)


if __name__ == "__main__":
    main()
