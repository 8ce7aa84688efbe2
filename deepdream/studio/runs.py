"""Films, zooms and batches as the routes ask for them: checked and queued.

Runs(store, engine, queue, pictures, limits)     film · zoom · batch
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from deepdream.errors import ImageError, SettingError
from deepdream.images.formats import SUFFIXES_READ
from deepdream.studio import controls, names
from deepdream.studio.engine import Engine
from deepdream.studio.limits import Limits
from deepdream.studio.pictures import Pictures
from deepdream.studio.queue import Queue
from deepdream.studio.store import FILMS, Job, Store, Upload

PICTURES = 1000
"""Most pictures of a batch, or of a film of stills."""

PLAYED: Mapping[str, str] = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""What films are written as, and the type that a browser plays them by; a folder of frames is not."""

KEYFRAMES = "keyframes.toml"
"""Where settings over time lie in a dream's folder."""


class Runs:
    """Everybody's films, zooms and batches, which become jobs beside the dreams."""

    def __init__(self, store: Store, engine: Engine, queue: Queue, pictures: Pictures, limits: Limits) -> None:
        self._store, self._engine, self._queue, self._pictures, self._limits = store, engine, queue, pictures, limits

    async def film(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check a film and queue it.

        Args:
            asked: film, or stills in their order; settings, options, pictures and format, as in the API.
            owner: who asks.

        Raises:
            RequestError: the sentence that the command line gives.
            FullError: too many wait already.
        """
        if "stills" not in asked:
            upload = self._pictures.one(str(asked.get("film")), owner)
            name = f"film-{upload.name}"
            return await self._queued(asked, owner, "film", name, {name: upload})
        if "film" in asked:
            raise SettingError("A film is made from a film or from stills, not from both.")
        stills = self._several(asked["stills"], "film of stills", owner)
        places = [f"stills/{number:06d}-{still.name}" for number, still in enumerate(stills, start=1)]
        return await self._queued(asked, owner, "film", "stills", dict(zip(places, stills, strict=True)))

    async def zoom(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check a zoom and queue it.

        Args:
            asked: picture, or none for a canvas; settings, options and format, as in the API.
            owner: who asks.

        Raises:
            RequestError, FullError: as `film`.
        """
        if asked.get("picture") is None:
            return await self._queued(asked, owner, "zoom", None, {})
        upload = self._pictures.one(str(asked["picture"]), owner)
        name = f"photo-{upload.name}"
        return await self._queued(asked, owner, "zoom", name, {name: upload})

    async def batch(self, asked: Mapping[str, Any], owner: str) -> Job:
        """Check the settings of a batch and queue it.

        Args:
            asked: batch, settings and pictures, as in the API.
            owner: who asks.

        Raises:
            RequestError, FullError: as `film`.
        """
        photos = self._several(asked.get("batch"), "batch", owner)
        places = [f"photos/{name}" for name in names.distinct(map(_named, photos))]
        return await self._queued(asked, owner, "batch", "photos", dict(zip(places, photos, strict=True)))

    def _several(self, ids: Any, what: str, owner: str) -> list[Upload]:
        """Pictures by their ids."""
        if not isinstance(ids, list) or not ids:
            raise SettingError(f"A {what} needs pictures.", "Give a list of their ids.")
        if len(ids) > PICTURES:
            raise SettingError(f"A {what} has {len(ids)} pictures: 1 to {PICTURES} are taken.")
        return [self._pictures.one(str(id_), owner) for id_ in ids]

    async def _queued(
        self, asked: Mapping[str, Any], owner: str, kind: str, source: str | None, files: Mapping[str, Upload]
    ) -> Job:
        """Check a run and queue it.

        Args:
            asked: as in the API.
            owner: who asks.
            kind: of the run.
            source: what it is made from, in its folder.
            files: that are put there, by their places.
        """
        job, others = self._new(asked, owner, kind, list(files.values())), asked.get("pictures") or {}
        try:
            for place, upload in files.items():
                self._store.lend(upload, job, place)
            job.source = source
            self._pictures.lend(job, others)
            if "keyframes" in job.options:
                (self._store.folder(job) / KEYFRAMES).write_text(job.options["keyframes"], encoding="utf-8")
                job.options["keyframes"] = KEYFRAMES
            found = await self._engine.ask("check run", **self._queue.asked(job))
            self._store.room(found["disk"])
        except BaseException:
            self._store.drop(job)
            raise
        job.notes, job.settings = found["notes"], found["settings"]
        self._queue.add(job)
        return job

    def _new(self, asked: Mapping[str, Any], owner: str, kind: str, uploads: list[Upload]) -> Job:
        """A run's record and its folder, with settings and options as typed values."""
        given, others = controls.asked_for(asked, self._limits.memory)
        about: dict[str, Any] = {"given": given, "picture": None, "output": "dreams.zip"}
        if kind in FILMS:
            about["options"] = controls.options(kind, asked.get("options") or {})
            about["picture"] = uploads[0].id if uploads else None
            about["output"] = f"{kind}{_suffix(asked)}"
        self._queue.check_room()
        used = [*(upload.id for upload in uploads), *map(str, others.values())]
        self._store.room(sum(upload.path.stat().st_size for upload in uploads), keep=used)
        return self._store.new(owner, kind=kind, source=None, **about)


def _suffix(asked: Mapping[str, Any]) -> str:
    """Of a film's file, by its format."""
    suffix = f".{asked.get('format', 'mp4')}"
    if suffix not in PLAYED:
        raise ImageError(f"The format {suffix[1:]!r} is not written.", f"{', '.join(PLAYED)} are.")
    return suffix


def _named(upload: Upload) -> str:
    """A picture's own name, with the suffix of its content where it has none that is read."""
    known = PurePath(upload.called).suffix.lower() in SUFFIXES_READ
    return upload.called if known else (upload.called or PurePath(upload.name).stem) + PurePath(upload.name).suffix


QUEUED = {"film": Runs.film, "zoom": Runs.zoom, "batch": Runs.batch}
"""What checks and queues each kind of run."""
