"""The files of an attribution: a heat map for each method, attribution.csv and index.html.

folder(goal, request) -> where they go          write(folder, request, explanation, name) -> the files
rows(explanation) -> the table
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream._version import __version__
from deepdream.attribution.methods import METHODS
from deepdream.attribution.request import Request
from deepdream.attribution.run import Curves, Explanation
from deepdream.errors import plural
from deepdream.pages import page
from deepdream.pages.svg import Axis, lines, spanning
from deepdream.pipeline import existing, provenance
from deepdream.settings import format_size

COLUMNS = ("method", "sum", "error", "deletion", "insertion", "x", "y", "seconds")
"""Of attribution.csv: the error is the sum minus the difference between picture and baseline; x and y in pixels."""

RANDOM = "random order"
"""What the curves are compared with."""


def records(request: Request) -> dict[str, provenance.Record]:
    """The record of each picture, by its file's name."""
    source = {"input": {"digest": request.picture.digest}}
    return {f"{method}.png": request.recipe(method) | source for method in request.settings.methods}


def folder(goal: Path, request: Request, *, force: bool = False) -> Path:
    """The folder, with a number if it holds the pictures of another attribution."""
    wanted = {name: (record, tuple(record)) for name, record in records(request).items()}
    return goal if force else existing.free_folder(goal, wanted)


def write(goal: Path, request: Request, explanation: Explanation, name: str) -> tuple[Path, ...]:
    """Write all files into the folder, which is created if missing.

    Args:
        goal: the folder; its parent exists.
        request: what was asked.
        explanation: what was found.
        name: the picture's, for people.

    Raises:
        StorageError: a file can't be written.
    """
    goal.mkdir(exist_ok=True)
    shown = {method: explanation.overlay(method).pixels for method in explanation.attributions}
    recipes = records(request)
    written = []
    for method, pixels in shown.items():
        written.append(goal / f"{method}.png")
        images.write(written[-1], pixels, recipe=recipes[written[-1].name])
    table = [COLUMNS, *([_cell(value) for value in row.values()] for row in rows(explanation))]
    written.append(page.write_csv(goal / "attribution.csv", table))
    written.append(page.write_text(goal / "index.html", _html(request, explanation, name, shown)))
    return tuple(written)


Row = dict[str, str | float | int | None]
"""By COLUMNS; None where there is no number."""


def rows(explanation: Explanation) -> list[Row]:
    """The table: a row for each method, and one for pixels in random order."""
    found = []
    for name, one in explanation.attributions.items():
        sums = (one.total, explanation.error(name)) if METHODS[name].complete else (None, None)
        found.append(_row(name, *sums, *_areas(one.curves), one.peak[1], one.peak[0], one.seconds))
    if len(explanation.random.deletion):
        found.append(_row(RANDOM, None, None, *_areas(explanation.random), None, None, None))
    return found


def _row(*values: str | float | int | None) -> Row:
    return dict(zip(COLUMNS, values, strict=True))


def _areas(curves: Curves) -> tuple[float | None, float | None]:
    """Deletion's and insertion's area; None without curves."""
    return (curves.deletion_area, curves.insertion_area) if len(curves.deletion) else (None, None)


def _cell(value: str | float | int | None) -> str:
    """A number of the table with six digits."""
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _html(request: Request, explanation: Explanation, name: str, shown: Mapping[str, np.ndarray]) -> str:
    """The page."""
    height, width = explanation.picture.shape[:2]
    return page.html(
        "attribution/page.html",
        title=f"Where {request.network.name} sees {request.target} in {name}",
        made=_made(request),
        name=name,
        request=request,
        explanation=explanation,
        aspect=width / height,
        original=page.data_uri(explanation.picture, page.LARGE),
        baseline=page.data_uri(explanation.baseline, page.SMALL),
        shown={method: page.data_uri(pixels, page.LARGE) for method, pixels in shown.items()},
        choices=[(method, METHODS[method].title) for method in shown],
        methods=METHODS,
        rows=rows(explanation),
        plots=_plots(explanation),
    )


def _made(request: Request) -> list[tuple[str, str]]:
    """How it was made, as rows for the page."""
    settings, picture = request.settings, request.picture
    return [
        ("target", f"{request.target}: the mean activation, or a class's score before the softmax"),
        ("baseline", settings.baseline),
        ("integrated gradients", plural(settings.steps, "step")),
        ("Grad-CAM", f"at {settings.cam_layer}"),
        ("occlusion", f"patches of {plural(settings.patch or 0, 'pixel')}, half a patch apart"),
        ("size", f"{format_size(picture.pixels.shape[:2])} pixels"),
        ("network", f"{request.network.name}, weights {request.network.digest}"),
        ("picture", f"digest {picture.digest}"),
        ("deepdream", f"{__version__}; each heat map carries these settings: deepdream show FILE"),
    ]


def _plots(explanation: Explanation) -> list[tuple[str, str, str]]:
    """The curves: title, caption and SVG; none if picture and baseline excite the target alike."""
    if not len(explanation.random.deletion):
        return []
    orders = {METHODS[name].title: one.curves for name, one in explanation.attributions.items()}
    orders["Random order"] = explanation.random
    falls = "The baseline replaces the picture's most important pixels first: the faster it falls, the better."
    rises = "The picture replaces the baseline's most important pixels first: the faster it rises, the better."
    return [
        _plot("Deletion", falls, {name: (curves.deletion, curves.deletion_area) for name, curves in orders.items()}),
        _plot("Insertion", rises, {name: (curves.insertion, curves.insertion_area) for name, curves in orders.items()}),
    ]


def _plot(title: str, caption: str, curves: Mapping[str, tuple[np.ndarray, float]]) -> tuple[str, str, str]:
    """One plot with all orders."""
    series = [
        (name, list(np.linspace(0, 100, len(values))), [float(value) for value in values])
        for name, (values, _) in curves.items()
    ]
    areas = ", ".join(f"{name} {area:.2f}" for name, (_, area) in curves.items())
    up = spanning("target", [0.0, 1.0, *(value for _, _, values in series for value in values)])
    across = Axis("pixels changed, %", 0, 100)
    return title, caption, lines(series, across, up, summary=f"{title}: the areas under the curves are {areas}.")
