"""docs/performance-*.svg: the comparison as bars, time and memory against pixels, a step's layers.

write(measured, folder, name)
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepdream.benchmark.results import Row
from deepdream.images import figures

Results = dict[str, Any]

OURS, THEIRS, FLOOR = "#4269d0", "#b8bcc6", "#d95f02"
NETWORKS = {"pocket": "#2a9d6f", "vgg19": "#4269d0"}


def write(measured: Results, folder: Path, file: Callable[[str], str]) -> None:
    """Draw every plot whose numbers were measured.

    Args:
        measured: on one kind of processor, by command.
        folder: for the plots.
        file: from a command to the plot's file there.
    """
    for name, draw in _DRAWN.items():
        if name in measured:
            figures.save(draw(measured[name]), folder / file(name), "plot")


def peers(found: Results) -> Any:
    """Seconds per step of each worker, one panel per case."""
    rows = [Row(**row) for row in found["rows"]]
    cases = list(dict.fromkeys((row.size, row.deepest) for row in rows))
    figure = _figure(9, 1 + 1.1 * len(cases))
    for axes, case in zip(
        figure.subplots(-(-len(cases) // 2), min(len(cases), 2), squeeze=False).flat, cases, strict=False
    ):
        mine = [row for row in rows if (row.size, row.deepest) == case][::-1]
        colours = [OURS if row.path.startswith("deepdream") else THEIRS for row in mine]
        axes.barh([row.path for row in mine], [row.seconds for row in mine], color=colours)
        for place, row in enumerate(mine):
            axes.annotate(f" {row.seconds:.2f}", (row.seconds, place), va="center")
        axes.set(
            title=f"{case[0]} to {case[1]}", xlabel="seconds per step", xlim=(0, 1.15 * max(r.seconds for r in mine))
        )
        _plain(axes)
    return figure


def curve(found: list[Results]) -> Any:
    """Seconds per megapixel, and peak memory, against megapixels."""
    from matplotlib.ticker import LogLocator, StrMethodFormatter

    figure = _figure(9, 4)
    titles = "seconds per step and megapixel", "peak memory of the process, GiB"
    for axes, title in zip(figure.subplots(1, 2), titles, strict=True):
        for network in dict.fromkeys(line["point"]["network"] for line in found):
            mine = [line for line in found if line["point"]["network"] == network and "seconds" in line]
            pixels = [line["point"]["side"] ** 2 / 1e6 for line in mine]
            if title == titles[0]:
                values = [line["seconds"] / size for line, size in zip(mine, pixels, strict=True)]
            else:
                values = [line["peak"] / 2**30 for line in mine]
            axes.plot(pixels, values, marker="o", color=NETWORKS[network], label=network)
        axes.set(xscale="log", xlabel="megapixels", title=title)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2.5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_locator(LogLocator(subs=()))
        axes.legend(frameon=False)
        _plain(axes)
    return figure


def layers(found: Results) -> Any:
    """Milliseconds of each layer, and the two lower bounds of its products."""
    figure = _figure(9, 4)
    axes = figure.subplots()
    names = [line["layer"] for line in found["layers"]]
    axes.bar(names, [line["seconds"] * 1e3 for line in found["layers"]], color=THEIRS, label="measured")
    for part, colour, label in (
        ("products", "0.4", "plain products at the rate of a matrix product"),
        ("winograd", FLOOR, "a quarter of them: Winograd's"),
    ):
        values = [line["floor"][part] * 1e3 for line in found["layers"]]
        axes.plot(
            names, values, linestyle="none", marker="_", markersize=22, markeredgewidth=2, color=colour, label=label
        )
    axes.set_ylabel("milliseconds, forward and gradient")
    axes.tick_params(axis="x", rotation=60)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    _plain(axes)
    return figure


def _figure(width: float, height: float) -> Any:
    """An empty figure on white, so that it is readable on a dark page too."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)


_DRAWN: dict[str, Callable[[Any], Any]] = {"peers": peers, "curve": curve, "layers": layers}
