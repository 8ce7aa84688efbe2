"""The queue: which dream runs, which ones wait, and what the worker reports of them.

Queue(store, engine, listeners, limits)     add · stop · resume · remove · place · changed · begin
"""

import asyncio
import contextlib
from typing import Any

from deepdream.errors import DreamError, RequestError
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits
from deepdream.studio.listeners import Listeners
from deepdream.studio.messages import Event, failed
from deepdream.studio.store import ENDED, RUNS, FullError, Job, Store

LENGTH = 20
"""Most dreams that wait."""

TRIES = 2
"""How often a dream is begun that ends its worker."""

CHANGES = ("state", "progress", "taken", "partial", "error", "advice")
"""Attributes of a dream that the worker reports."""


class Queue:
    """One dream runs; the others wait, in order."""

    def __init__(self, store: Store, engine: Engine, listeners: Listeners, limits: Limits) -> None:
        self._store, self._engine, self._listeners, self._limits = store, engine, listeners, limits
        self._waiting: list[str] = [job.id for job in store.jobs.values() if job.state == "queued"]
        self._running: str | None = None
        self._starting: set[asyncio.Task] = set()

    def check_room(self) -> None:
        """Refuse one more dream where too many wait.

        Raises:
            FullError: they do.
        """
        if len(self._waiting) >= LENGTH:
            raise FullError(f"The queue is full: {len(self._waiting)} dreams wait.", "Try again later, or cancel one.")

    def add(self, job: Job) -> None:
        """Put a dream at the end of the queue."""
        self._waiting.append(job.id)
        self.changed(job)
        self.begin()

    async def stop(self, job: Job) -> None:
        """Keep the picture so far, and wait to be resumed."""
        if job.state == "running":
            await self._engine.ask("stop", id=job.id)

    def resume(self, job: Job) -> None:
        """Continue where it was stopped; from its beginning if the worker has died since.

        Raises:
            RequestError: it is not stopped.
        """
        if job.state != "stopped":
            raise RequestError(f"That dream is {job.state}: only a stopped one can be resumed.")
        job.state = "queued"
        if job.kind in RUNS:  # begun anew, from what is in its folder
            job.tries = 0
        self._waiting.insert(0, job.id)
        self.changed(job)
        self.begin()

    async def remove(self, job: Job) -> None:
        """Take a dream out of the queue, or end it; it and its files are gone."""
        if job.id in self._waiting:
            self._waiting.remove(job.id)
        await self._engine.ask("forget", id=job.id)
        job.state = "cancelled"
        if self._running == job.id:
            self._running = None
        self.changed(job)
        self._store.drop(job)
        self.begin()

    def asked(self, job: Job) -> dict[str, Any]:
        """What the worker is to do, of a dream or a run."""
        run = {"kind": job.kind, "options": job.options} if job.kind in RUNS else {}
        return {
            "folder": self._store.within(job),
            "source": job.source,
            "output": job.output,
            "given": job.given,
            "limit": self._limits.megapixels,
            **run,
        }

    def place(self, job: Job) -> int:
        """1 while it runs or is next, 2 behind it; 0 where it does not wait."""
        if job.id == self._running:
            return 1
        return self._waiting.index(job.id) + 1 + (self._running is not None) if job.id in self._waiting else 0

    def changed(self, job: Job, *, save: bool = True) -> None:
        """A dream has changed: save it and show it."""
        if save and job.id in self._store.jobs:
            self._store.save(job)
        self._listeners.changed(job)

    def begin(self) -> None:
        """Begin the first dream that waits, if none runs."""
        if self._running is None and self._waiting:
            job = self._store.jobs[self._waiting.pop(0)]
            self._running = job.id
            task = asyncio.get_running_loop().create_task(self._begin(job))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)
            for id_ in [*self._waiting, job.id]:  # their places have changed
                self._listeners.changed(self._store.jobs[id_])

    def take(self, job: Job, event: Event) -> None:
        """The worker has reported an event of a dream."""
        before = job.state
        for name in CHANGES:
            if name in event.changes:
                setattr(job, name, event.changes[name])
        if (note := event.changes.get("note")) and note not in job.notes:
            job.notes.append(note)
        if job.state in (*ENDED, "stopped") and self._running == job.id:
            self._running = None
            self.begin()
        self.changed(job, save=job.state != before)

    def restart(self) -> None:
        """The worker has died and another was started: begin again what ran, unless it ended the worker before."""
        if self._running is not None and (job := self._store.jobs.get(self._running)) is not None:
            self._running = None
            if job.tries < TRIES:
                job.state = "queued"
                self._waiting.insert(0, job.id)
            else:
                job.state, job.error = "failed", "The engine stopped twice in this dream."
            self.changed(job)
        self.begin()

    async def _begin(self, job: Job) -> None:
        job.state = "running"
        try:
            if job.kind not in RUNS and job.partial is not None and job.tries:
                with contextlib.suppress(RequestError):
                    await self._engine.ask("resume", id=job.id)
                    return
            job.tries += 1
            self._store.save(job)
            await self._engine.ask("run" if job.kind in RUNS else "dream", id=job.id, **self.asked(job))
        except RequestError as error:
            self.take(job, Event(job.id, failed(error)))
        except DreamError:
            return  # the worker died: `restart` queues it again
