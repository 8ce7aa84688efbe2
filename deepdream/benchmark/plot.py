"""Time and memory against pixels, one curve per worker.

draw(rows, path) writes the file atomically
"""

from collections.abc import Sequence
from pathlib import Path

from deepdream.benchmark.results import Row
from deepdream.images import figures

NAME = "plot"
"""Its name in messages."""

COLOURS = ("#4269d0", "#d95f02", "#2a9d6f", "#97418f", "#8a6d3b", "#4d4d4d")
MARKERS = "osD^vX"


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the plot: seconds per step and peak memory of the process, both axes logarithmic.

    Args:
        rows: of several sizes; those of one network, path and deepest layer make a curve.
        path: of the file, whose suffix sets the format.

    Raises:
        StorageError: the file can't be written.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    curves: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.pixels):
        curves.setdefault(f"{row.network}, {row.path}, {row.deepest}", []).append(row)
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    for axes, title, value in zip(
        figure.subplots(1, 2),
        ("seconds per step", "peak memory of the process, GB"),
        (lambda row: row.seconds, lambda row: row.peak_memory / 1e9),
        strict=True,
    ):
        for number, (name, points) in enumerate(curves.items()):
            axes.plot(
                [row.pixels / 1e6 for row in points],
                [value(row) for row in points],
                marker=MARKERS[number % len(MARKERS)],
                color=COLOURS[number % len(COLOURS)],
                label=name,
            )
        axes.set(xscale="log", yscale="log", xlabel="megapixels", title=title)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_locator(LogLocator(subs=()))
        axes.grid(color="0.9")
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figures.save(figure, path, NAME)
