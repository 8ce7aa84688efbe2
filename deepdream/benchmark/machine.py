"""What the machine can do at best: products of matrices and copies of memory, measured; and what it is.

measured(threads) -> Machine        in a process of its own: python -m deepdream.benchmark.machine [THREADS]
"""

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from deepdream.errors import RunError

SIDE = 2048
"""Of the matrices: 17 GFLOP a product, three of them 50 MB."""

BYTES = 2**28
"""Of the copy, well beyond any cache."""

SECONDS = 1.5
"""For each of the two."""


@dataclass(frozen=True)
class Machine:
    """Where the numbers come from.

    Attributes:
        processor: its name.
        device: what computes, in words.
        threads: that TensorFlow uses.
        gflops: 10^9 operations a second of a product of float32 matrices, the best of many.
        gigabytes: 10^9 bytes a second that a copy reads and writes, together, the best of many.
        system, python, tensorflow: versions.
    """

    processor: str
    device: str
    threads: int
    gflops: float
    gigabytes: float
    system: str
    python: str
    tensorflow: str


def measured(threads: int | None) -> Machine:
    """This machine, measured in a fresh process: some six seconds.

    Raises:
        RunError: the process failed.
    """
    command = [sys.executable, "-m", "deepdream.benchmark.machine", *([str(threads)] if threads else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise RunError(f"The machine could not be measured: {said[-1]}")
    return Machine(**json.loads(done.stdout.splitlines()[-1]))


def measure(threads: int | None) -> Machine:
    """This machine, measured here."""
    from deepdream import runtime
    from deepdream.runtime import tf

    runtime.configure(threads)
    matrix = tf.random.stateless_normal([SIDE, SIDE], seed=(0, 1))
    count = threads or runtime.allowed_cores()
    return Machine(
        processor=processor(),
        device=runtime.device(),
        threads=count,
        gflops=2 * SIDE**3 / best(lambda: tf.linalg.matmul(matrix, matrix)) / 1e9,
        gigabytes=2 * BYTES / best(_copier(count)) / 1e9,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        tensorflow=tf.__version__,
    )


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of the times that fit into SECONDS, five at least; the first one is not counted."""
    work()
    times: list[float] = []
    while len(times) < 5 or sum(times) < SECONDS:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def processor() -> str:
    """The processor's name as Linux has it, else as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _copier(threads: int) -> Callable[[], object]:
    """Copies a large array, a part in each thread."""
    here, there = (np.ones((threads, BYTES // 4 // threads), np.float32) for _ in range(2))
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(np.copyto, there, here))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(int(sys.argv[1]) if len(sys.argv) > 1 else None))) + "\n")
