"""Films among a batch's pictures: what `deepdream film` makes of them.

placed(job) -> Job                       with a number in its name where another film has it
run(job, session) -> iterator            as `job.run`
finished(job, result, ...) -> iterator   Filmed, ending in the job's Result
wanted(job, shared) -> record, to be compared · work(job) -> size and frames
"""

import contextlib
import itertools
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import ImageError, RequestError
from deepdream.film import film as films
from deepdream.film import options, sources
from deepdream.film.flashes import Report
from deepdream.film.measure import Tally
from deepdream.film.options import Film
from deepdream.film.result import Result as FilmResult
from deepdream.pipeline import existing, provenance
from deepdream.pipeline.events import Note, Step
from deepdream.pipeline.job import Job, Result, process
from deepdream.pipeline.session import Session
from deepdream.settings import Size

KIND = "film"


@dataclass(frozen=True)
class Filmed:
    """A film was written: its file, what was measured, and what the check for flashes found."""

    output: Path
    tally: Tally
    flashes: Report


@dataclass
class Gathered:
    """What a stream of a film's events comes to.

    Attributes:
        notes: its sentences for the user.
        pixel_steps: pixels of each step taken, added up.
        value: what the stream returned.
    """

    notes: list[str] = field(default_factory=list)
    pixel_steps: int = 0
    value: Any = None

    def through(self, events: Generator[Any, None, Any]) -> Iterator[Any]:
        """The events without Steps."""
        with contextlib.closing(events):
            while True:
                try:
                    event = next(events)
                except StopIteration as ended:
                    self.value = ended.value
                    return
                if isinstance(event, Step):
                    self.pixel_steps += event.size[0] * event.size[1]
                    continue
                if isinstance(event, Note):
                    self.notes.append(event.message)
                yield event


def placed(job: Job) -> Job:
    """A job whose film replaces none, unless `force` is set."""
    if job.force:
        return job
    names = itertools.chain([job.output], existing.numbered(job.output))
    return replace(job, output=next(name for name in names if not os.path.lexists(name)))


def film_of(job: Job) -> Film:
    """A job's film."""
    assert job.source is not None, "a film has a source"
    return Film(source=job.source, output=job.output, given=job.given, force=job.force)


def run(job: Job, session: Session, *, stop: Callable[[], bool] = lambda: False) -> Generator[Any, None, Result]:
    """Dream one film.

    Args:
        job: its job.
        session: shared with other jobs.
        stop: see `film.run`.

    Yields: as `film.run`, without Steps; then Filmed.

    Raises:
        DreamError: any failure; an ImageError where it is of this film alone.
    """
    gathered = Gathered()
    with of_one():
        yield from gathered.through(films.run(film_of(job), session, stop=stop))
    return (yield from finished(job, gathered.value, gathered))


def finished(job: Job, found: FilmResult, gathered: Gathered, workers: str = "") -> Generator[Filmed, None, Result]:
    """The result of a job whose film has ended.

    Args:
        job: its job.
        found: the film's own result.
        gathered: from its events.
        workers: who dreamt it; this process when "".
    """
    if not found.stopped:
        yield Filmed(found.output, found.tally, found.flashes)
    return Result(
        job,
        found.output,
        written=[] if found.stopped else [found.output],
        notes=gathered.notes,
        record=found.record,
        seconds=found.tally.seconds,
        pixel_steps=gathered.pixel_steps,
        worker=workers or process(),
        stopped=found.stopped,
    )


@contextlib.contextmanager
def of_one() -> Iterator[None]:
    """What is wrong with one film's request is of that film alone: the others are dreamt."""
    try:
        yield
    except RequestError as error:
        raise ImageError(error.message, error.advice) from error


def wanted(job: Job, shared: provenance.Record) -> provenance.Record:
    """The part of the record that a job's film will carry on any machine.

    Raises:
        OSError: its source can't be read.
    """
    assert job.source is not None, "a film has a source"
    own = options.recorded(film_of(job))
    return {"kind": KIND, **shared, KIND: own, "input": {"digest": images.digest(job.source)}}


def work(job: Job) -> tuple[Size, float]:
    """A film's size, and about how many whole dreams it takes.

    Raises:
        ImageError: it can't be read.
    """
    assert job.source is not None, "a film has a source"
    source = sources.opened(job.source)
    return source.size, 1 + ((source.expected or 1) - 1) * Film.renewal
