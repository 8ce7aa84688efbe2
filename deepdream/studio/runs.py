"""Films and batches as the routes ask for them: checked and queued.

Runs(store, engine, queue, pictures, limits)     film · batch
"""

from collections.abc import Mapping, Sequence
from typing import Any

from deepdream.errors import ImageError, SettingError
from deepdream.film import formats
from deepdream.studio import controls
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits
from deepdream.studio.pictures import Pictures
from deepdream.studio.queue import Queue
from deepdream.studio.store import Job, Store

PICTURES = 1000
"""Most pictures of a batch."""

SUFFIXES = (*formats.VIDEOS, ".gif", ".webp")
"""What films are written as; a folder of frames is not."""


class Runs:
    """Everybody's films and batches, which become jobs beside the dreams."""

    def __init__(self, store: Store, engine: Engine, queue: Queue, pictures: Pictures, limits: Limits) -> None:
        self._store, self._engine, self._queue, self._pictures, self._limits = store, engine, queue, pictures, limits

    async def film(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check a film and queue it.

        Args:
            asked: film, settings, options, pictures and format, as in the API.
            owner: who asks.

        Raises:
            RequestError: the sentence that the command line gives.
            FullError: too many wait already.
        """
        options = controls.film_options(asked.get("options") or {})
        suffix = f".{asked.get('format', 'mp4')}"
        if suffix not in SUFFIXES:
            raise ImageError(f"The format {suffix[1:]!r} is not written.", f"{', '.join(SUFFIXES)} are.")
        upload = self._pictures.one(str(asked.get("film")), owner)
        return await self._queued(
            asked, owner, [upload.id], "film", picture=upload.id, output=f"film{suffix}", options=options
        )

    async def batch(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check the settings of a batch and queue it.

        Args:
            asked: batch, settings and pictures, as in the API.
            owner: who asks.

        Raises:
            RequestError: the sentence that the command line gives.
            FullError: too many wait already.
        """
        ids = asked.get("batch")
        if not isinstance(ids, list) or not ids:
            raise SettingError("A batch needs pictures.", "Give a list of their ids.")
        if len(ids) > PICTURES:
            raise SettingError(f"A batch has {len(ids)} pictures: 1 to {PICTURES} are taken.")
        return await self._queued(asked, owner, ids, "batch", picture=None, output="dreams.zip", options={})

    async def _queued(self, asked: Mapping[str, Any], owner: str, ids: Sequence[str], kind: str, **about: Any) -> Job:
        settings = asked.get("settings") or {}
        others = asked.get("pictures") or {}
        if not isinstance(settings, dict) or not isinstance(others, dict):
            raise SettingError("The settings, and the pictures beside them, are objects.")
        given = controls.accepted(settings)
        if self._limits.memory:
            given["memory"] = self._limits.memory
        self._queue.check_room()
        uploads = [self._pictures.one(str(id_), owner) for id_ in ids]
        used = [str(id_) for id_ in (*ids, *others.values())]
        self._store.room(sum(upload.path.stat().st_size for upload in uploads), keep=used)
        job = self._store.new(owner, kind=kind, source=None, given=given, **about)
        try:
            words = ["film"] if kind == "film" else [f"photos/{number + 1:03d}" for number in range(len(uploads))]
            names = [self._store.lend(upload, job, word) for upload, word in zip(uploads, words, strict=True)]
            self._pictures.lend(job, others)
            job.source = names[0] if kind == "film" else "photos"
            found = await self._engine.ask(
                "check run",
                folder=self._store.within(job),
                source=job.source,
                output=job.output,
                given=job.given,
                options=job.options,
            )
            self._store.room(found["disk"])
        except BaseException:
            self._store.drop(job)
            raise
        job.notes, job.settings = found["notes"], found["settings"]
        self._queue.add(job)
        return job
