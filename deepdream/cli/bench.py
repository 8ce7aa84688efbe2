"""deepdream bench: measures how fast this machine dreams with each convolution algorithm."""

import json as encoding
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from deepdream.cli import messages, options
from deepdream.errors import SettingError, nearest, plural
from deepdream.settings import Settings, Size, format_size, parse_size

if TYPE_CHECKING:  # imports NumPy, which `--help` does not need
    from deepdream.benchmark.interleave import Record
    from deepdream.benchmark.plan import Case
    from deepdream.benchmark.table import Report
    from deepdream.cli.bar import Bar

PATHS = ("direct", "transpose", "winograd", "strips", "bfloat16")
START = 8
"""Approximate seconds for a worker to load and compile, for the estimate only."""


def bench(
    sizes: Annotated[
        str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="Size of the picture; several separated by commas.")
    ] = "512x512",
    layers: Annotated[
        str, typer.Option(metavar="SELECTION", help="Layers to excite; several selections separated by ;")
    ] = "block4_conv",
    network: options.Network = "auto",
    weights: options.Weights = None,
    random: Annotated[
        bool, typer.Option("--random", help="Random weights: just as fast, nothing to download.")
    ] = False,
    paths: Annotated[str, typer.Option(metavar="PATHS", help="Algorithms, separated by commas.")] = ",".join(PATHS),
    rounds: Annotated[int, typer.Option(metavar="N", help="Timed steps of each algorithm.")] = 5,
    tile: Annotated[
        int | None, typer.Option(metavar="N", help="Side of the tiles' cores in pixels; whole pictures when not given.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Processor threads; all allowed cores when not given.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw time and memory against pixels (.png, .svg, .pdf).")
    ] = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Measure how fast this machine dreams.

    A step is one forward and one backward pass on the sample picture. Each algorithm (direct: TensorFlow's own
    convolution; transpose: the same as a transposed one; winograd: with fewer products, compiled for each size; strips:
    the same, compiled for all sizes; bfloat16: in half the precision) runs in a separate process, and they step in
    turn. The table lists seconds per step (median, minimum and maximum; and CPU time over threads), pixels and
    operations per second, that rate relative to a plain matrix product, the peak memory of the process, the time to
    compile, and the gradient's difference from that of the first algorithm.

    After Ctrl-C the table holds the rounds so far. --json prints all numbers for other programs.
    """
    Settings(threads=threads, tile=tile)  # raises if one is out of bounds
    wanted, chosen = _sizes(sizes), _paths(paths)
    if rounds < 1:
        raise SettingError(f"--rounds {rounds} is less than one.")
    if plot is not None and len(wanted) < 2:
        raise SettingError("A plot against pixels needs several sizes.", "Type for example --size 256x256,512x512")

    from deepdream.benchmark import plan, table, workload
    from deepdream.benchmark.plot import NAME as PLOT
    from deepdream.benchmark.plot import draw
    from deepdream.cli.bar import Bar
    from deepdream.images import figures

    if plot is not None:
        figures.check(plot, PLOT)
    with Bar(quiet=quiet) as bar, TemporaryDirectory(prefix="deepdream-") as folder:
        measured = plan.network(network, weights, random=random)
        cases = plan.cases(
            Path(folder),
            weights=workload.write_weights(Path(folder) / "weights.npz", measured.arrays),
            network=measured,
            paths=chosen,
            sizes=wanted,
            layers=layers.split(";"),
            threads=threads,
            tile=tile,
        )
        report = _carry_out(cases, measured.name, rounds, threads, bar)
        if report.rows and plot is not None:
            draw(report.rows, plot)
            bar.say(f"The plot is {plot}")
    if json:
        print(encoding.dumps(asdict(report), indent=2))
    elif report.rows:
        print(messages.columns(table.lines(report.rows), right=tuple(range(table.WORDS, len(table.SHOWN)))))
    return messages.STOPPED if report.stopped else messages.FAILED if report.failed else 0


def _sizes(text: str) -> list[Size]:
    """Parse --size."""
    found = [parse_size(part) for part in text.split(",")]
    for size in found:
        Settings(size=size)  # raises if it has no pixels
    return found


def _paths(text: str) -> list[str]:
    """Parse --paths."""
    found = [part.strip() for part in text.split(",")]
    for path in found:
        if path not in PATHS:
            hint = "".join(f"Did you mean {alike}?" for alike in nearest(path, PATHS, 1))
            raise SettingError(f"--paths {path!r} is not one of {', '.join(PATHS)}.", hint)
    return list(dict.fromkeys(found))


def _carry_out(cases: "tuple[Case, ...]", name: str, rounds: int, threads: int | None, bar: "Bar") -> "Report":
    """Run all cases, showing progress; after Ctrl-C return the results so far."""
    from deepdream.benchmark import interleave, machine, results, table

    bar.say(_plan_line(cases, name, rounds))
    bar.wait("measuring matrix products and copies")
    here = machine.measured(threads)
    bar.say(table.where(here))
    seconds = sum(len(m.workloads) * START + m.operations * (rounds + 2) / here.gflops / 0.6e9 for m in cases)
    bar.say(f"About {messages.duration(seconds)} at the rate of the matrix product; less with Winograd.")
    rows: list[results.Row] = []
    failed: list[str] = []
    stopped = False
    for case in cases:
        records: list[Record] = []
        size = format_size(next(iter(case.workloads.values())).size)
        try:
            for record in interleave.run(case.workers, rounds):
                records.append(record)
                if isinstance(record, interleave.Failed):
                    failed.append(f"{record.name} at {size} failed: {record.message} {record.advice}".rstrip())
                    bar.complain(failed[-1])
                else:
                    _show(record, rounds, size, bar)
        except KeyboardInterrupt:
            stopped = True
        rows += results.rows(case.workloads, records, here, name)
        if stopped:
            done = "the table holds the rounds so far" if rows else "nothing was measured"
            bar.complain(f"Stopped; {done}.")
            break
    return table.Report(here, tuple(rows), tuple(failed), stopped)


def _plan_line(cases: "tuple[Case, ...]", name: str, rounds: int) -> str:
    """What will be done, in one line."""
    workloads = [next(iter(case.workloads.values())) for case in cases]
    what = "; ".join(f"{format_size(workload.size)} to {workload.table[-1].name}" for workload in workloads)
    paths = ", ".join(cases[0].workloads)
    return f"{name}, {what}: {paths} in turn, {plural(rounds, 'step')} each"


def _show(record: "Record", rounds: int, size: str, bar: "Bar") -> None:
    """Show progress."""
    from deepdream.benchmark import interleave

    if isinstance(record, interleave.Ready):
        text = f"{size}: {record.name} is ready after {record.compile:.1f} s"
        bar.wait(text)
        if not bar.live:
            bar.say(text)
    elif isinstance(record, interleave.Timing):
        bar.fill(f"{size}: {record.name}", record.round / rounds, f"{record.seconds:.3f} s")
