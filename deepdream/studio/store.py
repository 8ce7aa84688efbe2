"""The studio's one folder: uploaded pictures and dreams, bounded in bytes, found again after a crash.

Store(root, bound)     store.pictures · store.jobs · store.room() · store.clear()

    pictures/ID.bin, ID.jpg         a picture as uploaded, and as the browser is shown it; of a film ID.video or ID.gif
    jobs/ID/job.json                a dream's state, with its pictures and what it made beside it
"""

import dataclasses
import json
import secrets
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.atomic import replacing
from deepdream.errors import ImageError, RequestError
from deepdream.images import formats
from deepdream.settings import format_bytes

FOLDERS = ("pictures", "jobs")
"""All that the folder holds."""

PREVIEW = "preview.jpg"
"""A dream as the browser shows it, in its folder."""

VIDEO, ANIMATIONS = ".video", (".gif", ".webp", ".png")
"""Suffixes of uploaded films: FFmpeg knows a video's kind by its content, animations are recognised by theirs."""

ENDED = ("done", "failed", "cancelled")
"""States of a dream that no longer changes by itself."""


FILMS = ("film", "zoom")
"""Kinds of dreams that are films."""

RUNS = (*FILMS, "batch")
"""Kinds of dreams that are many: each resumes from what is in its folder."""


class NotFoundError(RequestError):
    """Not there, or somebody else's."""


class FullError(RequestError):
    """Too many at once."""


@dataclass
class Job:
    """A dream: what was asked, and how far it is.

    Attributes:
        id: cannot be guessed.
        owner: who asked; others do not see it.
        kind: "dream", "preview" or "look", one of the small ones; or one of RUNS.
        source: its picture's name in its folder, a film's, or a folder of pictures; None for a canvas.
        output: its own.
        given: settings as typed, with the names of files in its folder.
        settings: all of them, resolved.
        options: of a film or a zoom, as typed.
        state: queued, running, stopped, done, failed, cancelled.
        progress: octave, octaves, step, steps, fraction, seconds_left, loss.
        taken: steps taken so far.
        partial: the picture so far, where it was stopped.
        tries: how often it was begun; a worker that dies twice of it gets no third try.
    """

    id: str
    owner: str
    kind: str
    picture: str | None
    source: str | None
    output: str
    given: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    made: float = field(default_factory=time.time)
    state: str = "queued"
    progress: dict[str, Any] = field(default_factory=dict)
    taken: int = 0
    notes: list[str] = field(default_factory=list)
    partial: str | None = None
    error: str = ""
    advice: str = ""
    tries: int = 0


@dataclass(frozen=True)
class Upload:
    """An uploaded picture.

    Attributes:
        id: cannot be guessed.
        owner: who sent it.
        path: of its file.
        name: among others, by content.
        called: its own name, made safe; "" where none came with it.
    """

    id: str
    owner: str
    path: Path
    name: str
    called: str


