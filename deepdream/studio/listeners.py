"""The open pages, and which dreams have changed since each last looked.

Listeners()     open · close · changed
"""

import asyncio

from deepdream.studio.store import Job


class Listener:
    """An open page. Changes of one dream count once, so none queue.

    Attributes:
        owner: whose dreams it shows.
        changed: the ids of dreams that have changed, in order.
        wake: set once there is one.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.changed: dict[str, None] = {}
        self.wake = asyncio.Event()

    def note(self, id: str) -> None:
        """A dream has changed."""
        self.changed[id] = None
        self.wake.set()

    def take(self) -> list[str]:
        """The ids of what has changed since the last call."""
        changed, self.changed = self.changed, {}
        self.wake.clear()
        return list(changed)


class Listeners:
    """All open pages."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def open(self, owner: str) -> Listener:
        """A page has opened."""
        listener = Listener(owner)
        self._listeners.add(listener)
        return listener

    def close(self, listener: Listener) -> None:
        """A page has closed."""
        self._listeners.discard(listener)

    def changed(self, job: Job) -> None:
        """A dream has changed: its owner's pages are to show it."""
        for listener in self._listeners:
            if listener.owner == job.owner:
                listener.note(job.id)
