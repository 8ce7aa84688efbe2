"""Contestants in processes of their own that take turns, step by step, so that whatever else runs meets all alike.

run(contestants, rounds) -> iterator of Ready, Turn and Failed

Each contestant is a command that answers as `serve` does. A process of its own keeps its flags, its threads and its
peak of memory; they get ready one after the other, and none outlives the iterator.
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
class Contestant:
    """Who takes part.

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
    """A contestant has taken its first step.

    Attributes:
        name: whose.
        compile: seconds of building its function and of the first step.
        peak: bytes of memory that its process has held at most.
    """

    name: str
    compile: float
    peak: int


@dataclass(frozen=True)
class Turn:
    """One step: who, in which round from 1 on, seconds by the clock and of all processors, peak memory in bytes."""

    name: str
    round: int
    seconds: float
    processor: float
    peak: int


@dataclass(frozen=True)
class Failed:
    """A contestant that is out: one sentence on why, and what to do."""

    name: str
    message: str
    advice: str = ""


Record = Ready | Turn | Failed


def run(contestants: Sequence[Contestant], rounds: int) -> Iterator[Record]:
    """Get all ready, then let them take turns; one that fails is out and the others go on.

    Args:
        contestants: in the order of their turns.
        rounds: steps of each that are timed.
    """
    with ExitStack() as stack:
        playing = []
        for contestant in contestants:
            player = stack.enter_context(_playing(contestant))
            record = player.hear(0)
            yield record
            if isinstance(record, Ready):
                playing.append(player)
        for number in range(1, rounds + 1):
            for player in tuple(playing):
                record = player.step(number)
                yield record
                if isinstance(record, Failed):
                    playing.remove(player)


class _Player:
    """A contestant's process, spoken to."""

    def __init__(self, name: str, process: subprocess.Popen[str], errors: IO[bytes]) -> None:
        self._name, self._process, self._errors = name, process, errors

    def step(self, number: int) -> Record:
        """Ask for one step of a round."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it is dead, which `hear` tells
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
        kinds: dict[str, Any] = {"ready": Ready, "error": Failed, "step": Turn}
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
def _playing(contestant: Contestant) -> Iterator[_Player]:
    """A contestant's process, which ends with the block."""
    # In a session of its own it hears no Ctrl-C from the terminal. Should this process die, its stdin ends.
    with (
        suppress(BrokenPipeError),  # what it was asked last has not reached it
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            contestant.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=contestant.environment,
            cwd=contestant.folder,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield _Player(contestant.name, process, errors)
        finally:
            process.kill()
