"""What a worker, another process or machine, does: report its versions, estimate, dream one picture.

facts(given) -> versions and digest, equal on all workers · memory(task) -> bytes · dream(task) -> Reply

Where the worker does not share the client's folders, a task carries the bytes of its picture, and the reply those of
the dream. Errors come back as values: not every exception can be pickled, and the client would wait for one that can't.
"""

import functools
import threading
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deepdream._version import __version__
from deepdream.errors import DreamError, RunError, to_dream_error
from deepdream.pipeline import job as one
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.job import Job, Result
from deepdream.pipeline.request import settled, understand
from deepdream.pipeline.session import Session

_TURN = threading.Lock()
"""One dream at a time in a process, however many tasks it is given."""


@dataclass(frozen=True)
class Task:
    """One picture for a worker.

    Attributes:
        job: the job; its files are the client's.
        data: the picture's bytes; None where the worker shares the client's folders.
        share: of how many workers on this machine it is one: each takes its share of the cores. 0 where the threads
            are left as they are.
    """

    job: Job
    data: bytes | None = None
    share: int = 0


@dataclass(frozen=True)
class Reply:
    """The outcome of a task: a result or an error, and the dream's bytes if the task carried the picture's."""

    result: Result | None = None
    error: DreamError | None = None
    data: bytes | None = None


def facts(given: dict[str, Any]) -> dict[str, str] | str:
    """Versions and the digest of the weights, which decide a dream's bits; a sentence if the settings can't be used."""
    try:
        _, network, _ = settled(given, _session())
    except Exception as raised:
        return str(_plain(raised))
    return {"deepdream": __version__, "tensorflow": version("tensorflow"), "weights": network.digest}


def memory(task: Task) -> int:
    """Bytes that a process needs to dream a picture; 0 if it can't be dreamt."""
    job = _shared_out(task)
    try:
        request = understand(job.source, job.given, limit_megapixels=job.limit_megapixels, session=_session())
        with _TURN:
            return next(pipeline.run(request, session=_session())).memory  # type: ignore[union-attr]  # the Estimate
    except Exception:  # reported when the picture is dreamt
        return 0


def dream(task: Task) -> Reply:
    """Dream one picture; a worker that shares the client's folders skips one that exists."""
    with _TURN:
        try:
            job = _shared_out(task)
            if task.data is None:
                return Reply(_run(replace(job, skip=True)))
            return _in_bytes(job, task.data)
        except Exception as raised:
            return Reply(error=_plain(raised))


def _in_bytes(job: Job, data: bytes) -> Reply:
    """Dream in a temporary folder; messages still name the client's files."""
    assert job.source is not None, "a batch dreams on pictures"
    with TemporaryDirectory() as name:
        source, output = Path(name, "source", job.source.name), Path(name, "dream", job.output.name)
        for path in (source, output):
            path.parent.mkdir()
        source.write_bytes(data)
        try:
            result = _run(replace(job, source=source, output=output))
        except DreamError as error:
            message = error.message.replace(str(source), str(job.source)).replace(str(output), str(job.output))
            return Reply(error=type(error)(message, error.advice))
        return Reply(result, data=output.read_bytes())


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
