"""The tables and plots of docs/performance.md, measurements.md, many.md and studio.md, from docs/performance.json.

write()      replaces what stands between <!-- NAME --> and <!-- end -->, and docs/performance-*.svg
"""

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from deepdream.atomic import replacing
from deepdream.benchmark.machine import Machine
from deepdream.benchmark.results import Row
from deepdream.benchmark.table import WORDS, lines, seconds
from tools.benchmark import store
from tools.benchmark.peers import PEERS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = tuple(DOCS / f"{page}.md" for page in ("performance", "measurements", "many", "studio"))
MISSING = "Not measured yet.\n"

PLOTS = {
    "peers": "Seconds per step of every library and path",
    "layers": "Milliseconds of each layer, and the floors of its products",
    "curve": "Time per megapixel and peak memory against pixels",
}
"""Alternative texts of the plots above tables; `drawing` makes them."""

Results = dict[str, Any]


def write() -> None:
    """Write the pages and their plots from the stored results."""
    from tools.benchmark import drawing

    measured = store.read()
    for page in PAGES:
        with replacing(page) as part:
            part.write_text(filled(page.read_text("utf-8"), measured), "utf-8")
    for kind, found in measured.items():
        drawing.write(found, DOCS, partial(drawing_name, kind=kind))


def filled(text: str, measured: Mapping[str, Results]) -> str:
    """The page with new tables, one per kind of processor; a table without measurements says so."""

    def block(match: re.Match[str]) -> str:
        name = match[1]
        parts = [
            f"**{kind}**\n\n{_plot(name, kind)}{TABLES[name](found)}"
            for kind, found in measured.items()
            if SOURCES.get(name, name) in found
        ]
        return f"<!-- {name} -->\n{chr(10).join(parts) or MISSING}<!-- end -->"

    return re.sub(r"<!-- ([a-z]+) -->\n.*?<!-- end -->", block, text, flags=re.DOTALL)


def _plot(name: str, kind: str) -> str:
    """The Markdown line for a table's plot, if it has one."""
    return f"![{PLOTS[name]}]({drawing_name(name, kind)})\n\n" if name in PLOTS else ""


def drawing_name(name: str, kind: str) -> str:
    """The file of a command's plot."""
    return f"performance-{name}-{re.sub(r'[^a-z0-9]+', '-', kind.lower())}.svg"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]], *, words: int = 1) -> str:
    """A Markdown table whose first columns are text and whose others are numbers."""
    rule = ["---" if index < words else "---:" for index in range(len(heading))]
    return "".join(f"| {' | '.join(line)} |\n" for line in (heading, rule, *rows))


def _machine(measured: Results) -> str:
    """The machine, in one line."""
    here, versions = Machine(**measured["peers"]["machine"]), measured["peers"]["versions"]
    return (
        f"{here.processor}, {here.threads} threads, {here.system}; Python {here.python}, TensorFlow "
        f"{versions['tensorflow']}, Keras {versions['keras']}, PyTorch {versions['torch']}. A product of 2048x2048 "
        f"float32 matrices reaches {here.gflops:.0f} GFLOP/s, a copy reads and writes {here.gigabytes:.1f} GB/s.\n"
    )


def _cases(measured: Results) -> list[list[Row]]:
    """The rows of the comparison, case by case."""
    rows = [Row(**row) for row in measured["peers"]["rows"]]
    return [list(case) for _, case in groupby(rows, key=lambda row: (row.size, row.deepest))]


def _ratios(measured: Results) -> str:
    """How many times as fast as the fastest peers, by median and by processor time."""
    lines = []
    for rows in _cases(measured):
        ours = min((row for row in rows if row.path not in PEERS), key=lambda row: row.seconds)
        peers = [row for row in rows if row.path in PEERS]
        for what, some in (("float32", [row for row in peers if "bfloat16" not in row.path]), ("any", peers)):
            peer, calm = min(some, key=lambda row: row.seconds), min(row.processor_seconds for row in some)
            lines.append(
                (
                    *(ours.size, ours.deepest, f"{ours.path.removeprefix('deepdream ')}, {seconds(ours.seconds)} s"),
                    *(what, f"{peer.path}, {seconds(peer.seconds)} s", f"{peer.seconds / ours.seconds:.2f}"),
                    f"{calm / ours.processor_seconds:.2f}",
                )
            )
    heading = ("size", "deepest", "deepdream", "precision", "fastest peer", "times as fast", "by processor time")
    return table(heading, lines, words=5)


def _peers(measured: Results) -> str:
    """The whole comparison."""
    heading, *cells = lines([row for rows in _cases(measured) for row in rows])
    return table(heading, cells, words=WORDS)


def _check(measured: Results) -> str:
    """How far gradients are from one in double precision."""
    rows = [Row(**row) for row in measured["check"]["rows"]]
    cells = [
        (
            row.network,
            row.deepest,
            row.path,
            *(f"{n:.0e}" if n else "0" for n in (row.difference, row.typical_difference)),
        )
        for row in rows
    ]
    return table(("weights and picture", "deepest", "computed by", "whole", "middle pixel"), cells, words=3)


