"""Dreams as the routes ask for them: checked, queued, shown, and blended anew.

Dreams(store, engine, queue, pictures, limits)     submit · enlarge · keep · one · of · shown · plays · blend
"""

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import PurePath
from typing import Any

from deepdream import images
from deepdream.errors import ImageError, SettingError, command
from deepdream.images import formats
from deepdream.studio import controls
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits
from deepdream.studio.lives import LiveDream
from deepdream.studio.pictures import Pictures
from deepdream.studio.queue import Queue
from deepdream.studio.runs import PLAYED
from deepdream.studio.store import FILMS, Job, NotFoundError, Store, Upload

TIME_LAPSE = ".mp4" if find_spec("av") else ".gif"
"""Suffix of time-lapses: a video where PyAV is installed."""

LIVE, LAPSE = "live.png", f"live{TIME_LAPSE}"
"""Names of a live picture and of a time-lapse that are kept."""

KINDS = ("dream", "preview", "look")

SHOWN = (
    "id",
    "kind",
    "picture",
    "state",
    "progress",
    "taken",
    "notes",
    "error",
    "advice",
    "made",
    "settings",
    "options",
)
"""Attributes of a dream that the page and other programs read."""


class Dreams:
    """Everybody's dreams."""

    def __init__(self, store: Store, engine: Engine, queue: Queue, pictures: Pictures, limits: Limits) -> None:
        self._store, self._engine, self._queue, self._pictures, self._limits = store, engine, queue, pictures, limits

    async def submit(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check a dream and queue it.

        Args:
            asked: picture, settings, pictures, format and kind, as in the API.
            owner: who asks.

        Raises:
            RequestError: the sentence that the command line gives.
            FullError: too many wait already.
        """
        kind, suffix = asked.get("kind", "dream"), f".{asked.get('format', 'png')}"
        if kind not in KINDS:
            raise SettingError(f"A dream has picture, settings, pictures, format, and a kind of {', '.join(KINDS)}.")
        if formats.of_suffix(suffix) is None:
            raise ImageError(f"The format {suffix[1:]!r} is not written.", f"{', '.join(images.SUFFIXES_WRITTEN)} are.")
        given, others = controls.asked_for(asked, self._limits.memory)
        self._queue.check_room()
        source = asked.get("picture")
        job = self._new(
            owner,
            None if source is None else self._pictures.one(str(source), owner),
            kind=kind,
            output=f"dream{suffix}",
            given=given,
            keep=[str(id_) for id_ in (source, *others.values())],
        )
        try:
            self._pictures.lend(job, others)
            await self._enqueue(job)
        except BaseException:
            self._store.drop(job)
            raise
        return job

    async def enlarge(self, live: LiveDream, settings: Mapping[str, Any]) -> Job:
        """Dream the live dream's paint at full size, with octaves, as an ordinary dream."""
        given = controls.accepted(settings)
        job = self._new(live.owner, live.upload, output="dream.png", given=given)
        try:
            found = await self._engine.ask("save", id=live.id, folder=self._store.within(job))
            job.given |= found
            await self._enqueue(job)
        except BaseException:
            self._store.drop(job)
            raise
        return job

    async def keep(self, live: LiveDream, *, film: bool) -> Job:
        """The live picture as it is, or its time-lapse, kept beside the dreams with the record that replays it."""
        job = self._new(live.owner, live.upload, output=LAPSE if film else LIVE, given={})
        folder = self._store.within(job)
        try:
            await self._engine.ask("keep", id=live.id, folder=folder, source=job.source, output=job.output)
        except BaseException:
            self._store.drop(job)
            raise
        job.state = "done"
        self._queue.changed(job)
        return job

    def one(self, id: str, owner: str) -> Job:
        """A dream of one's own.

        Raises:
            NotFoundError: there is none with this id.
        """
        found = self._store.jobs.get(id)
        if found is None or found.owner != owner:
            raise NotFoundError("There is no such dream.")
        return found

    def of(self, owner: str) -> list[Job]:
        """One's own dreams, oldest first."""
        return [job for job in self._store.jobs.values() if job.owner == owner]

    def shown(self, job: Job) -> dict[str, Any]:
        """A dream as the page and other programs read it."""
        given = {name: value for name, value in job.given.items() if name != "memory"}
        return {name: getattr(job, name) for name in SHOWN} | {
            "given": given,
            "place": self._queue.place(job),
            "command": self._command(job, given),
            "ready": self._store.path(job) is not None,
            "plays": self.plays(job),
        }

    def _command(self, job: Job, given: Mapping[str, Any]) -> str:
        """The command line that makes the same picture; of a live one or its time-lapse, that which replays it."""
        if job.output in (LIVE, LAPSE):
            return command("again", job.output)
        return controls.command(given, job.source, job.output, job.options, job.kind)

    def plays(self, job: Job) -> str | None:
        """The type of what moves, once it is written."""
        moves = job.kind in FILMS or job.output == LAPSE
        return PLAYED[PurePath(job.output).suffix] if moves and job.state == "done" else None

    async def blend(self, job: Job, strength: float, colour: str) -> bytes:
        """A finished dream at another strength or in other colours, at once."""
        changed = {"strength": strength, "colour": colour}
        controls.accepted(changed)
        preview = await self._engine.ask("blend", id=job.id, **changed)
        job.given, job.settings = job.given | changed, job.settings | changed
        self._queue.changed(job)
        return preview

    def _new(
        self,
        owner: str,
        upload: Upload | None,
        *,
        output: str,
        given: dict[str, Any],
        kind: str = "dream",
        keep: Collection[str] = (),
    ) -> Job:
        """A dream's record and its folder, with the picture in it; uploads of the ids in `keep` are used next."""
        self._store.room(keep=keep if upload is None else [*keep, upload.id])
        job = self._store.new(owner, kind=kind, picture=upload and upload.id, source=None, output=output, given=given)
        job.source = None if upload is None else self._store.lend(upload, job, f"photo-{upload.name}")
        return job

    async def _enqueue(self, job: Job) -> None:
        found = await self._engine.ask(
            "check",
            folder=self._store.within(job),
            source=job.source,
            given=job.given,
            limit=self._limits.megapixels,
        )
        job.notes, job.settings = found["notes"], found["settings"]
        self._queue.add(job)
