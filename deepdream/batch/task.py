"""What a worker, another process or machine, does: report its versions, estimate, dream one picture or scene.

facts(given) -> versions and digest, equal on all workers · memory(task) -> bytes
cut(task) -> Reply: where a film's scenes begin · dream(task) -> Reply: one picture, or one scene of a film

Where the worker does not share the client's folders, a task carries the bytes of its picture, and the reply those of
the dream. Errors come back as values: not every exception can be pickled, and the client would wait for one that can't.
"""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deepdream._version import __version__
from deepdream.batch import films
from deepdream.errors import DreamError, RunError, to_dream_error
from deepdream.film import scenes
from deepdream.film.formats import is_video
from deepdream.film.scenes import Cut
from deepdream.pipeline import job as one
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.job import Job, Result, process
from deepdream.pipeline.request import settled, understand
from deepdream.pipeline.session import Session

_TURN = threading.Lock()
"""One dream at a time in a process, however many tasks it is given."""


@dataclass(frozen=True)
class Task:
    """One picture, film or scene for a worker.

    Attributes:
        job: the job; its files are the client's.
        data: the file's bytes; None where the worker shares the client's folders.
        share: of how many workers on this machine it is one: each takes its share of the cores. 0 where the threads
            are left as they are.
        cut: of a film, where it is cut; None for a picture, or where that is what is to be found.
        scene: which of its scenes, from 0.
    """

    job: Job
    data: bytes | None = None
    share: int = 0
    cut: Cut | None = None
    scene: int = 0


@dataclass(frozen=True)
class Reply:
    """The outcome of a task.

    Attributes:
        result: of a picture.
        error: what went wrong.
        data: the dream's bytes, if the task carried the picture's.
        cut: of a film.
        frames: the files of a scene by their names, if the task carried the film's bytes.
        notes: sentences about a scene.
        pixel_steps: of a scene, pixels of each step taken, added up.
        worker: the machine and process.
    """

    result: Result | None = None
    error: DreamError | None = None
    data: bytes | None = None
    cut: Cut | None = None
    frames: Mapping[str, bytes] | None = None
    notes: Sequence[str] = ()
    pixel_steps: int = 0
    worker: str = field(default_factory=process)


def facts(given: dict[str, Any]) -> dict[str, str] | str:
    """Versions and the digest of the weights, which decide a dream's bits; a sentence if the settings can't be used."""
    try:
        _, network, _ = settled(given, _session())
    except Exception as raised:
        return str(_plain(raised))
    return {"deepdream": __version__, "tensorflow": version("tensorflow"), "weights": network.digest}


def memory(task: Task) -> int:
    """Bytes that a process needs to dream a picture or a film's frames; 0 if it can't be dreamt."""
    job = _shared_out(task)
    assert job.source is not None, "a batch dreams on pictures"
    try:
        if is_video(job.source):
            request = scenes.request(films.film_of(job), _session())
        else:
            request = understand(job.source, job.given, limit_megapixels=job.limit_megapixels, session=_session())
        with _TURN:
            return next(pipeline.run(request, session=_session())).memory  # type: ignore[union-attr]  # the Estimate
    except Exception:  # reported when the picture is dreamt
        return 0


def cut(task: Task) -> Reply:
    """Find the scenes of a film."""
    return _reply(task, _cut)


def dream(task: Task) -> Reply:
    """Dream one picture or scene; a worker that shares the client's folders skips what exists."""
    return _reply(task, partial(_scene, task) if task.cut else partial(_picture, task))


def _cut(job: Job) -> Reply:
    with films.of_one():
        return Reply(cut=scenes.cut(films.film_of(job), _session()))


def _picture(task: Task, job: Job) -> Reply:
    if task.data is None:
        return Reply(_run(replace(job, skip=True)))
    return Reply(_run(job), data=job.output.read_bytes())


def _scene(task: Task, job: Job) -> Reply:
    assert task.cut is not None, "a scene is of a film that was cut"
    film = films.film_of(job)
    gathered = films.Gathered()
    with films.of_one():
        for _ in gathered.through(scenes.dream(film, task.cut, task.scene, _session())):
            pass
    frames = None if task.data is None else scenes.packed(film, task.cut, task.scene)
    return Reply(frames=frames, notes=gathered.notes, pixel_steps=gathered.pixel_steps)


def _reply(task: Task, work: Callable[[Job], Reply]) -> Reply:
    """What `work` returns for the job, one at a time; its error as a value."""
    with _TURN:
        try:
            with _placed(_shared_out(task), task.data) as job:
                return work(job)
        except Exception as raised:
            return Reply(error=_plain(raised))


@contextmanager
def _placed(job: Job, data: bytes | None) -> Iterator[Job]:
    """The job with its files where this worker reaches them; bytes go to a temporary folder, which no message names."""
    if data is None:
        yield job
        return
    assert job.source is not None, "a batch dreams on pictures"
    with TemporaryDirectory() as name:
        source, output = Path(name, "source", job.source.name), Path(name, "dream", job.output.name)
        for path in (source, output):
            path.parent.mkdir()
        source.write_bytes(data)
        try:
            yield replace(job, source=source, output=output)
        except DreamError as error:
            message = error.message.replace(str(source), str(job.source)).replace(str(output), str(job.output))
            raise type(error)(message, error.advice) from None


def _plain(raised: Exception) -> DreamError:
    """The error without its causes, which may not be picklable."""
    fault = f"deepdream failed unexpectedly on a worker: {type(raised).__name__}: {raised}."
    error = to_dream_error(raised) or RunError(fault, "This is a fault of deepdream, not yours.")
    return type(error)(error.message, error.advice)


def _run(job: Job) -> Result:
    """The job's result; its steps are not reported."""
    events = one.run(job, _session())
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def _shared_out(task: Task) -> Job:
    """The job with this worker's share of the machine's cores, unless the user names threads."""
    if not task.share or "threads" in task.job.given:
        return task.job
    from deepdream import runtime

    threads = max(1, runtime.allowed_cores() // task.share)
    return replace(task.job, given={**task.job.given, "threads": threads})


@functools.cache
def _session() -> Session:
    """The session shared by the dreams of this process."""
    return Session()
