"""Time and peak memory against pixels: one octave step of a dream, picture arrays and shaping included.

measure(points) -> records    each in a separate process

A point's process first dreams a small picture with the same tile, so that compiling and memory allocation are not in
the time; they are in the peak memory.
"""

import json
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from tools.benchmark import environment
from tools.benchmark.kept import kept

SIDES = (512, 1024, 1536, 2048, 3072, 4096, 5120, 7168, 10000)
"""Sides of square pictures: 0.26 to 100 megapixels. All but the last are multiples of the tile of 512."""

BRIEF = 2048
"""Up to this side the median of three steps is taken; above it one step is long enough."""


@dataclass(frozen=True)
class Point:
    """What to measure: settings of a dream, and the side of a square picture."""

    network: str
    weights: str | None
    layers: str
    convolution: str
    tile: int
    memory: str
    side: int

    @property
    def given(self) -> dict[str, Any]:
        """The dream's settings: one octave; the rest are defaults."""
        fields = asdict(self)
        side = fields.pop("side")
        steps = 1 if side > BRIEF else 3
        return fields | {"octaves": 1, "steps": steps, "start": "noise", "size": (side, side)}


def measure(points: list[Point]) -> list[dict[str, Any]]:
    """A record of each point, in the order of measuring; those kept are not measured again."""
    found = []
    for point in points:
        found.append({"point": _named(point)} | kept("curve", _named(point), partial(_measured, point)))
        print(_summary(found[-1]), flush=True)
    return found


def _named(point: Point) -> dict[str, Any]:
    """The point as stored: random weights are named, without their file."""
    return asdict(point) | {"weights": "random" if point.weights else None}


def _measured(point: Point) -> dict[str, Any]:
    """Seconds and peak memory, or the error."""
    command = [sys.executable, "-m", "tools.benchmark.curve", json.dumps(asdict(point))]
    done = subprocess.run(command, cwd=environment.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def _summary(line: dict[str, Any]) -> str:
    pixels = line["point"]["side"] ** 2 / 1e6
    start = f"{line['point']['network']} {pixels:.2f} MP: "
    if "error" in line:
        return start + line["error"]
    each, spent = line["seconds"] / pixels, line["processor"] / pixels
    memory = line["peak"] / 2**30
    return start + f"{line['seconds']:.2f} s, {each:.2f} s/MP, processor {spent:.2f} s/MP, peak {memory:.2f} GiB"


def step(point: Point) -> dict[str, float]:
    """An octave step in this process: wall-clock seconds, CPU seconds over threads, and peak memory in bytes."""
    import time

    from deepdream import runtime
    from deepdream.benchmark.worker import peak
    from deepdream.pipeline import run
    from deepdream.pipeline.events import Step
    from deepdream.pipeline.request import understand
    from deepdream.pipeline.session import Session

    session = Session(alone=True)
    warm = min(point.side, 3 * point.tile)  # has windows inside the picture and windows at its edges
    first = understand(None, point.given | {"size": (warm, warm)})
    for _ in run.run(first, session=session):
        pass
    records = run.run(understand(None, point.given), session=session)
    next(records)  # the estimate
    clocks, spents = [time.perf_counter()], [time.process_time()]
    for record in records:
        if isinstance(record, Step):
            clocks.append(time.perf_counter())
            spents.append(time.process_time())
    seconds, processor = (statistics.median(b - a for a, b in pairwise(times)) for times in (clocks, spents))
    return {"seconds": seconds, "processor": processor / runtime.threads(), "peak": peak()}


if __name__ == "__main__":
    print(json.dumps(step(Point(**json.loads(sys.argv[1])))))
