"""The workers of a Dask scheduler, one task at a time each: the same for processes of this machine and for others.

run(client, tasks, work, ...) -> iterator of Sent, Note, Returned, Lost

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

POLL = 1.0
"""Seconds between two polls of the scheduler for its workers."""

FETCH = 600.0
"""Seconds in which a finished result has to arrive."""

PROBE = 300.0
"""Seconds in which a new worker has to report its versions."""

SETTLE = 10.0
"""Seconds to wait for other workers if none of the present ones can be used."""

EARLY_DEATHS = 8
"""How many workers may end, one after another, before they have reported their versions."""


@dataclass(frozen=True)
class Sent:
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


def run(
    client: "Client",
    tasks: Iterable[Any],
    work: Callable[[Any], Any],
    *,
    probe: Callable[[], Any],
    reject: Callable[[str, Any], str],
    patience: float,
) -> Generator[Sent | Note | Returned | Lost, None, None]:
    """Run tasks on the workers that fit, until all have returned.

    Args:
        client: of the scheduler; workers may come and go.
        tasks: read no faster than workers take them.
        work: called on a worker with each task. It and `probe` return errors and never raise them: the client would
            wait for ever for an exception that can't be pickled.
        probe: called on each new worker, before it gets a task; returns what `reject` decides by.
        reject: takes a worker's address and this, or the exception where deepdream is not installed; returns why it
            must not be used, in a sentence, or "".
        patience: seconds to wait for a worker where there is none.

    Yields: as they happen; the events of one task are in order.

    Raises:
        RequestError: workers are there, and none of them may be used.
        RunError: the scheduler has gone, or no worker has come.
    """
    pool = _Pool(client, work, probe, reject, patience)
    source, again, more = iter(tasks), deque[tuple[Any, int]](), True
    try:
        while more or again or pool.busy:
            yield from pool.poll()
            for task, tries in pool.lost():
                if tries == TRIES:
                    yield Lost(task)
                else:
                    again.append((task, tries))
            for worker in pool.idle():
                task, tries = again.popleft() if again else (next(source, None), 0)
                if task is None:
                    more = False
                    break
                yield Sent(task)
                pool.send(worker, task, tries + 1)
            yield from pool.returned()
    finally:
        pool.cancel()


@dataclass(frozen=True)
class _Call:
    """A call on a worker: of a task, with the number of the try, or of the probe (None)."""

    future: "Future"
    task: Any = None
    tries: int = 0
    since: float = 0.0


class _Pool:
    """The workers, and the call that each is busy with."""

    def __init__(
        self, client: "Client", work: Callable, probe: Callable, reject: Callable[[str, Any], str], patience: float
    ) -> None:
        self._client, self._work, self._probe, self._reject, self._patience = client, work, probe, reject, patience
        self._reasons: dict[str, str] = {}  # of each worker that was probed: why it must not be used, or ""
        self._probing: dict[str, _Call] = {}
        self.busy: dict[str, _Call] = {}
        self._ended: queue.SimpleQueue[tuple[Future, Any]] = queue.SimpleQueue()
        self._lost_tasks: list[tuple[Any, int]] = []
        self._polled, self._alone_since, self._early_deaths = 0.0, time.monotonic(), 0

    def poll(self) -> Iterator[Note]:
        """Ask the scheduler for its workers: probe new ones, drop those that have gone.

        Raises:
            RequestError, RunError: as `run`.
        """
        now = time.monotonic()
        if now - self._polled < POLL:
            return
        there = self._there()
        for worker in {*self._reasons, *self._probing} - there:
            self._lose(worker)
        for worker in there - {*self._reasons, *self._probing}:
            self._probing[worker] = _Call(self._call(worker, self._probe), since=now)
        for worker, call in list(self._probing.items()):
            if now - call.since > PROBE:
                yield self._rejection(
                    worker, f"The worker {worker} is not used: it has not responded for {PROBE:.0f} s."
                )
        if self._probing or not all(self._reasons.values()):
            self._alone_since = now
        elif not there and not self._polled:
            yield Note("There are no workers yet; waiting for them.")
        self._polled = now
        self._check_workers(now)

    def lost(self) -> Iterator[tuple[Any, int]]:
        """The tasks whose worker was lost since the last call, and the number of tries of each."""
        while self._lost_tasks:
            yield self._lost_tasks.pop()

    def idle(self) -> list[str]:
        """Workers that may be given a task."""
        return [worker for worker, why in self._reasons.items() if not why and worker not in self.busy]

    def send(self, worker: str, task: Any, tries: int) -> None:
        """Send a worker a task."""
        self.busy[worker] = _Call(self._call(worker, self._work, task), task, tries)

    def returned(self) -> Iterator[Returned | Note]:
        """The finished task, if one arrives before the next poll."""
        try:
            future, value = self._ended.get(timeout=POLL)
        except queue.Empty:
            return
        calls = [*self._probing.items(), *self.busy.items()]
        worker = next((worker for worker, call in calls if call.future is future), None)
        if worker is None:  # cancelled already
            return
        if _gone(value) or (isinstance(value, BaseException) and worker in self.busy):
            self._lose(worker)
        elif worker in self._probing:
            self._early_deaths = 0
            if why := self._reject(worker, value):
                yield self._rejection(worker, why)
            else:
                self._reasons[worker] = ""
                del self._probing[worker]
        else:
            yield Returned(self.busy.pop(worker).task, value)

    def cancel(self) -> None:
        """Cancel the calls that have not returned."""
        self._forget([call.future for call in (*self._probing.values(), *self.busy.values())])
        self._probing.clear()
        self.busy.clear()

    def _there(self) -> set[str]:
        """The addresses of the scheduler's workers."""
        with _scheduler_errors():
            scheduler: Any = self._client.scheduler  # None once the client has closed
            return set(self._client.sync(scheduler.identity, n_workers=-1, callback_timeout=FETCH)["workers"])

    def _check_workers(self, now: float) -> None:
        """Raise if no worker can be used, all die at once, or none comes."""
        alone = now - self._alone_since
        if self._reasons and alone > SETTLE:
            raise RequestError("No worker can be used.", "Give them what this machine has, and try again.")
        if self._early_deaths >= EARLY_DEATHS:
            raise RunError(
                f"{self._early_deaths} workers have ended one after another before they could be used.",
                "Their own output says why; perhaps there is too little memory.",
            )
        if alone > self._patience:
            raise RunError(
                f"There has been no worker for {self._patience:.0f} s.",
                "Start workers, and type the same command: it resumes from here.",
            )

    def _call(self, worker: str, function: Callable, *task: Any) -> "Future":
        """Call a function on this worker and no other."""
        with _scheduler_errors():
            future = self._client.submit(
                function, *task, workers=[worker], allow_other_workers=False, pure=False, retries=0
            )
        future.add_done_callback(partial(_fetch, into=self._ended))
        return future

    def _rejection(self, worker: str, why: str) -> Note:
        self._forget([self._probing.pop(worker).future])
        self._reasons[worker] = why
        return Note(why)

    def _lose(self, worker: str) -> None:
        """A worker has gone, or its call has; it is probed again if it is still there."""
        self._reasons.pop(worker, None)
        if call := self._probing.pop(worker, None):
            self._early_deaths += 1
            self._forget([call.future])
        if call := self.busy.pop(worker, None):
            self._lost_tasks.append((call.task, call.tries))
            self._forget([call.future])

    def _forget(self, futures: list["Future"]) -> None:
        with contextlib.suppress(RunError), _scheduler_errors():  # nothing to cancel
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
    """Whether a worker or the connection to it is gone; other exceptions are raised where a reply is unpickled, as
    without deepdream.
    """
    from distributed import CancelledError, KilledWorker

    return isinstance(value, (KilledWorker, CancelledError, OSError, TimeoutError))
