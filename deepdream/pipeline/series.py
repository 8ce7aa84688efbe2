"""Many dreams in one process, one after another: several pictures, a sweep, a comparison.

run(jobs, session) -> iterator: for each job a Turn, what `job.run` yields, then its Result or Failed
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deepdream.errors import DreamError, GradientError, ImageError, OutOfMemoryError, to_dream_error
from deepdream.pipeline import job as one
from deepdream.pipeline.job import Event, Job, Result
from deepdream.pipeline.session import Session

OF_ONE_PICTURE = (ImageError, GradientError, OutOfMemoryError)
"""Errors of a single picture; after any other, the next picture would fail the same way."""


@dataclass(frozen=True)
class Turn:
    """A job starts: its number from 1, and how many there are."""

    job: Job
    number: int
    count: int


@dataclass(frozen=True)
class Failed:
    """A job that failed; the others still run if the error is one of a single picture."""

    job: Job
    error: DreamError


def run(
    jobs: Sequence[Job],
    session: Session,
    *,
    stop: Callable[[], bool] = lambda: False,
    dream: Callable[..., Generator[Any, None, Result]] = one.run,
) -> Iterator[Turn | Event | Result | Failed]:
    """Run jobs one after another; after one that fails the others still run.

    Args:
        jobs: the jobs, in order.
        session: shared by them.
        stop: see `job.run`; after a stopped job no other starts.
        dream: dreams one job, as `job.run`.
    """
    for number, job in enumerate(jobs, start=1):
        yield Turn(job, number, len(jobs))
        try:
            result = yield from dream(job, session, stop=stop)
        except Exception as raised:
            error = to_dream_error(raised)
            if error is None:
                raise
            yield Failed(job, error)
            if not isinstance(error, OF_ONE_PICTURE):
                return
        else:
            yield result
            if result.stopped or stop():
                return
