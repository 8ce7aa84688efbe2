"""Live dreams as the server knows them: whose they are, and what it takes to begin one again.

Lives(engine, pictures, root, limit)     begin · of · one · events · frame · pause · end · rest · failed · restart

The worker computes them; while nobody looks they rest, and after an hour they end.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepdream.errors import SettingError
from deepdream.studio import controls
from deepdream.studio.engine import Engine
from deepdream.studio.pictures import Pictures
from deepdream.studio.store import FullError, NotFoundError, Upload

LIVES = 4
"""Most live dreams."""

RESTS, ENDS = 20.0, 3600.0
"""Seconds after which a live dream rests, and ends, while nobody looks."""

LIVE_SIDE, USUAL_SIDE = 640, 480
"""Longest side of a live dream, in pixels: at most, and where none is asked for."""


@dataclass
class LiveDream:
    """A live dream as the server knows it: enough to begin it again."""

    id: str
    owner: str
    upload: Upload | None
    given: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    seen: float = field(default_factory=time.monotonic)
    resting: bool = False
    paused: bool = False


class Lives:
    """All live dreams.

    Args:
        engine: computes them.
        pictures: that they begin with.
        root: the folder that names are relative to.
        limit: megapixels of a picture.
    """

    def __init__(self, engine: Engine, pictures: Pictures, root: Path, limit: float) -> None:
        self._engine, self._pictures, self._root, self._limit = engine, pictures, root, limit
        self._lives: dict[str, LiveDream] = {}
        self._starting: set[asyncio.Task] = set()

    async def begin(self, asked: Mapping[str, Any], owner: str) -> LiveDream:
        """Begin a live dream on a picture, or on a canvas; the owner's last one ends.

        Args:
            asked: picture and settings, as in the API.
            owner: whose it is.

        Raises:
            FullError: there are too many already.
        """
        source = asked.get("picture")
        upload = None if source is None else self._pictures.one(str(source), owner)
        given = {"breath": 0.03, **controls.accepted(asked.get("settings") or {})}
        given["max_side"] = min(int(given.get("max_side") or USUAL_SIDE), LIVE_SIDE)
        if upload is None:  # a canvas has a size of its own
            del given["max_side"]
        await self._make_room(owner)
        live = LiveDream(secrets.token_urlsafe(16), owner, upload, given)
        about = await self._start(live)
        live.about = {"id": live.id, "picture": upload and upload.id, **about}
        self._lives[live.id] = live
        return live

    def of(self, owner: str) -> list[dict[str, Any]]:
        """The caller's own live dreams, with which a page continues after a refresh."""
        return [live.about | {"paused": live.paused} for live in self._lives.values() if live.owner == owner]

    def one(self, id: str, owner: str) -> LiveDream:
        """A live dream of one's own."""
        found = self._lives.get(id)
        if found is None or found.owner != owner:
            raise NotFoundError("There is no such live dream.", "Begin another.")
        found.seen = time.monotonic()
        return found

    async def events(self, live: LiveDream, events: list[Any]) -> dict[str, Any]:
        """Pass on strokes and the rest, in order."""
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise SettingError("Live events are a list of objects.")
        found = await self._engine.ask("events", id=live.id, events=events)
        live.events += events
        return found

    async def pause(self, live: LiveDream, on: bool) -> None:
        """Pause a live dream, or continue it."""
        live.paused = live.resting = on
        await self._engine.ask("watch", id=live.id, on=not on)

    async def frame(self, live: LiveDream, after: int) -> tuple[int, bytes] | None:
        """The newest picture, see `Engine.frame`; a live dream that rests wakes, unless it is paused."""
        if live.resting and not live.paused:
            live.resting = False
            await self._engine.ask("watch", id=live.id, on=True)
        return await self._engine.frame(live.id, after)

    async def end(self, live: LiveDream) -> None:
        """End a live dream."""
        self._lives.pop(live.id, None)
        await self._engine.ask("forget", id=live.id)

    async def rest(self) -> None:
        """Let live dreams rest, and end them, while nobody looks; called now and then."""
        for live in list(self._lives.values()):
            idle = time.monotonic() - live.seen
            if idle > ENDS:
                await self.end(live)
            elif idle > RESTS and not live.resting:
                live.resting = True
                await self._engine.ask("watch", id=live.id, on=False)

    def failed(self, id: str) -> None:
        """The worker has given up a live dream, if it is one."""
        self._lives.pop(id, None)

    def restart(self) -> None:
        """Begin all again in a new worker process."""
        for live in self._lives.values():
            task = asyncio.get_running_loop().create_task(self._start(live))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _make_room(self, owner: str) -> None:
        """End the owner's last live dream, and where there are too many the one that nobody has looked at longest."""
        mine = [live for live in self._lives.values() if live.owner == owner]
        if mine:
            await self.end(mine[0])
        idle = [live for live in self._lives.values() if time.monotonic() - live.seen > RESTS]
        if len(self._lives) >= LIVES and idle:
            await self.end(min(idle, key=lambda live: live.seen))
        if len(self._lives) >= LIVES:
            raise FullError(
                f"{len(self._lives)} people paint already, as many as this studio takes.", "Try again later."
            )

    async def _start(self, live: LiveDream) -> dict[str, Any]:
        path = live.upload and str(live.upload.path.relative_to(self._root))
        return await self._engine.ask(
            "live", id=live.id, path=path, given=live.given, limit=self._limit, events=live.events
        )
