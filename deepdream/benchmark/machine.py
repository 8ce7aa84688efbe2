"""This machine: its names and versions, and its measured peak rates of matrix products and memory copies.

measured(threads) -> Machine        in a separate process: python -m deepdream.benchmark.machine [THREADS]
"""

import json
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from deepdream.errors import RunError
from deepdream.gradient import precision

SIDE = 2048
"""Side of the matrices: 17 GFLOP per product; the three of them take 50 MB."""

BYTES = 2**28
"""Size of the array that is copied, well beyond any cache."""

INSTRUCTIONS = {"amx_bf16": "AMX-BF16", "avx512_bf16": "AVX512-BF16", "avx512f": "AVX-512", "avx2": "AVX2"}
"""Instruction sets by flag of /proc/cpuinfo, best first."""

SECONDS = 1.5
"""Spent on each of the two measurements."""


@dataclass(frozen=True)
class Machine:
    """The machine that the numbers come from.

    Attributes:
        processor: its name.
        device: CPU or GPU, in words.
        threads: that TensorFlow uses.
        gflops: float32 matrix product, 10^9 operations per second, best of many runs.
        gigabytes: memory copy, 10^9 bytes read and written per second, best of many runs.
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
    """This machine, measured in a fresh process; takes about six seconds.

    Raises:
        RunError: the process failed.
    """
    command = [sys.executable, "-m", "deepdream.benchmark.machine", *([str(threads)] if threads else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise RunError(f"The machine could not be measured: {lines[-1]}")
    return Machine(**json.loads(done.stdout.splitlines()[-1]))


def measure(threads: int | None) -> Machine:
    """This machine, measured in this process."""
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
    """Fastest time in seconds of at least five runs and SECONDS in total, after one warm-up run."""
    work()
    times: list[float] = []
    while len(times) < 5 or sum(times) < SECONDS:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def kind() -> str:
    """The processor's vendor and model, and its best instruction set for matrix products."""
    name = re.sub(r"\([A-Za-z]+\)|\bProcessor\b|\bCPU\b.*|@.*", "", processor())
    best = next((word for flag, word in INSTRUCTIONS.items() if flag in precision.flags()), "")
    return ", ".join(filter(None, (" ".join(name.split()), best)))


def processor() -> str:
    """The processor's name from /proc/cpuinfo, else from Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _copier(threads: int) -> Callable[[], object]:
    """A function that copies a large array, split across the threads."""
    source, target = (np.ones((threads, BYTES // 4 // threads), np.float32) for _ in range(2))
    pool = ThreadPoolExecutor(threads)
    return lambda: list(pool.map(np.copyto, target, source))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(int(sys.argv[1]) if len(sys.argv) > 1 else None))) + "\n")