def _layers(measured: Results) -> str:
    """What each layer adds, beside its lower bounds, in milliseconds."""
    lines = measured["layers"]["layers"]
    parts = ("products", "winograd", "memory", "transforms")
    cells = [
        (
            line["layer"],
            f"{line['operations'] / 1e9:.1f}",
            f"{line['seconds'] * 1e3:.0f}",
            f"{line['processor'] * 1e3:.0f}",
            *(f"{line['floor'][part] * 1e3:.1f}" for part in parts),
        )
        for line in lines
    ]
    total = (
        "all",
        f"{sum(line['operations'] for line in lines) / 1e9:.1f}",
        f"{sum(line['seconds'] for line in lines) * 1e3:.0f}",
        f"{sum(line['processor'] for line in lines) * 1e3:.0f}",
        *(f"{sum(line['floor'][part] for line in lines) * 1e3:.1f}" for part in parts),
    )
    heading = ("layer", "GFLOP", "ms", "processor", "products", "a quarter of them", "memory", "transforms")
    return table(heading, [*cells, total])


def _curve(measured: Results) -> str:
    """Time and memory against pixels."""
    cells = []
    for line in measured["curve"]:
        point, pixels = line["point"], line["point"]["side"] ** 2 / 1e6
        start = (point["network"], f"{point['side']}x{point['side']}", f"{pixels:.2f}")
        if "error" in line:
            cells.append((*start, line["error"], "", "", ""))
        else:
            took, spent, memory = line["seconds"], line["processor"], f"{line['peak'] / 2**30:.2f}"
            cells.append((*start, seconds(took), f"{took / pixels:.2f}", f"{spent / pixels:.2f}", memory))
    heading = ("network", "picture", "megapixels", "s/step", "s/megapixel", "processor", "peak GiB")
    return table(heading, cells, words=2)


def _pairs(name: str) -> Callable[[Results], str]:
    """A table of commands timed in turn: median, minimum and maximum of each, and the ratio of the medians."""

    def made(measured: Results) -> str:
        cells = []
        for network, taken in measured[name].items():
            medians = [statistics.median(times) for times in taken.values()]
            for command, times in taken.items():
                ratio = f"{statistics.median(times) / medians[-1]:.2f}"
                cells.append(
                    (network, command, *map(seconds, (statistics.median(times), min(times), max(times))), ratio)
                )
        return table(("network", "", "s", "min", "max", "of the last"), cells, words=2)

    return made


def _dreams(measured: Results) -> str:
    """Seconds of a picture by the number of workers."""
    taken = measured["many"]["dreams"]
    first = min(next(iter(taken.values())))
    cells = [(way, f"{min(times):.2f}", f"{first / min(times):.2f}") for way, times in taken.items()]
    return table(("", "s for each picture", "times as fast"), cells)


def _tasks(measured: Results) -> str:
    """Milliseconds that a task costs beside its work."""
    found = measured["many"]
    cells = [(f"{count} workers", "nothing", f"{took * 1e3:.1f}") for count, took in found["tasks"].items()]
    cells.append(("2 workers", "1 MiB to a worker and back", f"{found['bytes'] * 1e3:.1f}"))
    cells.append(("", "planning a picture", f"{found['plan'] * 1e3:.1f}"))
    return table(("", "work", "ms each"), cells, words=2)


def _simulation(measured: Results) -> str:
    """Batches of a million pictures on 1 to 1,000 machines."""
    cells = [
        (
            *(row["case"], f"{row['machines']:,}", f"{row['hours']:,.1f}"),
            *(f"{row[share]:.1%}" for share in ("working", "waiting", "idle", "busy")),
        )
        for row in measured["many"]["simulation"]
    ]
    heading = ("pictures", "machines", "hours", "dreaming", "waiting", "nothing left", "command busy")
    return table(heading, cells)


def _quality(measured: Results) -> str:
    """Distances between dreams, and cosines between gradients."""
    cells = []
    for network, found in measured["quality"].items():
        worst = [min(line["cosines"][block] for line in found["gradients"]) for block in range(5)]
        for recipe in dict.fromkeys(dream["recipe"] for dream in found["dreams"]):
            dreams = [dream for dream in found["dreams"] if dream["recipe"] == recipe]
            means = [statistics.mean(dream[key] for dream in dreams) for key in ("distance", "chaos")]
            losses = [sorted(abs(dream[key]) for dream in dreams) for key in ("loss", "chaos_loss")]
            cells.append(
                (
                    *(network, recipe, str(len(dreams))),
                    *(f"{mean:.1f}" for mean in means),
                    *(f"{statistics.median(loss):.1%}, {loss[-1]:.1%}" for loss in losses),
                    " ".join(f"{cosine:.3f}" for cosine in worst),
                )
            )
    heading = (
        *("network", "recipe", "pictures", "bfloat16", "start off by 1e-4", "loss, bfloat16", "loss, start off"),
        "least cosine in blocks 1 to 5",
    )
    return table(heading, cells, words=2)


SOURCES = {"machine": "peers", "ratios": "peers", "dreams": "many", "tasks": "many", "simulation": "many"}
"""The command whose result a table shows, if its name differs."""


def _studio(measured: Results) -> str:
    """How quickly the studio responds."""
    return table(("", "measured"), [(what, f"{value:.3g}") for what, value in measured["studio"].items()])


TABLES: dict[str, Callable[[Results], str]] = {
    "machine": _machine,
    "ratios": _ratios,
    "peers": _peers,
    "check": _check,
    "layers": _layers,
    "curve": _curve,
    "quality": _quality,
    "startup": _pairs("startup"),
    "cli": _pairs("cli"),
    "dreams": _dreams,
    "tasks": _tasks,
    "simulation": _simulation,
    "studio": _studio,
}
"""Tables by the name in the page's comments."""
