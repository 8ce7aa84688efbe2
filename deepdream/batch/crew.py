"""The workers of a Dask scheduler, one task at a time each: the same for processes of this machine and for others.

carry(client, tasks, work, ...) -> iterator of Handed, Note, Returned, Lost

A task is tied to one worker, so that no other is blamed if that worker dies, and every wait has a time limit.
"""

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from deepdream.errors import RequestError, RunError
from deepdream.pipeline.events import Note

if TYPE_CHECKING:
    from distributed import Client, Future

TRIES = 3
"""How many workers may die of a task before it is given up."""

LOOK = 1.0
"""Seconds between two polls of the scheduler for its workers."""

FETCH = 600.0
"""Seconds in which a finished result has to arrive."""

MEET = 300.0
"""Seconds in which a new worker has to report its versions."""

SETTLE = 10.0
"""Seconds to wait for other workers if none of the present ones can be used."""

STILLBORN = 8
"""How many workers may end, one after another, before they have reported their versions."""


@dataclass(frozen=True)
class Handed:
    """A task was sent to a worker."""

    task: Any


@dataclass(frozen=True)
class Returned:
    """The result of a task."""

    task: Any
    value: Any


@dataclass(frozen=True)
class Lost:
    """A task whose worker died TRIES times."""

    task: Any


def carry(
    client: "Client",
    tasks: Iterable[Any],
    work: Callable[[Any], Any],
    *,
    meet: Callable[[], Any],
    unfit: Callable[[str, Any], str],
    patience: float,
) -> Generator[Handed | Note | Returned | Lost, None, None]:
    """Run tasks on the workers that fit, until all have returned.

    Args:
        client: of the scheduler; workers may come and go.
        tasks: read no faster than workers take them.
        work: called on a worker with each task. It and `meet` return what went wrong and never raise: the client would
            wait for ever for an exception that can't be pickled.
        meet: called on each worker that has come, before it gets a task; returns what `unfit` decides by.
        unfit: given a worker's address and this, or the exception where deepdream is not there, says in a sentence why
            it must not be used; "" where it may.
        patience: seconds to wait for a worker where there is none.

    Yields: as they happen; the events of one task are in order.

    Raises:
        RequestError: workers are there, and none of them may be used.
        RunError: the scheduler has gone, or no worker has come.
    """
    crew = _Crew(client, work, meet, unfit, patience)
    source, again, more = iter(tasks), deque[tuple[Any, int]](), True
    try:
        while more or again or crew.busy:
            yield from crew.look()
            for task, tries in crew.gone():
                if tries == TRIES:
                    yield Lost(task)
                else:
                    again.append((task, tries))
            for worker in crew.idle():
                task, tries = again.popleft() if again else (next(source, None), 0)
                if task is None:
                    more = False
                    break
                yield Handed(task)
                crew.hand(worker, task, tries + 1)
            yield from crew.returned()
    finally:
        crew.cancel()


@dataclass(frozen=True)
class _Errand:
    """What a worker is doing: a task and the number of the try, or a report about itself (None)."""

    future: "Future"
    task: Any = None
    tries: int = 0
    since: float = 0.0


