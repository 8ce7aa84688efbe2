"""The loop of the worker process: requests from the pipe, and between them one step of each dream.

Worker(pipe, root, threads).run()      receives (number, name, arguments), sends Reply, Refused and Event

Decoding and TensorFlow's threads belong to a whole process, and a crash ends one, so the server has none of it.
Requests are handled between two steps and never within one, so nothing needs a lock.
"""

from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import DreamError
from deepdream.pipeline import provenance
from deepdream.pipeline.session import Session
from deepdream.studio.messages import Event, Refused, Reply, refused
from deepdream.studio.worker.dreams import Dreams
from deepdream.studio.worker.lives import Lives
from deepdream.studio.worker.preview import jpeg
from deepdream.studio.worker.runs import Runs
from deepdream.studio.worker.thumbnails import Thumbnails


class Worker:
    """The loop between pipe, dreams, films, batches, live dreams and thumbnails.

    Args:
        pipe: to the server.
        root: the folder that names are relative to.
        threads: of TensorFlow; None for all allowed cores.
    """

    def __init__(self, pipe: Connection, root: str, threads: int | None) -> None:
        self._pipe, self._root, self._threads = pipe, Path(root).resolve(), threads
        self._session = Session()
        self._dreams = dreams = Dreams(self._root, self._session, self._report)
        self._lives = lives = Lives(self._root, self._session, self._report)
        self._runs = runs = Runs(self._root, self._session, self._report)
        self._thumbnails = Thumbnails(pipe.send)
        self._frames: dict[str, tuple[int, int]] = {}
        self._handlers: dict[str, Callable[..., Any]] = {
            "look": self._look,
            "layers": self._layers,
            "digest": self._digest,
            "forget": self._forget,
            "check": dreams.check,
            "dream": dreams.begin,
            "stop": self._stop,
            "resume": dreams.resume,
            "blend": dreams.blend,
            "look film": runs.look,
            "check run": runs.check,
            "run": runs.begin,
            "live": lives.begin,
            "events": lives.events,
            "watch": lives.watch,
            "record": lives.record,
            "save": lives.save,
            "keep": lives.keep,
            "channels": lives.channels,
        }

    def run(self) -> None:
        """Serve until the pipe closes."""
        from deepdream import runtime

        runtime.configure(self._threads)
        self._lives.warm_up()  # while the page opens
        try:
            while True:
                while self._pipe.poll(self._pause()):
                    self._handle(*self._pipe.recv())
                self._dreams.advance()
                self._runs.advance()
                self._lives.advance()
                for id_ in list(self._frames):
                    self._send_frame(id_)
                self._thumbnails.advance()
        except (EOFError, OSError):
            self._dreams.keep_all()

    def _pause(self) -> float | None:
        """Seconds to wait for a request: none while something computes, None for ever where nothing does."""
        return 0.0 if self._thumbnails.busy or self._dreams.busy or self._runs.busy else self._lives.pause

    def _handle(self, number: int, name: str, arguments: Mapping[str, Any]) -> None:
        """Serve a request; `thumbnails` replies when all are drawn, `frame` when there is a newer one."""
        reply: Reply | Refused
        try:
            if name == "thumbnails":
                self._thumbnails.begin(number, **arguments)
                return
            if name == "frame":
                self._frames[arguments["id"]] = number, arguments["after"]
                self._send_frame(arguments["id"])
                return
            reply = Reply(number, self._handlers[name](**arguments))
        except Exception as raised:
            reply = refused(number, raised)
        self._pipe.send(reply)

    def _look(self, path: str, limit: float) -> dict[str, Any]:
        """A picture as the browser shows it, and the settings that it carries."""
        picture = images.read(self._root / path, limit_megapixels=limit)
        try:
            record = provenance.read_any(self._root / path)
        except DreamError:
            record = {}
        height, width = picture.pixels.shape[:2]
        shown = {"width": width, "height": height, "note": picture.note.replace(f"{Path(path).name}: ", "")}
        return {**shown, "preview": jpeg(picture.pixels), "recipe": record.get("settings", {})}

    def _layers(self, network: str) -> list[dict[str, Any]]:
        """The layers of a network that can be painted with, early to late."""
        table = self._session.network(network, None).table
        return [{"name": layer.name, "channels": layer.channels} for layer in table if layer.kind != "pool"]

    def _digest(self, network: str) -> str:
        """The digest of a network's weights."""
        return self._session.network(network, None).digest

    def _stop(self, id: str) -> None:
        """Stop a dream, a film or a batch after the running step."""
        (self._runs if self._runs.find(id) else self._dreams).stop(id)

    def _forget(self, id: str) -> None:
        """Drop a dream, a film, a batch or a live dream."""
        self._dreams.forget(id)
        self._runs.forget(id)
        self._lives.forget(id)
        if waiting := self._frames.pop(id, None):
            self._pipe.send(Reply(waiting[0], None))

    def _send_frame(self, id: str) -> None:
        """Reply to a request for a frame once there is a newer one; frames never queue."""
        number, after = self._frames[id]
        found = self._lives.find(id) or self._dreams.find(id) or self._runs.find(id)
        if found is not None and (found.picture is None or found.steps <= after):
            return
        del self._frames[id]
        if found is None or found.picture is None:
            self._pipe.send(Reply(number, None))
        else:
            self._pipe.send(Reply(number, {"steps": found.steps, "jpeg": jpeg(found.picture, quality=85)}))

    def _report(self, id: str, changes: Mapping[str, Any]) -> None:
        self._pipe.send(Event(id, changes))
