"""A batch on many machines, simulated: one command hands out pictures and takes dreams back, one after another.

run(task, byte) -> rows          each a case and a number of machines

The command serves one machine at a time, first come, first served; a machine waits until its dream has been taken and
the next picture given. Pictures differ in size, machines in speed, and some are far slower.
"""

import heapq
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

MACHINES = (1, 10, 100, 300, 1000)
PICTURES = 1_000_000

LINK = 125e6
"""Bytes per second of the command's network, 1 Gbit/s."""

SPREAD, UNEVEN, SLOW, TIMES = 0.5, 0.15, 0.01, 3.0
"""Of log-normal sizes of pictures and speeds of machines; the share of machines that are this many times as slow."""


@dataclass(frozen=True)
class Case:
    """A kind of batch.

    Attributes:
        name: for the table.
        seconds: of a picture's dream on a usual machine, on average.
        sent: bytes of a picture and its dream; 0 with --shared.
    """

    name: str
    seconds: float
    sent: float


CASES = (
    Case("10 s each, pictures are sent", 10, 1.2e6),
    Case("60 s each, pictures are sent", 60, 8e6),
    Case("10 s each, --shared", 10, 0),
)
"""Dreams of 0.5 megapixels with the embedded network, of 4 megapixels; both take about this on two cores."""


def run(task: float, byte: float, *, pictures: int = PICTURES, seed: int = 16) -> list[dict[str, Any]]:
    """The simulation.

    Args:
        task: seconds of the command for a task that does nothing.
        byte: seconds of the command for each byte sent to or fro.
        pictures: how many.
        seed: of sizes and speeds.

    Returns:
        rows with "case", "machines", "hours"; of all machines' time "working", "waiting" for the command, and "idle"
        behind the last picture, as shares; and the share of the time in which the command is "busy".
    """
    rows = []
    for case in CASES:
        serving = task + case.sent * max(byte, 1 / LINK)
        for machines in MACHINES:
            rng = np.random.default_rng(seed)
            seconds = np.sort(rng.lognormal(-(SPREAD**2) / 2, SPREAD, pictures))[::-1] * case.seconds
            speeds = rng.lognormal(0, UNEVEN, machines)
            speeds[rng.random(machines) < SLOW] *= TIMES
            rows.append({"case": case.name, "machines": machines, **asdict(batch(seconds, speeds, serving))})
    return rows


@dataclass(frozen=True)
class Outcome:
    """The result of a simulated batch; see `run`."""

    hours: float
    working: float
    waiting: float
    idle: float
    busy: float


def batch(seconds: np.ndarray, slowness: np.ndarray, serving: float) -> Outcome:
    """One batch.

    Args:
        seconds: of each picture on a usual machine, in the order in which they are handed out.
        slowness: of each machine, 1 for a usual one.
        serving: seconds that the command takes to serve a machine once.
    """
    ready = [(0.0, machine) for machine in range(len(slowness))]  # when a machine comes to the command
    free, working, waiting = 0.0, 0.0, 0.0
    slow = slowness.tolist()
    for length in seconds.tolist():
        came, machine = ready[0]
        free = max(came, free) + serving
        took = length * slow[machine]
        working += took
        waiting += free - came
        heapq.heapreplace(ready, (free + took, machine))
    ends = [when for when, _ in ready]
    end = max(ends)
    total = end * len(slow)
    return Outcome(
        hours=end / 3600,
        working=working / total,
        waiting=waiting / total,
        idle=sum(end - when for when in ends) / total,
        busy=len(seconds) * serving / end,
    )
