"""The rows of a benchmark's table, from its measurements.

rows(workloads, records, machine) -> (Row, ...)      arithmetic only, except that it reads the gradients to compare
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
    """One worker's row; each field is a column. A step is one forward and one backward pass, to the picture.

    Attributes:
        device, threads: that it ran on.
        network: its name.
        path: the algorithm that computed it.
        size: of the picture, as typed.
        pixels: width times height.
        tile: side of the tiles' cores; None for the whole picture at once.
        layers: the selection that was maximised.
        deepest: the deepest layer that was computed.
        rounds: timed steps.
        seconds_min, seconds, seconds_max: wall-clock time of a step; `seconds` is the median.
        processor_seconds: median CPU time of a step divided by the threads: what a step takes on an otherwise idle
            machine.
        pixel_steps_per_second: pixels over the median time.
        gflops: 10^9 operations per second, counted as direct convolution, whatever the algorithm saves.
        of_sgemm: that rate over the best rate of this machine's matrix product.
        peak_memory: bytes of the whole process.
        compile_seconds: to build the function and take its first step, less the fastest step.
        difference: from the first worker's gradient, norm over norm.
        typical_difference: the same for the median pixel: half of all pixels differ by less (see docs/performance.md).
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
    """The row of every worker that has taken a timed step, in their order.

    Args:
        workloads: by worker's name, in the order in which they step.
        records: from `interleave.run`, so far.
        machine: that it ran on.
        network: its name in the table.
    """
    ready = {record.name: record for record in records if isinstance(record, Ready)}
    turns = {name: [r for r in records if isinstance(r, Timing) and r.name == name] for name in ready}
    reference = np.load(workloads[next(iter(ready))].gradient) if ready else np.empty(0)
    return tuple(
        _row(name, workloads[name], ready[name], turns[name], machine, network, reference)
        for name in ready
        if turns[name]
    )


def _row(
    name: str,
    workload: Workload,
    ready: Ready,
    turns: list[Timing],
    machine: Machine,
    network: str,
    reference: np.ndarray,
) -> Row:
    """One row."""
    times = [turn.seconds for turn in turns]
    seconds, pixels = statistics.median(times), workload.size[0] * workload.size[1]
    gflops = cost.operations(workload.table, workload.size) / seconds / 1e9
    overall, typical = differences(workload.gradient, reference)
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
        difference=overall,
        typical_difference=typical,
    )


def differences(file: Path, reference: np.ndarray) -> tuple[float, float]:
    """How far a saved gradient is from a reference.

    Args:
        file: [H, W, 3] in NumPy's format.
        reference: [H, W, 3].

    Returns:
        the norm of the difference over the norm of the reference; and the median over the pixels of the difference's
        length, over the root mean square length of the reference, which a few outlying pixels can't change.
    """
    reference = reference.astype(np.float64)
    lengths = np.linalg.norm(np.load(file) - reference, axis=-1)
    size = np.linalg.norm(reference)
    return float(np.linalg.norm(lengths) / size), float(np.median(lengths) / (size / np.sqrt(lengths.size)))
