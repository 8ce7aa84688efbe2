"""Benchmark workers in separate processes, stepped in turn so that other load on the machine slows all of them alike.

run(workers, rounds) -> iterator of Ready, Timing and Failed

Each worker is a command that speaks the protocol of `worker.serve`. A separate process gives
each its own flags, threads and peak memory. Workers start one after the other, and none outlives the iterator.
"""

import json
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any


@dataclass(frozen=True)
class Worker:
    """A process to start.

    Attributes:
        name: its name in the table.
        command: its command line, one item per argument.
        environment: its environment variables; None for those of this process.
        folder: its working directory; None for the current one.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    folder: Path | None = None


@dataclass(frozen=True)
class Ready:
    """A worker has taken its first step.

    Attributes:
        name: of the worker.
        compile: seconds to build its function and take the first step.
        peak: peak memory of its process in bytes.
    """

    name: str
    compile: float
    peak: int


@dataclass(frozen=True)
class Timing:
    """One timed step: worker, round (from 1), wall-clock seconds, CPU seconds, peak memory in bytes."""

    name: str
    round: int
    seconds: float
    processor: float
    peak: int


@dataclass(frozen=True)
class Failed:
    """A worker that failed and takes no more steps: the reason in one sentence, and advice."""

    name: str
    message: str
    advice: str = ""


Record = Ready | Timing | Failed


def run(workers: Sequence[Worker], rounds: int) -> Iterator[Record]:
    """Start all workers, then step them in turn; one that fails drops out and the others continue.

    Args:
        workers: in the order in which they step.
        rounds: timed steps per worker.
    """
    with ExitStack() as stack:
        running = []
        for worker in workers:
            process = stack.enter_context(_started(worker))
            record = process.receive(0)
            yield record
            if isinstance(record, Ready):
                running.append(process)
        for number in range(1, rounds + 1):
            for process in tuple(running):
                record = process.step(number)
                yield record
                if isinstance(record, Failed):
                    running.remove(process)


class _Process:
    """A running worker and its pipes."""

    def __init__(self, name: str, process: subprocess.Popen[str], errors: IO[bytes]) -> None:
        self._name, self._process, self._errors = name, process, errors

    def step(self, number: int) -> Record:
        """Request one step and wait for its timing."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has died, which `receive` reports
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
        return self.receive(number)

    def receive(self, number: int) -> Record:
        """The next reply, or Failed if the process ended without one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            return Failed(self._name, self._exit_reason())
        ((kind, values),) = json.loads(line).items()
        kinds: dict[str, Any] = {"ready": Ready, "error": Failed, "step": Timing}
        return kinds[kind](self._name, **values | ({"round": number} if kind == "step" else {}))

    def _exit_reason(self) -> str:
        """Why the process ended without a reply, in one sentence."""
        code = self._process.wait()
        if code < 0:
            why = "Linux does that when memory runs out" if code == -signal.SIGKILL else "it crashed"
            return f"Its process was ended by {signal.Signals(-code).name}; {why}."
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"Its process ended with exit code {code}" + (f": {lines[-1].strip()}" if lines else ".")


@contextmanager
def _started(worker: Worker) -> Iterator[_Process]:
    """A running worker; its process is killed when the block ends."""
    # Own session: the terminal's SIGINT does not reach it. If we die, it sees EOF on stdin and exits.
    with (
        suppress(BrokenPipeError),  # it died before it read the last request
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            worker.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=worker.environment,
            cwd=worker.folder,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield _Process(worker.name, process, errors)
        finally:
            process.kill()
