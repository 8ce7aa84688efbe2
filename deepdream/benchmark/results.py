"""The table of a contest: from what was measured to the numbers one reads.

rows(tasks, records, machine) -> (Row, ...)      pure arithmetic, but for reading the gradients that are compared
against(rows, machine) -> (Row, ...)             the same where the machine was measured once more
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deepdream.benchmark.interleave import Ready, Record, Turn
from deepdream.benchmark.machine import Machine
from deepdream.benchmark.workload import Task
from deepdream.gradient import cost


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contestant's line; a field is a column, and a step is one forward pass and one gradient of the picture.

    Attributes:
        device, threads: what computed.
        network: whose widths and weights.
        path: how it computed.
        size: of the picture, as typed.
        pixels: the same as a number.
        tile: side of the tiles' cores; None for the whole picture at once.
        layers: what was made large.
        deepest: the last layer that was computed.
        rounds: steps that were timed.
        seconds_min, seconds, seconds_max: of a step by the clock; `seconds` is the median.
        processor_seconds: the median of all processors' time of a step over the threads: what a step takes where
            nothing else runs.
        pixel_steps_per_second: pixels over the median.
        gflops: 10^9 operations a second, counted as the plain convolution does them, whatever the path saves.
        of_sgemm: those over the best rate of this machine's matrix product.
        peak_memory: bytes of the whole process.
        compile_seconds: of building the function and its first step, less the fastest step.
        difference: from the first contestant's gradient, norm over norm.
        typical_difference: the same of the middle pixel: half of all pixels differ by less (see docs/performance.md).
    """

    device: str
    threads: int
    network: str
    path: str
    size: str
    pixels: int
    tile: int | None
    layers: str
    deepest: str
    rounds: int
    seconds_min: float
    seconds: float
    seconds_max: float
    processor_seconds: float
    pixel_steps_per_second: float
    gflops: float
    of_sgemm: float
    peak_memory: int
    compile_seconds: float
    difference: float
    typical_difference: float


def rows(tasks: Mapping[str, Task], records: Sequence[Record], machine: Machine, network: str) -> tuple[Row, ...]:
    """The line of every contestant that has taken a timed step, in their order.

    Args:
        tasks: by contestant's name, in the order of the turns.
        records: what the contest has told so far.
        machine: where it ran.
        network: what the table calls the weights.
    """
    ready = {record.name: record for record in records if isinstance(record, Ready)}
    turns = {name: [r for r in records if isinstance(r, Turn) and r.name == name] for name in ready}
    true = np.load(tasks[next(iter(ready))].gradient) if ready else np.empty(0)
    return tuple(
        _row(name, tasks[name], ready[name], turns[name], machine, network, true) for name in ready if turns[name]
    )


def against(rows: Sequence[Row], machine: Machine) -> tuple[Row, ...]:
    """The same lines with their share of this machine's matrix product."""
    return tuple(replace(row, of_sgemm=row.gflops / machine.gflops) for row in rows)


def _row(
    name: str, task: Task, ready: Ready, turns: list[Turn], machine: Machine, network: str, true: np.ndarray
) -> Row:
    """One line."""
    times = [turn.seconds for turn in turns]
    seconds, pixels = statistics.median(times), task.size[0] * task.size[1]
    gflops = cost.operations(task.table, task.size) / seconds / 1e9
    whole, typical = differences(task.gradient, true)
    return Row(
        device=machine.device,
        threads=machine.threads,
        network=network,
        path=name,
        size=f"{task.size[1]}x{task.size[0]}",
        pixels=pixels,
        tile=task.tile,
        layers=task.layers,
        deepest=task.table[-1].name,
        rounds=len(times),
        seconds_min=min(times),
        seconds=seconds,
        seconds_max=max(times),
        processor_seconds=statistics.median(turn.processor for turn in turns) / machine.threads,
        pixel_steps_per_second=pixels / seconds,
        gflops=gflops,
        of_sgemm=gflops / machine.gflops,
        peak_memory=max(turn.peak for turn in turns),
        compile_seconds=max(ready.compile - min(times), 0.0),
        difference=whole,
        typical_difference=typical,
    )


def differences(file: Path, true: np.ndarray) -> tuple[float, float]:
    """How far a gradient in a file is from the true one.

    Args:
        file: [H, W, 3], as NumPy saves it.
        true: [H, W, 3].

    Returns:
        the norm of the difference over the norm of the true gradient; and the median over the pixels of the
        difference's length, over the root mean square of the true lengths, which a few pixels can't move.
    """
    true = true.astype(np.float64)
    lengths = np.linalg.norm(np.load(file) - true, axis=-1)
    size = np.linalg.norm(true)
    return float(np.linalg.norm(lengths) / size), float(np.median(lengths) / (size / np.sqrt(lengths.size)))
