"""The rows of a benchmark's table, from what was measured.

rows(workloads, records, machine) -> (Row, ...)      pure arithmetic, but for reading the gradients that are compared
"""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepdream.benchmark.interleave import Ready, Record, Timing
from deepdream.benchmark.machine import Machine
from deepdream.benchmark.workload import Workload
from deepdream.gradient import cost


@dataclass(frozen=True, kw_only=True)
class Row:
    """One worker's line; a field is a column, and a step is one forward pass and one gradient of the picture.

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
        difference: from the first worker's gradient, norm over norm.
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


def rows(
    workloads: Mapping[str, Workload], records: Sequence[Record], machine: Machine, network: str
) -> tuple[Row, ...]:
    """The line of every worker that has taken a timed step, in their order.

    Args:
        workloads: by worker's name, in the order of the turns.
        records: of `interleave.run`, so far.
        machine: where it ran.
        network: what the table calls the weights.
    """
    ready = {record.name: record for record in records if isinstance(record, Ready)}
    turns = {name: [r for r in records if isinstance(r, Timing) and r.name == name] for name in ready}
    true = np.load(workloads[next(iter(ready))].gradient) if ready else np.empty(0)
    return tuple(
        _row(name, workloads[name], ready[name], turns[name], machine, network, true) for name in ready if turns[name]
    )


def _row(
    name: str, workload: Workload, ready: Ready, turns: list[Timing], machine: Machine, network: str, true: np.ndarray
) -> Row:
    """One line."""
    times = [turn.seconds for turn in turns]
    seconds, pixels = statistics.median(times), workload.size[0] * workload.size[1]
    gflops = cost.operations(workload.table, workload.size) / seconds / 1e9
    whole, typical = differences(workload.gradient, true)
    return Row(
        device=machine.device,
        threads=machine.threads,
        network=network,
        path=name,
        size=f"{workload.size[1]}x{workload.size[0]}",
        pixels=pixels,
        tile=workload.tile,
        layers=workload.layers,
        deepest=workload.table[-1].name,
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
