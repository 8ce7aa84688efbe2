"""What the studio does, without HTTP: uploads, the queue, what is kept of live dreams, and who is to hear what.

Studio(store, limits)     its methods are what the routes call
"""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from deepdream import images
from deepdream.errors import DreamError, ImageError, RequestError, SettingError
from deepdream.images import formats
from deepdream.settings import format_size
from deepdream.studio import controls, thumbnails
from deepdream.studio.engine import Engine
from deepdream.studio.lives import LiveDream, Lives
from deepdream.studio.store import ENDED, FullError, Job, NotFoundError, Store, Upload

QUEUE = 20
"""Most dreams that wait."""

TOGETHER = 8
"""Thumbnails that are drawn at once."""

KINDS = ("dream", "preview", "look")


@dataclass(frozen=True)
class Limits:
    """What one request may ask for.

    Attributes:
        megabytes: of an upload.
        megapixels: of a picture, by its header.
        memory: of the worker, in bytes; None for the engine's own choice.
        threads: of the engine; None for all allowed cores.
    """

    megabytes: float = 50
    megapixels: float = 50
    memory: int | None = None
    threads: int | None = None


class Listener:
    """One page that is open: what has changed since it last heard. Changes of one dream count once, so none queue."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.changed: dict[str, None] = {}
        self.wake = asyncio.Event()

    def tell(self, id: str) -> None:
        """Something about a dream has changed."""
        self.changed[id] = None
        self.wake.set()


class Studio:
    """The state of the server."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self.store, self.limits = store, limits
        self.listeners: set[Listener] = set()
        self.engine = Engine(store.root, limits.threads, told=self._told, died=self._died)
        self.lives = Lives(self.engine, store.root, limits.megapixels)
        self._queue: list[str] = [job.id for job in store.jobs.values() if job.state == "queued"]
        self._running: str | None = None
        self._thumbnails: dict[tuple[str, str], dict[int, bytes]] = {}
        self._drawing = asyncio.Lock()
        self._starting: set[asyncio.Task] = set()

    def resume(self) -> None:
        """Begin what waits since before a crash."""
        self._next()

    # pictures

    async def upload(self, part: Any, owner: str) -> dict[str, Any]:
        """Take in a picture that has arrived: by its header first, then as the browser is shown it.

        Raises:
            ImageError: not a picture, damaged, or too large.
        """
        try:
            upload = self.store.keep(part, owner)
        finally:
            part.unlink(missing_ok=True)
        try:
            height, width = images.read_size(upload.path)
            if height * width > self.limits.megapixels * 1e6:
                megapixels = f"{height * width / 1e6:.0f} megapixels"
                raise ImageError(
                    f"The picture has {format_size((height, width))}, {megapixels}; this studio takes "
                    f"{self.limits.megapixels:g} (--limit-megapixels).",
                    "Make it smaller.",
                )
            path = upload.path.relative_to(self.store.root)
            seen = await self.engine.ask("look", path=str(path), limit=self.limits.megapixels)
        except DreamError as error:
            self.store.drop_picture(upload)
            raise type(error)(error.message.replace(str(upload.path), "That file"), error.advice) from None
        upload.path.with_suffix(".jpg").write_bytes(seen.pop("preview"))
        return {"id": upload.id, **seen}

    def picture(self, id: str, owner: str) -> Upload:
        """An upload of one's own."""
        found = self.store.pictures.get(id)
        if found is None or found.owner != owner:
            raise NotFoundError("There is no such picture.", "Upload it again.")
        return found

    # dreams

    async def submit(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check a dream and queue it.

        Args:
            asked: picture, settings, pictures, format and kind, as in the API.
            owner: who asks.

        Raises:
            RequestError: the sentence that the command line gives.
            FullError: too many wait already.
        """
        settings, others = asked.get("settings") or {}, asked.get("pictures") or {}
        kind, suffix = asked.get("kind", "dream"), f".{asked.get('format', 'png')}"
        if not isinstance(settings, dict) or not isinstance(others, dict) or kind not in KINDS:
            raise SettingError(f"A dream has picture, settings, pictures, format, and a kind of {', '.join(KINDS)}.")
        if formats.of_suffix(suffix) is None:
            raise ImageError(f"The format {suffix[1:]!r} is not written.", f"{', '.join(images.SUFFIXES_WRITTEN)} are.")
        given = controls.accepted(settings)
        if self.limits.memory:
            given["memory"] = self.limits.memory
        if len(self._queue) >= QUEUE:
            raise FullError(f"The queue is full: {len(self._queue)} dreams wait.", "Try again later, or cancel one.")
        self.store.room()
        source = asked.get("picture")
        upload = None if source is None else self.picture(str(source), owner)
        job = self.store.new(
            owner, kind=kind, picture=upload and upload.id, source=None, output=f"dream{suffix}", given=given
        )
        try:
            job.source = None if upload is None else self.store.lend(upload, job, "photo")
            for name, id_ in others.items():
                if name not in controls.PAINTED:
                    raise SettingError(f"{name!r} takes no picture: {', '.join(controls.PAINTED)} do.")
                job.given[name] = self.store.lend(self.picture(str(id_), owner), job, name)
            await self._check(job)
        except BaseException:
            self.store.drop(job)
            raise
        return self._enqueue(job)

    def job(self, id: str, owner: str) -> Job:
        """A dream of one's own."""
        found = self.store.jobs.get(id)
        if found is None or found.owner != owner:
            raise NotFoundError("There is no such dream.")
        return found

    def shown(self, job: Job) -> dict[str, Any]:
        """A dream as the page and other programs read it."""
        names = ("id", "kind", "picture", "state", "progress", "taken", "notes", "error", "advice", "made", "settings")
        found = {name: getattr(job, name) for name in names}
        given = {name: value for name, value in job.given.items() if name != "memory"}
        line = controls.command(given, job.source, job.output)
        return found | {"given": given, "place": self._place(job), "command": line, "ready": self.ready(job)}

    def ready(self, job: Job) -> bool:
        """Whether there is a picture to download."""
        path = self.store.path(job)
        return path is not None and path.exists()

    async def stop(self, job: Job) -> None:
        """Keep the picture so far."""
        if job.state == "running":
            await self.engine.ask("stop", id=job.id)

    async def go_on(self, job: Job) -> None:
        """Go on where it was stopped; from its beginning where a crash has taken it."""
        if job.state != "stopped":
            raise RequestError(f"That dream is {job.state}: only a stopped one can go on.")
        job.state = "queued"
        self._queue.insert(0, job.id)
        self._changed(job)
        self._next()

    async def cancel(self, job: Job) -> None:
        """Take a dream out of the queue, or end it; it and its files are gone."""
        if job.id in self._queue:
            self._queue.remove(job.id)
        await self.engine.ask("forget", id=job.id)
        job.state = "cancelled"
        if self._running == job.id:
            self._running = None
        self._changed(job)
        self.store.drop(job)
        self._next()

    async def blend(self, job: Job, strength: float, colour: str) -> bytes:
        """A finished dream at another strength or in other colours, at once."""
        controls.accepted({"strength": strength, "colour": colour})
        preview = await self.engine.ask("finish", id=job.id, strength=strength, colour=colour)
        changed = {"strength": strength, "colour": colour}
        job.given, job.settings = job.given | changed, job.settings | changed
        self._changed(job)
        return preview

    async def frame(self, id: str, after: int) -> tuple[int, bytes] | None:
        """The newest picture of what runs, once it is newer than `after`; None if none comes soon."""
        with contextlib.suppress(TimeoutError):
            found = await asyncio.wait_for(self.engine.ask("frame", id=id, after=after), 10)
            if found is not None:
                return found["steps"], found["jpeg"]
        return None

    # live dreams

    async def begin_live(self, asked: Mapping[str, Any], owner: str) -> LiveDream:
        """Begin a live dream on a picture, or on a canvas; see `Lives.begin`."""
        source = asked.get("picture")
        upload = None if source is None else self.picture(str(source), owner)
        return await self.lives.begin(owner, upload, asked.get("settings") or {})

    async def live_frame(self, live: LiveDream, after: int) -> tuple[int, bytes] | None:
        """The newest picture of a live dream, which goes on now that somebody looks; see `frame`."""
        await self.lives.wake(live)
        return await self.frame(live.id, after)

    async def enlarge(self, live: LiveDream, settings: Mapping[str, Any]) -> Job:
        """Dream the live dream's paint at full size, with octaves, as an ordinary dream."""
        given = controls.accepted(settings)
        self.store.room()
        upload = live.upload
        job = self.store.new(
            live.owner, kind="dream", picture=upload and upload.id, source=None, output="dream.png", given=given
        )
        try:
            job.source = None if upload is None else self.store.lend(upload, job, "photo")
            found = await self.engine.ask("save", id=live.id, folder=self._within(job))
            job.given |= {"paint": "paint.png", **found}
            await self._check(job)
        except BaseException:
            self.store.drop(job)
            raise
        return self._enqueue(job)

    async def keep(self, live: LiveDream, *, film: bool) -> Job:
        """The live picture as it is, or its time-lapse, kept beside the dreams with the record that replays it."""
        self.store.room()
        upload = live.upload
        job = self.store.new(
            live.owner,
            kind="dream",
            picture=upload and upload.id,
            source=None,
            output="live.gif" if film else "live.png",
            given={},
        )
        job.source = None if upload is None else self.store.lend(upload, job, "photo")
        await self.engine.ask("keep", id=live.id, folder=self._within(job), source=job.source, output=job.output)
        job.state = "done"
        self._changed(job)
        return job

    async def thumbnail(self, network: str, layer: str, channel: int) -> bytes:
        """What a channel responds to; drawn on first use, with its neighbours, and kept for other days."""
        key = network, layer
        async with self._drawing:
            known = self._thumbnails.setdefault(key, {})
            if channel not in known:
                table = {row["name"]: row["channels"] for row in await self.engine.ask("layers", network=network)}
                if not 0 <= channel < table.get(layer, 0):
                    raise NotFoundError(f"{network} has no channel {channel} of {layer!r}.")
                first = channel // TOGETHER * TOGETHER
                wanted = range(first, min(first + TOGETHER, table[layer]))
                known |= await thumbnails.drawn(self.engine, network, layer, wanted)
        return known[channel]

    # who hears what

    def listen(self, owner: str) -> Listener:
        """A page has opened: it hears of all its dreams first."""
        listener = Listener(owner)
        for job in self.store.jobs.values():
            if job.owner == owner:
                listener.tell(job.id)
        self.listeners.add(listener)
        return listener

    def of(self, owner: str) -> list[Job]:
        """One's own dreams, oldest first."""
        return [job for job in self.store.jobs.values() if job.owner == owner]

    # inside

    async def _check(self, job: Job) -> None:
        found = await self.engine.ask(
            "check", folder=self._within(job), source=job.source, given=job.given, limit=self.limits.megapixels
        )
        job.notes, job.settings = found["notes"], found["settings"]

    def _within(self, job: Job) -> str:
        return str(self.store.folder(job).relative_to(self.store.root))

    def _enqueue(self, job: Job) -> Job:
        self._queue.append(job.id)
        self._changed(job)
        self._next()
        return job

    def _place(self, job: Job) -> int:
        """1 while it runs or is next, 2 behind it; 0 where it does not wait."""
        if job.id == self._running:
            return 1
        return self._queue.index(job.id) + 1 + (self._running is not None) if job.id in self._queue else 0

    def _next(self) -> None:
        """Begin the first dream that waits."""
        if self._running is None and self._queue:
            job = self.store.jobs[self._queue.pop(0)]
            self._running = job.id
            task = asyncio.get_running_loop().create_task(self._begin(job))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)
            self._tell_queue()

    async def _begin(self, job: Job) -> None:
        job.state = "running"
        try:
            if job.partial is not None and job.tries:
                with contextlib.suppress(RequestError):
                    await self.engine.ask("go_on", id=job.id)
                    return
            job.tries += 1
            self.store.save(job)
            await self.engine.ask(
                "dream",
                id=job.id,
                folder=self._within(job),
                source=job.source,
                output=job.output,
                given=job.given,
                limit=self.limits.megapixels,
            )
        except RequestError as error:
            self._told(job.id, {"state": "failed", "error": error.message, "advice": error.advice})
        except DreamError:
            return  # the worker died: `_died` queues it again

    def _told(self, id: str, what: Mapping[str, Any]) -> None:
        """The worker has reported an event of a dream."""
        job = self.store.jobs.get(id)
        if job is None:
            if what.get("state") == "failed":
                self.lives.failed(id)
            return
        before = job.state
        for name in ("state", "progress", "taken", "partial", "error", "advice"):
            if name in what:
                setattr(job, name, what[name])
        job.notes += [note for note in [what.get("note")] if note and note not in job.notes]
        if job.state != before:
            self.store.save(job)
        if job.state in (*ENDED, "stopped") and self._running == id:
            self._running = None
            self._next()
        self._changed(job, save=False)

    def _died(self) -> None:
        """The worker has died and another was started: what ran is begun again, once."""
        if self._running is not None and (job := self.store.jobs.get(self._running)) is not None:
            self._running = None
            if job.tries < 2:
                job.state = "queued"
                self._queue.insert(0, job.id)
            else:
                job.state, job.error = "failed", "The engine stopped twice in this dream."
            self._changed(job)
        self.lives.restart()
        self._next()

    def _changed(self, job: Job, *, save: bool = True) -> None:
        if save and job.id in self.store.jobs:
            self.store.save(job)
        self._tell([job])

    def _tell_queue(self) -> None:
        """Places have moved."""
        self._tell(self.store.jobs[id_] for id_ in [*self._queue, *filter(None, [self._running])])

    def _tell(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            for listener in self.listeners:
                if listener.owner == job.owner:
                    listener.tell(job.id)