class Store:
    """What lies in the folder.

    Args:
        root: made if it is not there. What a crash has left in it is found again.
        bound: bytes that it may hold; the oldest finished dreams make room.
    """

    def __init__(self, root: Path, bound: int) -> None:
        self.root, self.bound = root.absolute(), bound  # the engine works in it, from where no relative path leads
        for name in FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
        self.pictures: dict[str, Upload] = {}
        self.jobs: dict[str, Job] = {}
        for path in sorted((root / "pictures").glob("*.json")):
            about = json.loads(path.read_text())
            files = (file for file in path.parent.glob(f"{path.stem}.*") if file.suffix not in (".json", ".jpg"))
            for file in files:
                self.pictures[path.stem] = Upload(path.stem, path=file, **{"called": "", **about})
        found = [_job(path) for path in (root / "jobs").glob("*/job.json")]
        self.jobs = {job.id: job for job in sorted(found, key=lambda job: job.made)}
        for job in self.jobs.values():
            self._recover(job)

    def folder(self, job: Job) -> Path:
        """A dream's folder."""
        return self.root / "jobs" / job.id

    def within(self, job: Job) -> str:
        """A dream's folder as the engine names it, relative to the root."""
        return str(self.folder(job).relative_to(self.root))

    def path(self, job: Job) -> Path | None:
        """The picture of a dream, finished or so far; None while there is none."""
        name = job.output if job.state == "done" else job.partial
        path = self.folder(job) / name if name else None
        return path if path is not None and path.exists() else None

    def preview(self, job: Job) -> bytes | None:
        """A dream as the browser shows it, if there is a picture of it."""
        path = self.folder(job) / PREVIEW
        return path.read_bytes() if path.exists() else None

    def save(self, job: Job) -> None:
        """Write a dream's state."""
        with replacing(self.folder(job) / "job.json") as part:
            part.write_text(json.dumps(dataclasses.asdict(job)), encoding="utf-8")

    def part(self) -> Path:
        """Where an upload arrives."""
        return self.root / "pictures" / f"{secrets.token_hex(8)}.part"

    def keep(self, part: Path, owner: str, *, called: str = "", film: bool = False) -> Upload:
        """Keep an upload that has arrived, known by its content.

        Args:
            part: its file, which is moved.
            owner: who sent it.
            called: its own name, made safe.
            film: whether it may be a video, too, which the worker looks into.

        Raises:
            ImageError: it is none of the formats that are read.
        """
        with part.open("rb") as file:
            found = formats.of_content(file.read(4096))
        if found is None and not film:
            raise ImageError("That file is not a picture.", f"{formats.NAMES} are read.")
        suffix = found.suffixes[0] if found and (not film or found.suffixes[0] in ANIMATIONS) else VIDEO
        id_, name = secrets.token_urlsafe(16), f"{images.digest(part)[:12]}{suffix}"
        path = self.root / "pictures" / f"{id_}{suffix if film else '.bin'}"
        part.replace(path)
        about = {"owner": owner, "name": name, "called": called}
        path.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
        self.pictures[id_] = Upload(id_, path=path, **about)
        return self.pictures[id_]

    def new(self, owner: str, **about: Any) -> Job:
        """A dream's record and its folder."""
        job = Job(id=secrets.token_urlsafe(16), owner=owner, **about)
        self.folder(job).mkdir()
        self.jobs[job.id] = job
        return job

    def lend(self, upload: Upload, job: Job, name: str) -> str:
        """Put a picture into a dream's folder; returns its name there."""
        (self.folder(job) / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(upload.path, self.folder(job) / name)
        return name

    def drop(self, job: Job) -> None:
        """Delete a dream."""
        self.jobs.pop(job.id, None)
        shutil.rmtree(self.folder(job), ignore_errors=True)

    def drop_picture(self, upload: Upload) -> None:
        """Delete an upload."""
        self.pictures.pop(upload.id, None)
        for path in (self.root / "pictures").glob(f"{upload.id}.*"):
            path.unlink(missing_ok=True)

    def bytes(self) -> int:
        """What all files hold."""
        return sum(path.stat().st_size for path in self.root.rglob("*") if path.is_file())

    def room(self, size: int = 0, *, keep: Collection[str] = ()) -> None:
        """Make room for so many bytes: the oldest finished dreams go first, then pictures that no dream shows.

        Args:
            size: in bytes.
            keep: ids of pictures that are about to be used.

        Raises:
            RequestError: what runs or waits leaves too little.
        """
        held = self.bytes()
        ended = [job for job in self.jobs.values() if job.state in ENDED]
        shown = {job.picture for job in self.jobs.values() if job.state not in ENDED} | set(keep)
        unused = [upload for upload in self.pictures.values() if upload.id not in shown][:-1]
        while held + size > self.bound and (ended or unused):
            if ended:
                self.drop(ended.pop(0))
            else:
                self.drop_picture(unused.pop(0))
            held = self.bytes()
        if held + size > self.bound:
            raise RequestError(
                f"The studio's folder is full: it may hold {format_bytes(self.bound)} (--disk).",
                "Delete dreams that you do not need.",
            )

    def clear(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _recover(self, job: Job) -> None:
        """A dream that a crash has ended: it was stopped, with the picture so far, or waits again."""
        if job.state not in ("running", "queued"):
            return
        partials = sorted(self.folder(job).glob("*-partial*.*"))
        job.partial = partials[-1].name if partials else job.partial
        job.state = "stopped" if job.partial else "queued"
        self.save(job)


def _job(path: Path) -> Job:
    return Job(**json.loads(path.read_text(encoding="utf-8")))