class _Crew:
    """The workers, and what each is doing."""

    def __init__(
        self, client: "Client", work: Callable, meet: Callable, unfit: Callable[[str, Any], str], patience: float
    ) -> None:
        self._client, self._work, self._meet, self._unfit, self._patience = client, work, meet, unfit, patience
        self._why: dict[str, str] = {}  # of each worker met: why it must not be used, or ""
        self._meeting: dict[str, _Errand] = {}
        self.busy: dict[str, _Errand] = {}
        self._ended: queue.SimpleQueue[tuple[Future, Any]] = queue.SimpleQueue()
        self._lost: list[tuple[Any, int]] = []
        self._looked, self._alone_since, self._stillborn = 0.0, time.monotonic(), 0

    def look(self) -> Iterator[Note]:
        """Poll the scheduler: greet new workers, drop those that have gone.

        Raises:
            RequestError, RunError: as `carry`.
        """
        now = time.monotonic()
        if now - self._looked < LOOK:
            return
        there = self._there()
        for worker in {*self._why, *self._meeting} - there:
            self._lose(worker)
        for worker in there - {*self._why, *self._meeting}:
            self._meeting[worker] = _Errand(self._send(worker, self._meet), since=now)
        for worker, errand in list(self._meeting.items()):
            if now - errand.since > MEET:
                yield self._refused(worker, f"The worker {worker} is not used: it has not responded for {MEET:.0f} s.")
        if self._meeting or not all(self._why.values()):
            self._alone_since = now
        elif not there and not self._looked:
            yield Note("There are no workers yet; waiting for them.")
        self._looked = now
        self._check_workers(now)

    def gone(self) -> Iterator[tuple[Any, int]]:
        """The tasks whose worker was lost since the last call, and the number of tries of each."""
        while self._lost:
            yield self._lost.pop()

    def idle(self) -> list[str]:
        """Workers that may be given a task."""
        return [worker for worker, why in self._why.items() if not why and worker not in self.busy]

    def hand(self, worker: str, task: Any, tries: int) -> None:
        """Give a worker a task."""
        self.busy[worker] = _Errand(self._send(worker, self._work, task), task, tries)

    def returned(self) -> Iterator[Returned | Note]:
        """The finished task, if one arrives before the next poll."""
        try:
            future, value = self._ended.get(timeout=LOOK)
        except queue.Empty:
            return
        errands = [*self._meeting.items(), *self.busy.items()]
        worker = next((worker for worker, errand in errands if errand.future is future), None)
        if worker is None:  # taken back already
            return
        if _gone(value) or (isinstance(value, BaseException) and worker in self.busy):
            self._lose(worker)
        elif worker in self._meeting:
            self._stillborn = 0
            if why := self._unfit(worker, value):
                yield self._refused(worker, why)
            else:
                self._why[worker] = ""
                del self._meeting[worker]
        else:
            yield Returned(self.busy.pop(worker).task, value)

    def cancel(self) -> None:
        """Cancel what has not been done."""
        self._forget([errand.future for errand in (*self._meeting.values(), *self.busy.values())])
        self._meeting.clear()
        self.busy.clear()

    def _there(self) -> set[str]:
        """The addresses of the scheduler's workers."""
        with _scheduler_errors():
            scheduler: Any = self._client.scheduler  # None once the client has closed
            return set(self._client.sync(scheduler.identity, n_workers=-1, callback_timeout=FETCH)["workers"])

    def _check_workers(self, now: float) -> None:
        """Raise if no worker can be used, all die at once, or none comes."""
        alone = now - self._alone_since
        if self._why and alone > SETTLE:
            raise RequestError("No worker can be used.", "Give them what this machine has, and try again.")
        if self._stillborn >= STILLBORN:
            raise RunError(
                f"{self._stillborn} workers have ended one after another before they could be used.",
                "Their own output says why; perhaps there is too little memory.",
            )
        if alone > self._patience:
            raise RunError(
                f"There has been no worker for {self._patience:.0f} s.",
                "Start workers, and type the same command: it resumes from here.",
            )

    def _send(self, worker: str, function: Callable, *task: Any) -> "Future":
        """Call a function on this worker and no other."""
        with _scheduler_errors():
            future = self._client.submit(
                function, *task, workers=[worker], allow_other_workers=False, pure=False, retries=0
            )
        future.add_done_callback(partial(_fetch, into=self._ended))
        return future

    def _refused(self, worker: str, why: str) -> Note:
        self._forget([self._meeting.pop(worker).future])
        self._why[worker] = why
        return Note(why)

    def _lose(self, worker: str) -> None:
        """A worker has gone, or what it was given has; it is met again if it is still there."""
        self._why.pop(worker, None)
        if errand := self._meeting.pop(worker, None):
            self._stillborn += 1
            self._forget([errand.future])
        if errand := self.busy.pop(worker, None):
            self._lost.append((errand.task, errand.tries))
            self._forget([errand.future])

    def _forget(self, futures: list["Future"]) -> None:
        with contextlib.suppress(RunError), _scheduler_errors():  # nothing to take back from what has gone
            self._client.cancel(futures)


@contextmanager
def _scheduler_errors() -> Iterator[None]:
    """Turn every exception by which Dask reports a lost scheduler into one RunError."""
    from distributed.client import ClosedClientError

    try:
        yield
    except (ClosedClientError, OSError, TimeoutError, RuntimeError, AttributeError) as error:
        raise RunError(
            "The Dask scheduler no longer responds.", "Start it again; the same command resumes from here."
        ) from error


def _fetch(future: "Future", into: "queue.SimpleQueue[tuple[Future, Any]]") -> None:
    """Queue a future's result in a thread of the client's, so that a hanging one blocks no other."""
    try:
        value = future.result(timeout=FETCH)
    except BaseException as error:  # CancelledError is no Exception
        value = error
    into.put((future, value))


def _gone(value: Any) -> bool:
    """Whether a worker or the way to it has gone; other exceptions are those of unpacking, as where deepdream is not
    installed.
    """
    from distributed import CancelledError, KilledWorker

    return isinstance(value, (KilledWorker, CancelledError, OSError, TimeoutError))
