"""What the tests of several workers share: the command in a process of its own, a scheduler, what a batch has left."""

import contextlib
import functools
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from deepdream.cli.main import run

FAST = ("--network", "pocket", "--steps", "2", "--octaves", "2")
BOUND = 300.0
"""Seconds after which a test gives up waiting."""

COMMAND = (sys.executable, "-m", "deepdream", "batch")
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}


def make_pictures(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five pictures in a tree and a broken one, in folder/in; the folder becomes the current one."""
    monkeypatch.chdir(folder)
    for name in ("DEEPDREAM_CACHE", "KERAS_HOME"):
        monkeypatch.setenv(name, str(folder / name))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.delenv("DEEPDREAM_WEIGHTS", raising=False)
    for number in range(5):
        path = Path("in", ("", "a")[number % 2], f"p{number}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (8 + number, 11, 3), np.uint8)
        Image.fromarray(noise).resize((44, 32 + 4 * number), Image.Resampling.BICUBIC).save(path)
    Path("in/broken.png").touch()


class Ended(NamedTuple):
    """The result of a command line."""

    returncode: int
    stderr: str


def batch(*words: str) -> Ended:
    """The command in this process, where TensorFlow is loaded already."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        return Ended(run(["batch", *words]), said.getvalue())


@functools.cache
def alone(*words: str) -> dict[str, np.ndarray]:
    """What one process makes of the pictures of `make_pictures`, by their places."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        make_pictures(Path(folder), patch)
        assert batch("in", "--recursive", "-o", "out", *words).returncode == 1
        return pixels("out")


def pixels(folder: str) -> dict[str, np.ndarray]:
    found = sorted(Path(folder).rglob("*.png"))
    return {path.relative_to(folder).as_posix(): np.asarray(Image.open(path)) for path in found}


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[place], other[place]) for place in one)


def entries(folder: str) -> list[dict]:
    file = Path(folder, "batch.jsonl")
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@contextlib.contextmanager
def running(*words: str | Path, **how) -> Iterator[subprocess.Popen]:
    """A process that ends with the block, and its children with it."""
    process = subprocess.Popen(words, **QUIET | how)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition, *, of: subprocess.Popen) -> None:
    """Wait until something holds, at most BOUND, while a process runs."""
    start = time.monotonic()
    while not condition():
        assert of.poll() is None, "it has ended"
        assert time.monotonic() - start < BOUND, "it takes too long"
        time.sleep(0.02)


@contextlib.contextmanager
def scheduler(folder: Path, count: int = 1) -> Iterator[str]:
    """The address of a scheduler on the loopback; its workers stand in another folder and see no relative name."""
    folder.mkdir()
    file = folder / "scheduler.json"
    host = ("--host", "127.0.0.1", "--no-dashboard")
    starts = (sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", file)
    joins = (sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", file, "--nthreads", "1")
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(running(*starts, *host, cwd=folder))
        wait_until(lambda: file.exists() and file.read_text(), of=process)
        for _ in range(count):
            stack.enter_context(running(*joins, *host, cwd=folder))
        yield json.loads(file.read_text())["address"]
