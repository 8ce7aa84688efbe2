"""deepdream atlas: a map of what a layer sees in pictures."""

import json as encoding
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.batch import files
from deepdream.cli import complete, messages, options
from deepdream.errors import RequestError, install, plural
from deepdream.features.atlas.settings import AtlasSettings
from deepdream.settings import SAMPLE, checks, selection

if TYPE_CHECKING:
    from deepdream.cli.bar import Bar
    from deepdream.features.atlas.request import Request
    from deepdream.features.atlas.run import Atlas

PACKAGES = {"jinja2": "jinja2", "sklearn": "scikit-learn"}
"""Module -> package that an atlas needs and dreams don't: the extra `atlas`."""


def _option(name: str) -> Any:
    """A setting of `AtlasSettings` as an option."""
    help = checks.describe(AtlasSettings, name)
    return typer.Option(messages.option(name), metavar="N", help=help, show_default=False)


def atlas(
    pictures: Annotated[list[Path] | None, typer.Argument(metavar="PICTURES...", hidden=True)] = None,
    *,
    layer: Annotated[
        str,
        typer.Option(metavar="NAME", autocompletion=complete.layers, help="The layer."),
    ] = "block4_conv2",
    output: options.Folder = None,
    samples: Annotated[int | None, _option("samples")] = None,
    grid: Annotated[int | None, _option("grid")] = None,
    steps: Annotated[int | None, _option("steps")] = None,
    seed: options.Seed = None,
    network: options.Network = "auto",
    weights: options.Weights = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Draw a map of what a layer sees in pictures.

    PICTURES are files or folders. What the layer computes at many places of them is laid out so that similar places are
    close; each cell of the map then shows what the mean of its places looks for. The folder NAME-atlas holds atlas.png
    and index.html: open that one, and choose a cell to see where it comes from. Without PICTURES, the sample picture is
    taken.
    """
    if missing := [package for module, package in PACKAGES.items() if find_spec(module) is None]:
        raise RequestError(f"atlas needs {' and '.join(missing)}.", install(*missing))
    selection.parse(layer)
    given = {"samples": samples, "grid": grid, "steps": steps, "seed": seed}
    with messages.flags(given):
        settings = AtlasSettings(**{name: value for name, value in given.items() if value is not None})

    from deepdream import images
    from deepdream.cli.bar import Bar
    from deepdream.features.atlas.request import understand
    from deepdream.images.outputs import check_folder
    from deepdream.network.weights import lookup

    name, goal = _named(pictures, output)
    check_folder(goal, "an atlas")
    sources = files.find(pictures or [SAMPLE], images.SUFFIXES_READ).sources
    with Bar(quiet=quiet) as bar:
        bar.wait("getting ready")
        request = understand(sources, layer, settings, lookup.load(network, weights, progress=bar.download))
        if request.network.note:
            bar.note(request.network.note)
        from deepdream.features.atlas import outputs  # loads TensorFlow

        folder = outputs.folder(goal, request, force=force)
        if folder != goal:
            bar.note(f"{goal} holds another atlas and is kept: this one goes to {folder}; --force would replace it.")
        made = _run(request, bar)
        written = outputs.write(folder, request, made, name)
        bar.say(f"Open {written[-1]}")
    if json:
        print(encoding.dumps(_summary(request, made, written), indent=2))
    return 0


def _named(pictures: list[Path] | None, output: Path | None) -> tuple[str, Path]:
    """What the pictures are called, and the folder: NAME-atlas beside the first of them; for the sample, here."""
    if not pictures:
        return SAMPLE.name, output or Path("sample-atlas")
    first = pictures[0]
    name = first.name if len(pictures) == 1 else f"{first.name} and {plural(len(pictures) - 1, 'other')}"
    return name, output or first.resolve().with_name(f"{first.resolve().stem}-atlas")


def _run(request: "Request", bar: "Bar") -> "Atlas":
    """Make the atlas on the bar."""
    from deepdream.features.atlas.run import Progress, run

    for event in run(request):
        if not isinstance(event, Progress):
            return event
        bar.fill(event.doing, event.fraction, f"{event.fraction:.0%}")
    raise AssertionError("a run ends with its atlas")


def _summary(request: "Request", made: "Atlas", written: tuple[Path, ...]) -> dict[str, Any]:
    """The summary for --json."""
    return {
        "inputs": [str(path) for path in request.paths],
        "layer": made.layer,
        "network": request.network.name,
        "written": [str(path) for path in written],
        "positions": len(made.sources),
        "cells": [
            {
                "row": cell.row,
                "column": cell.column,
                "positions": len(cell.members),
                "layers": f"{made.layer}:{'+'.join(map(str, sorted(cell.channels)))}",
            }
            for cell in made.cells
        ],
    }
