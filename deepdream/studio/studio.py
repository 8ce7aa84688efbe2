"""The state of the server, without HTTP: its rooms for pictures, dreams and live dreams, around one engine.

Studio(store, limits)     what the routes call
"""

from deepdream.studio.dreams import Dreams
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits
from deepdream.studio.listeners import Listener, Listeners
from deepdream.studio.lives import Lives
from deepdream.studio.messages import Event
from deepdream.studio.pictures import Pictures
from deepdream.studio.queue import Queue
from deepdream.studio.runs import Runs
from deepdream.studio.store import Store
from deepdream.studio.thumbnails import Thumbnails


class Studio:
    """What the routes share.

    Args:
        store: the folder that it works in.
        limits: of requests.
    """

    def __init__(self, store: Store, limits: Limits) -> None:
        self.store, self.limits = store, limits
        self.listeners = Listeners()
        self.engine = Engine(store.root, limits.threads, on_event=self._on_event, on_restart=self._on_restart)
        self.pictures = Pictures(store, self.engine, limits)
        self.lives = Lives(self.engine, self.pictures, store.root, limits.megapixels)
        self.queue = Queue(store, self.engine, self.listeners, limits)
        self.dreams = Dreams(store, self.engine, self.queue, self.pictures, limits)
        self.runs = Runs(store, self.engine, self.queue, self.pictures, limits)
        self.thumbnails = Thumbnails(self.engine)

    def start(self) -> None:
        """Start the engine, and the dreams that have waited since before a crash."""
        self.engine.start()
        self.queue.begin()

    def listen(self, owner: str) -> Listener:
        """A page has opened: it is sent all its dreams first."""
        listener = self.listeners.open(owner)
        for job in self.dreams.of(owner):
            listener.note(job.id)
        return listener

    def _on_event(self, event: Event) -> None:
        job = self.store.jobs.get(event.id)
        if job is not None:
            self.queue.take(job, event)
        elif event.changes.get("state") == "failed":
            self.lives.failed(event.id)

    def _on_restart(self) -> None:
        self.lives.restart()
        self.queue.restart()
