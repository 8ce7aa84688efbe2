"""`deepdream batch` on several workers: real dreams, what a task costs beside its work, and what would bound more.

measure(rounds) -> result, with a simulation from the figures measured
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from deepdream.batch import cluster, dispatch
from deepdream.settings import SAMPLE
from tools.benchmark import simulate
from tools.benchmark.commands import alternated

COUNT = 16
"""Dreams of a run, and half of them of the one that it is set against: the difference is free of the start."""

TASKS = 1000
WORKERS = (2, 4, 8, 16)

PICTURE = 2**20
"""Bytes that are sent to and fro, as of a picture and its dream."""


def measure(rounds: int) -> dict[str, Any]:
    """Everything; each figure is printed as soon as it is there.

    Args:
        rounds: of real dreams; the fastest counts.

    Returns:
        "dreams": by workers, seconds of each picture beyond the start; "tasks": by workers, seconds of an empty task
        beyond the start; "bytes": seconds of one that takes and returns PICTURE bytes; "plan": seconds of planning a
        picture; "simulation": see `simulate.run`.
    """
    result: dict[str, Any] = {"dreams": dreams(rounds)}
    result["tasks"] = {count: _task_seconds(count, range(1, TASKS + 1), abs) for count in WORKERS}
    print("tasks", result["tasks"], flush=True)
    result["bytes"] = _task_seconds(2, (bytes(PICTURE) for _ in range(100)), _unchanged)
    result["plan"] = plan_seconds()
    print("bytes", result["bytes"], "plan", result["plan"], flush=True)
    result["simulation"] = simulate.run(
        task=max(result["tasks"].values()), byte=(result["bytes"] - result["tasks"][2]) / (2 * PICTURE)
    )
    return result


def dreams(rounds: int) -> dict[str, list[float]]:
    """Seconds of a picture in one process and on 1 and 2 workers, 300x200 with the embedded network."""
    with tempfile.TemporaryDirectory(prefix="deepdream-") as name:
        folder = Path(name)
        for count in (COUNT // 2, COUNT):
            _pictures(folder / str(count), count)
        ways = {"one process": (), "1 worker": ("--workers", "1"), "2 workers": ("--workers", "2")}
        timed: dict[str, Callable[[], float]] = {way: partial(_beyond, folder, words) for way, words in ways.items()}
        taken = alternated(timed, rounds)
    print("dreams", taken, flush=True)
    return taken


def plan_seconds(count: int = 2000) -> float:
    """Seconds until a batch knows what it has to do for a picture that it has not dreamt yet."""
    from deepdream.batch import run as batches

    with tempfile.TemporaryDirectory(prefix="deepdream-") as name:
        folder = Path(name)
        _pictures(folder / "in", 1)
        for number in range(1, count):
            os.link(folder / "in" / "0.jpg", folder / "in" / f"{number}.jpg")
        began = time.perf_counter()
        plan = batches.plan([folder / "in"], (), {"network": "pocket"}, folder / "out")
        next(event for event in batches.run(plan) if isinstance(event, batches.Begun))
        return (time.perf_counter() - began) / count


def _pictures(folder: Path, count: int) -> None:
    """The sample picture at 300x200, shifted so that all differ."""
    folder.mkdir()
    with Image.open(SAMPLE) as sample:
        pixels = np.asarray(sample.resize((300, 200)))
    for number in range(count):
        Image.fromarray(np.roll(pixels, number, axis=1)).save(folder / f"{number}.jpg", quality=95)


def _beyond(folder: Path, words: Iterable[str]) -> float:
    """Seconds of a picture: a run's beyond those of half of it."""
    times = [_seconds(folder / str(count), words) for count in (COUNT // 2, COUNT)]
    return (times[1] - times[0]) / (COUNT - COUNT // 2)


def _seconds(folder: Path, words: Iterable[str]) -> float:
    """A batch into an empty folder."""
    with tempfile.TemporaryDirectory(prefix="deepdream-") as out:
        command = (sys.executable, "-m", "deepdream", "batch", str(folder), "-o", f"{out}/out", "--network", "pocket")
        began = time.perf_counter()
        subprocess.run((*command, "--quiet", *words), check=True, capture_output=True)
        return time.perf_counter() - began


def _task_seconds(count: int, tasks: Iterable[Any], work: Callable[[Any], Any]) -> float:
    """Seconds of a task once all workers are there."""
    with cluster.local(count) as (_, client):
        client.wait_for_workers(count, timeout=300)
        events = dispatch.run(client, tasks, work, probe=os.getpid, reject=lambda worker, found: "", patience=60.0)
        returned = (event for event in events if isinstance(event, dispatch.Returned))
        next(returned)
        began = time.perf_counter()
        done = sum(1 for _ in returned)
        return (time.perf_counter() - began) / done


def _unchanged(data: bytes) -> bytes:
    return data
