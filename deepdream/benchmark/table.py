"""A benchmark's table for the terminal.

lines(rows) -> a heading and rows of cells · where(machine) -> the machine in one line
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deepdream.benchmark.machine import Machine
from deepdream.benchmark.results import Row


@dataclass(frozen=True)
class Report:
    """The results of a benchmark.

    Attributes:
        machine: that it ran on.
        rows: the table.
        failed: a sentence for each worker that failed, with the reason.
        stopped: whether it was stopped before all rounds were done.
    """

    machine: Machine
    rows: tuple[Row, ...]
    failed: tuple[str, ...] = ()
    stopped: bool = False


def seconds(value: float) -> str:
    """A time with three digits."""
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


SHOWN: dict[str, Callable[[Row], str]] = {
    "path": lambda row: row.path,
    "size": lambda row: row.size,
    "deepest": lambda row: row.deepest,
    "s/step": lambda row: seconds(row.seconds),
    "min": lambda row: seconds(row.seconds_min),
    "max": lambda row: seconds(row.seconds_max),
    "processor": lambda row: seconds(row.processor_seconds),
    "Mpx/s": lambda row: f"{row.pixel_steps_per_second / 1e6:.3g}",
    "GFLOP/s": lambda row: f"{row.gflops:.0f}",
    "of SGEMM": lambda row: f"{row.of_sgemm:.0%}",
    "peak MB": lambda row: f"{row.peak_memory / 1e6:.0f}",
    "compile s": lambda row: f"{row.compile_seconds:.1f}",
    "difference": lambda row: f"{row.difference:.0e}" if row.difference else "0",
}
"""The columns, from the left; `--json` has every field of Row."""

WORDS = 3
"""Columns of text, which come before those of numbers."""


def lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The heading, then the cells of each row."""
    return [tuple(SHOWN), *(tuple(show(row) for show in SHOWN.values()) for row in rows)]


def where(machine: Machine) -> str:
    """The machine in one line."""
    return (
        f"{machine.processor}, {machine.device}; matrix products reach {machine.gflops:.0f} GFLOP/s, "
        f"copies {machine.gigabytes:.1f} GB/s; TensorFlow {machine.tensorflow}, Python {machine.python}"
    )
