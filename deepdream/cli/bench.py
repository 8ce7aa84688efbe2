"""deepdream bench: how fast this machine dreams, by every way of computing the gradient."""

import json as encoding
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from deepdream.cli import messages, options
from deepdream.errors import SettingError, nearest
from deepdream.settings import Settings, Size, format_size, parse_size

if TYPE_CHECKING:  # they load NumPy, which `--help` does without
    from deepdream.benchmark.interleave import Record
    from deepdream.benchmark.plan import Case
    from deepdream.benchmark.table import Report
    from deepdream.cli.bar import Bar

PATHS = ("direct", "transpose", "winograd", "bfloat16")
START = 8
"""Seconds that a worker takes to load and compile, about; only for the estimate."""


def bench(
    sizes: Annotated[
        str, typer.Option("--size", metavar="WIDTHxHEIGHT", help="Size of the picture; several, joined by commas.")
    ] = "512x512",
    layers: Annotated[
        str, typer.Option(metavar="SELECTION", help="Layers to excite; several selections, joined by ;")
    ] = "block4_conv",
    network: options.Network = "auto",
    weights: options.Weights = None,
    random: Annotated[bool, typer.Option("--random", help="Random weights: as fast, and nothing to fetch.")] = False,
    paths: Annotated[str, typer.Option(metavar="PATHS", help="Ways to compute, joined by commas.")] = ",".join(PATHS),
    rounds: Annotated[int, typer.Option(metavar="N", help="Timed steps of each.")] = 5,
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

    A step is one forward pass and one gradient of the sample picture. Each way of computing it (direct: TensorFlow's
    own convolution; transpose: the same as a transposed one; winograd: compiled, with fewer products; bfloat16: in
    numbers of half the length) runs in a process of its own, and they take turns. The table tells seconds per step
    (median, least and most; and processor time over threads), pixels and operations a second, the share of what a plain
    matrix product reaches here, the peak memory of the process, the time to compile, and how far the gradient is from
    the first one's.

    After Ctrl-C the table holds the rounds so far. --json prints all numbers for other programs.
    """
    Settings(threads=threads, tile=tile)  # refuses what is out of bounds in its own words
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
    """The sizes asked for."""
    found = [parse_size(part) for part in text.split(",")]
    for size in found:
        Settings(size=size)  # refuses one without pixels
    return found


def _paths(text: str) -> list[str]:
    """The paths asked for."""
    found = [part.strip() for part in text.split(",")]
    for path in found:
        if path not in PATHS:
            hint = "".join(f"Did you mean {alike}?" for alike in nearest(path, PATHS, 1))
            raise SettingError(f"--paths {path!r} is not one of {', '.join(PATHS)}.", hint)
    return list(dict.fromkeys(found))


def _carry_out(cases: "tuple[Case, ...]", name: str, rounds: int, threads: int | None, bar: "Bar") -> "Report":
    """All cases in turn, reported as they run; after Ctrl-C what is measured so far."""
    from deepdream.benchmark import interleave, machine, results, table

    bar.say(_plan_line(cases, name, rounds))
    bar.wait("measuring matrix products and copies")
    here = machine.measured(threads)
    bar.say(table.where(here))
    seconds = sum(len(m.workloads) * START + m.operations * (rounds + 2) / here.gflops / 0.6e9 for m in cases)
    bar.say(f"About {messages.duration(seconds)} by the rate of the matrix product; less where Winograd saves.")
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
    """What is about to happen, in one line."""
    workloads = [next(iter(case.workloads.values())) for case in cases]
    what = "; ".join(f"{format_size(workload.size)} to {workload.table[-1].name}" for workload in workloads)
    paths = ", ".join(cases[0].workloads)
    return f"{name}, {what}: {paths} in turn, {messages.plural(rounds, 'step')} each"


def _show(record: "Record", rounds: int, size: str, bar: "Bar") -> None:
    """How far it has come."""
    from deepdream.benchmark import interleave

    if isinstance(record, interleave.Ready):
        told = f"{size}: {record.name} is ready after {record.compile:.1f} s"
        bar.wait(told)
        if not bar.live:
            bar.say(told)
    elif isinstance(record, interleave.Timing):
        bar.fill(f"{size}: {record.name}", record.round / rounds, f"{record.seconds:.3f} s")
