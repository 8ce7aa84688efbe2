"""The table of a benchmark: for the terminal, and as a file.

lines(rows) -> cells with a heading · markdown(rows) · check(path) · save(path, report)
"""

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from deepdream.atomic import replacing
from deepdream.benchmark.machine import Machine
from deepdream.benchmark.results import Row
from deepdream.errors import ImageError, StorageError, nearest


@dataclass(frozen=True)
class Report:
    """All that a benchmark has found.

    Attributes:
        machine: where.
        rows: the table.
        failed: who is out, and why, in one sentence each.
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
"""The columns that people read, from the left; a file of numbers has all of Row's."""

WORDS = 3
"""Columns of words, before those of numbers."""


def lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The heading and a line of cells a row."""
    return [tuple(SHOWN), *(tuple(show(row) for show in SHOWN.values()) for row in rows)]


def markdown(rows: Sequence[Row]) -> str:
    """The same as a Markdown table."""
    heading, *cells = lines(rows)
    rule = tuple("---" if index < WORDS else "---:" for index in range(len(heading)))
    return "".join(f"| {' | '.join(line)} |\n" for line in (heading, rule, *cells))


def where(machine: Machine) -> str:
    """The machine in one line."""
    return (
        f"{machine.processor}, {machine.device}; matrix products reach {machine.gflops:.0f} GFLOP/s, "
        f"copies {machine.gigabytes:.1f} GB/s; TensorFlow {machine.tensorflow}, Python {machine.python}"
    )


def check(path: Path) -> None:
    """Refuse a file that can't be written, before anything is measured.

    Raises:
        ImageError: no such folder, one that can't be written, or a suffix of no table.
    """
    if path.suffix.lower() not in FORMATS:
        alike = nearest(path.suffix.lower(), FORMATS, 1)
        hint = f"Did you mean {path.with_suffix(alike[0]).name}?" if alike else ""
        raise ImageError(f"A table can't be written as {path.name}: its suffix is not {' or '.join(FORMATS)}.", hint)
    if not path.parent.is_dir():
        raise ImageError(f"The folder {path.parent} does not exist.", "Make it first; it is never created.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise ImageError(f"{path} can't be written.")


def save(path: Path, report: Report) -> None:
    """Write the table; the format follows the suffix.

    Raises:
        StorageError: the disk refused.
    """
    try:
        with replacing(path) as part:
            part.write_text(FORMATS[path.suffix.lower()](report), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"The table can't be written to {path}: {error.strerror or error}.") from error


def as_json(report: Report) -> str:
    """Everything."""
    return json.dumps(asdict(report), indent=2) + "\n"


def _csv(report: Report) -> str:
    """A line a row, all columns."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in report.rows)
    return text.getvalue()


def _markdown(report: Report) -> str:
    """What the terminal shows."""
    told = [
        where(report.machine),
        *report.failed,
        *(["Stopped before all rounds were done."] if report.stopped else []),
    ]
    return markdown(report.rows) + "".join(f"\n{line}\n" for line in told)


FORMATS: dict[str, Callable[[Report], str]] = {".json": as_json, ".csv": _csv, ".md": _markdown}
