"""The plain entry point: python3 main.py [IMAGE]

From one picture it makes what the original student project shows: dreams of block4, block1, block5 and the pooling
layers, each at one scale (block4.png) and at four growing scales (block4-scale1.png to block4-scale4.png), and a
contact sheet of them all, sheet.png. Everything goes into dreams/ in the current folder.

For everything else, use the command: deepdream --help
"""

from __future__ import annotations

import argparse
import functools
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from deepdream import Picture

    Row = list[tuple[str, np.ndarray]]

SELECTIONS = {"block4": "block4", "block1": "block1", "block5": "block5", "pooling": "pool"}
"""File name -> layers, as in --layers: all layers whose name contains the word."""

FOLDER = Path("dreams")
HERE = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> int:
    """Make all dreams of one picture.

    Returns: the exit code: 0, 2 for a bad request, 1 for a failed run, 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(description="Dreams of one picture on several layers, into the folder dreams/.")
    parser.add_argument("image", nargs="?", metavar="IMAGE", help="a picture; without it, the sample picture")
    parser.add_argument("--network", default="auto", help="auto, vgg19 or pocket (default: auto)")
    parser.add_argument("--show", action="store_true", help="show the contact sheet in a window at the end")
    options = parser.parse_args(arguments)
    if find_spec("tensorflow") is None:
        python = HERE / ".venv" / "bin" / "python"
        command = shlex.join([str(python), "main.py"]) if python.exists() else "make dream"
        print(f"TensorFlow is not installed for this Python. Run: {command}", file=sys.stderr)
        return 2

    from deepdream import SAMPLE, DreamError  # after the check above, which works on any Python 3

    try:
        sheet = dream_all(SAMPLE if options.image is None else options.image, options.network)
        if options.show:
            show(sheet)
    except DreamError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


def dream_all(path: str | Path, network: str) -> np.ndarray:
    """Write every dream and the contact sheet; returns the sheet."""
    from deepdream import __version__, images
    from deepdream.errors import ImageError
    from deepdream.settings import resolve

    settings = resolve({"recipe": "seed", "network": network})  # an unknown network raises before a folder is made
    picture = images.read(path, size=settings.size, profile=settings.profile)
    try:
        FOLDER.mkdir(exist_ok=True)
    except OSError as error:
        raise ImageError(f"The folder {FOLDER} can't be made here: {error.strerror}.") from error
    rows = []
    for name, layers in SELECTIONS.items():
        one = dream(picture, FOLDER / f"{name}.png", recipe="seed", layers=layers, network=network)
        four = dream(picture, FOLDER / f"{name}-scale.png", recipe="seed-multiscale", layers=layers, network=network)
        rows.append([("input", picture.pixels), *one, *four])
    pixels = images.sheet(rows)
    record = {"kind": "sheet", "version": __version__, "settings": {"network": network}}
    record["input"] = {"digest": picture.digest}
    target = kept(FOLDER / "sheet.png", record, keys=("kind", "settings", "input"))
    images.write(target, pixels, recipe=record)
    print(f"{target} shows them all.")
    return pixels


def dream(picture: Picture, target: Path, **settings: str) -> Row:
    """Dream once and write every scale; returns the pictures with their names."""
    from deepdream import Done, Dream, Note, Step, dream_steps

    scales: dict[int, np.ndarray] = {}  # number of steps taken by then -> picture
    taken = 0
    for record in dream_steps(picture, **settings):
        if isinstance(record, Step):
            taken += 1
            if taken == 1:
                print(f"{target.stem}: Estimated time: {record.seconds_left:.0f} s", flush=True)
            if record.step == record.steps:
                scales[taken] = record.picture.copy()  # the next step changes it in place
        elif isinstance(record, Note):
            print_once(record.message)
        elif isinstance(record, Done):
            done = record

    named = {}
    for number, (steps, pixels) in enumerate(scales.items(), start=1):
        file = target if len(scales) == 1 else target.with_stem(f"{target.stem}{number}")
        partial = {"partial": {"steps": steps}} if steps < taken else {}
        file = kept(file, done.recipe | partial)
        Dream(pixels, done.losses, done.recipe | partial, picture).save(file)
        named[file.stem] = pixels
    return list(named.items())


def kept(path: Path, record: dict[str, Any], keys: tuple[str, ...] | None = None) -> Path:
    """The path, with a number if a picture with another recipe has it, which is reported."""
    from deepdream import free_path

    new = free_path(path, record, keys=keys)
    if new != path:
        print(f"{path} carries another recipe and is kept: this one is {new}.", flush=True)
    return new


@functools.cache
def print_once(message: str) -> None:
    """Print a note; all dreams of one picture have the same ones."""
    print(message, flush=True)


def show(pixels: np.ndarray) -> None:
    """Show the sheet in a window, if there is a screen."""
    import matplotlib
    from matplotlib import pyplot

    if matplotlib.get_backend().lower() == "agg":
        print("There is no screen to open a window on.")
        return
    pyplot.figure(figsize=(12, 8), layout="tight")
    pyplot.imshow(pixels)
    pyplot.axis("off")
    pyplot.show()


if __name__ == "__main__":
    sys.exit(main())
