"""Workers in processes of their own that take turns, step by step, so that other load on the machine slows all alike.

run(workers, rounds) -> iterator of Ready, Timing and Failed

Each worker is a command that speaks the protocol of `worker.serve`. In a process of its own its flags, its threads and
its peak of memory are its own. They get ready one after the other, and none outlives the iterator.
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
    """What is started.

    Attributes:
        name: what the table calls it.
        command: the words that start it.
        environment: all variables of its process; None for this one's.
        folder: where it starts; None for here.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    folder: Path | None = None


@dataclass(frozen=True)
class Ready:
    """A worker has taken its first step.

    Attributes:
        name: whose.
        compile: seconds of building its function and of the first step.
        peak: bytes of memory that its process has held at most.
    """

    name: str
    compile: float
    peak: int


@dataclass(frozen=True)
class Timing:
    """One timed step: of whom, in which round from 1, seconds by the clock and of all processors, peak memory."""

    name: str
    round: int
    seconds: float
    processor: float
    peak: int


@dataclass(frozen=True)
class Failed:
    """A worker that failed and takes no more steps: one sentence on why, and what to do."""

    name: str
    message: str
    advice: str = ""


Record = Ready | Timing | Failed


def run(workers: Sequence[Worker], rounds: int) -> Iterator[Record]:
    """Get all ready, then let them take turns; one that fails is left out and the others continue.

    Args:
        workers: in the order of their turns.
        rounds: steps of each that are timed.
    """
    with ExitStack() as stack:
        running = []
        for worker in workers:
            process = stack.enter_context(_started(worker))
            record = process.hear(0)
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
    """The process of a worker, and what it reports."""

    def __init__(self, name: str, process: subprocess.Popen[str], errors: IO[bytes]) -> None:
        self._name, self._process, self._errors = name, process, errors

    def step(self, number: int) -> Record:
        """Ask for one step of a round."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has died, which `hear` reports
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
        return self.hear(number)

    def hear(self, number: int) -> Record:
        """Its next answer; where there is none, why."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            return Failed(self._name, self._last_words())
        ((kind, said),) = json.loads(line).items()
        kinds: dict[str, Any] = {"ready": Ready, "error": Failed, "step": Timing}
        return kinds[kind](self._name, **said | ({"round": number} if kind == "step" else {}))

    def _last_words(self) -> str:
        """Why a process ended without an answer, in one sentence."""
        code = self._process.wait()
        if code < 0:
            why = "Linux does that when memory runs out" if code == -signal.SIGKILL else "it crashed"
            return f"Its process was ended by {signal.Signals(-code).name}; {why}."
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"Its process ended with exit code {code}" + (f": {said[-1].strip()}" if said else ".")


@contextmanager
def _started(worker: Worker) -> Iterator[_Process]:
    """A worker's process, which ends with the block."""
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
