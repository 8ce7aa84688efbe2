"""Makes the pictures of docs/craft.md from the sample picture: `python -m tools.craft.make` (after new pocket weights).

Each sheet is a table of what is typed after `deepdream dream`; the caption of a picture is the options it was made
with. Masks, guides and palettes are generated canvases. Arguments select sheets: `... make place`.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

import deepdream
from deepdream import SAMPLE, images
from deepdream.images.contact_sheet import sheet
from deepdream.settings import schedules, value_type

DOCS = Path(__file__).resolve().parents[2] / "docs"
SIDE = 300
"""Longer side of a dream and of a cell, in pixels."""

View = Callable[[np.ndarray], np.ndarray]
Cell = str | tuple[str, View]
"""What is typed, and optionally how the picture is shown."""

PARTS = """
[[region]]
mask = "disc.png"
feather = 10
layers = "block3"

[[region]]
mask = "!disc.png"
layers = "block5"
strength = 0.7
"""


def beside(picture: np.ndarray) -> np.ndarray:
    """Four copies, two by two."""
    return np.tile(picture, (2, 2, 1))


def half_round(picture: np.ndarray) -> np.ndarray:
    """Shifted by 180 degrees of longitude, so that the border is in the middle."""
    return np.roll(picture, picture.shape[1] // 2, axis=1)


SHEETS: dict[str, list[list[Cell]]] = {
    "place": [
        ["sample.jpg", "clouds.png", "spots.png", "disc.png"],
        [
            "--guide spots.png",
            "--guide clouds.png,spots.png=0.5",
            "--mask disc.png",
            "--mask !disc.png --feather 20",
        ],
        [
            "--regions parts.toml",
            "--layers block5,block2=-0.5",
            "--layers block2/block3/block4/block5",
            "--guide spots.png --mask disc.png --tv 0.1",
        ],
    ],
    "look": [
        ["--shape natural", "--shape laplacian", "--shape cascade", "--shape plain"],
        ["--tv 0.3", "--l2 0.5", "--optimizer adam", "--steps 24/12/6 --step-size 0.012..0.004"],
        ["--colour keep", "--colour lightness", "--colour match", "--palette clouds.png"],
        ["--step-size 0.03", "--step-size 0.03 --hold", "--strength 0.5", "--distance 0.05"],
    ],
    "start": [
        [f"--start {start} --size 300x200" for start in ("noise", "pink", "clouds", "flat --fill #b06a3a")],
        [
            ("--size 150x100", beside),
            ("--size 150x100 --tileable", beside),
            ("--start pink --size 300x150", half_round),
            ("--start pink --size 300x150 --panorama", half_round),
        ],
    ],
    "preview": [["--max-side 900 --preview", "--max-side 900"]],
}
CELLS = {"preview": (306, 459)}
"""(height, width) of a sheet's cells if they are not SIDE wide; a preview is shown at its own size."""
SWEEP = "--max-side 240 --vary layers=block2,block3,block4,block5 --vary shape=natural,laplacian,plain"


def settings(typed: str) -> dict[str, Any]:
    """The keyword arguments for what is typed after `deepdream dream`."""
    given: dict[str, Any] = {}
    for word in shlex.split(typed):
        if word.startswith("--"):
            name = word[2:].replace("-", "_")
            given[name] = True
        else:
            kind, _ = value_type(name)
            given[name] = kind(word) if kind in (int, float) and not schedules.is_schedule(word) else word
    return given


def picture(cell: Cell) -> tuple[str, np.ndarray]:
    """A cell's caption and picture; a cell without options is a file."""
    typed, view = cell if isinstance(cell, tuple) else (cell, None)
    if not typed.startswith("--"):
        return typed, images.read(typed).pixels
    given = settings(typed)
    if not given.keys() & {"size", "max_side"}:
        given["max_side"] = SIDE
    made = deepdream.dream(None if "start" in given else SAMPLE, network="pocket", **given).picture
    print(typed, flush=True)
    return typed, made if view is None else view(made)


def materials() -> None:
    """Write the files that the sheets use into the current folder: a sky, a texture, a mask, regions, and the
    sample.
    """
    sky = deepdream.dream(None, start="clouds", size="300x200", strength=0.0, network="pocket", octaves=1, steps=1)
    sky.save("clouds.png")
    spots = deepdream.dream(
        None,
        start="noise",
        size="192x192",
        layers="block2_conv2",
        shape="cascade",
        tileable=True,
        network="pocket",
        steps=30,
    )
    spots.save("spots.png")
    disc = Image.new("L", (600, 400))
    ImageDraw.Draw(disc).ellipse((180, 40, 500, 360), fill=255)
    disc.save("disc.png")
    Path("parts.toml").write_text(PARTS, encoding="utf-8")
    images.write(Path("sample.jpg"), images.read(SAMPLE, max_side=SIDE).pixels)


def sweep() -> np.ndarray:
    """The sheet of a sweep, as the command writes it."""
    words = [sys.executable, "-m", "deepdream", "sweep", "--network", "pocket", "-o", "sweep", *shlex.split(SWEEP)]
    subprocess.run(words, check=True)
    return images.read("sweep/sheet.png").pixels


def main() -> int:
    """Make the sheets named, or all; returns the exit code."""
    names = sys.argv[1:] or [*SHEETS, "sweep"]
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        materials()
        for name in names:
            pixels = (
                sweep()
                if name == "sweep"
                else sheet(
                    [[picture(cell) for cell in row] for row in SHEETS[name]],
                    cell=CELLS.get(name, (SIDE * 2 // 3, SIDE)),
                )
            )
            path = DOCS / f"craft-{name}.webp"
            images.write(path, pixels, quality=75)
            print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB", flush=True)
        os.chdir(DOCS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
