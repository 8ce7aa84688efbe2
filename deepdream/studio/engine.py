"""The worker process as the server sees it: requests, replies and events; restarted when it dies.

engine = Engine(root, threads, on_event=..., on_restart=...); engine.start(); await engine.ask("look", path=...)
"""

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from deepdream.errors import RequestError, RunError
from deepdream.studio.messages import Event, Refused, Reply
from deepdream.studio.worker import process

DIED = "The engine stopped unexpectedly and was started again."

PATIENCE = 10.0
"""Seconds to wait for a newer picture."""


class Engine:
    """One worker process.

    Args:
        root: the folder that it works in.
        threads: of TensorFlow; None for all allowed cores.
        on_event: called with each event of a dream.
        on_restart: called when the process has ended unasked and another was started.
    """

    def __init__(
        self,
        root: Path,
        threads: int | None,
        *,
        on_event: Callable[[Event], None],
        on_restart: Callable[[], None],
    ) -> None:
        self._root, self._threads, self._on_event, self._on_restart = root, threads, on_event, on_restart
        self._waiting: dict[int, asyncio.Future] = {}
        self._number = 0
        self._ending = False
        self._pipe: Connection | None = None
        self.process: Any = None

    def start(self) -> None:
        """Start the process; it warms up while the page opens."""
        self._loop = asyncio.get_running_loop()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=process.main, args=(theirs, str(self._root), self._threads))
        self.process.start()
        theirs.close()
        threading.Thread(target=self._listen, args=(self._pipe,), daemon=True).start()

    async def ask(self, name: str, **arguments: Any) -> Any:
        """What the worker replies.

        Raises:
            RequestError: what it refuses, in its sentence.
            RunError: it died.
        """
        self._number += 1
        waiting = self._waiting[self._number] = self._loop.create_future()
        assert self._pipe is not None
        number = self._number
        try:
            self._pipe.send((number, name, arguments))
            return await waiting
        except (OSError, ValueError):
            raise RunError(DIED, "Try again.") from None
        finally:
            self._waiting.pop(number, None)

    async def frame(self, id: str, after: int) -> tuple[int, bytes] | None:
        """The newest picture of a dream or a live dream, once it is newer than `after`.

        Returns: steps taken and a JPEG; None if there is none within PATIENCE.
        """
        with contextlib.suppress(TimeoutError):
            found = await asyncio.wait_for(self.ask("frame", id=id, after=after), PATIENCE)
            if found is not None:
                return found["steps"], found["jpeg"]
        return None

    def end(self) -> None:
        """End the process; nothing is kept."""
        self._ending = True
        if self.process is not None:
            self.process.kill()
            self.process.join()
        if self._pipe is not None:
            self._pipe.close()

    def _listen(self, pipe: Connection) -> None:
        """Pass on what arrives, in a thread of its own."""
        try:
            while True:
                self._loop.call_soon_threadsafe(self._arrived, pipe.recv())
        except (EOFError, OSError, RuntimeError):  # the process ended, or the server's loop did
            if not self._ending:
                self._loop.call_soon_threadsafe(self._restart)

    def _arrived(self, message: Reply | Refused | Event) -> None:
        if isinstance(message, (Reply, Refused)):
            waiting = self._waiting.pop(message.number, None)
            if waiting is None or waiting.done():
                return
            if isinstance(message, Reply):
                waiting.set_result(message.value)
            else:
                waiting.set_exception(RequestError(message.message, message.advice))
        else:
            self._on_event(message)

    def _restart(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(RunError(DIED, "Try again."))
        self._waiting.clear()
        self.process.join()
        self.start()
        self._on_restart()
