"""The films of a batch on several workers: cut at their scenes, and put together once all of these are there.

with Films(jobs, shared) as films:
    films.uncut · films.scenes(job)                what is to be done
    films.cut(job, reply) · films.dreamt(job, scene, reply) · films.lost(job, error) · films.written() -> events
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Self

from deepdream.batch import films
from deepdream.batch.films import Filmed, Gathered
from deepdream.batch.task import Reply
from deepdream.errors import DreamError, to_dream_error
from deepdream.film import scenes
from deepdream.film.formats import is_video
from deepdream.film.options import Film
from deepdream.film.result import Result as FilmResult
from deepdream.film.scenes import Cut
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Note
from deepdream.pipeline.job import Job, Result
from deepdream.pipeline.series import Failed


@dataclass(eq=False)
class _Shared:
    """A film that several workers dream.

    Attributes:
        job, film: of it.
        cut: where; None while that isn't known.
        missing: its scenes that are not there yet.
        gathered: from its scenes' events.
        workers: who dreamt them.
        failed: whether one of them could not be dreamt.
    """

    job: Job
    film: Film
    cut: Cut | None = None
    missing: set[int] = field(default_factory=set)
    gathered: Gathered = field(default_factory=Gathered)
    workers: set[str] = field(default_factory=set)
    failed: bool = False


class Films:
    """The films among jobs; a thread puts them together, so that the workers need not wait for it.

    Args:
        jobs: of a batch, pictures too.
        shared: the part of the record that its dreams share.
    """

    def __init__(self, jobs: Sequence[Job], shared: provenance.Record) -> None:
        there = [job for job in jobs if job.source is not None and is_video(job.source)]
        self._films = {job.output: _begun(job, shared) for job in there}
        self._thread = ThreadPoolExecutor(1)
        self._writing: dict[Future[FilmResult], _Shared] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def __contains__(self, job: Job) -> bool:
        return job.output in self._films

    @property
    def uncut(self) -> list[Job]:
        """The jobs of which it isn't known yet where to cut."""
        return [one.job for one in self._films.values() if one.cut is None]

    @property
    def whole(self) -> list[Job]:
        """The jobs whose scenes are all there, to be put together."""
        return [one.job for one in self._films.values() if one.cut is not None and not one.missing]

    def cut(self, job: Job, reply: Reply) -> Iterator[Note | Failed]:
        """Take in where a film is to be cut."""
        one = self._films[job.output]
        if reply.error is not None:
            yield from self.lost(job, reply.error)
            return
        assert reply.cut is not None, "a reply has one of them"
        one.cut = reply.cut
        scenes.keep(one.film, reply.cut)
        one.missing = _missing(one.film, reply.cut)
        yield from map(Note, reply.cut.notes)

    def scenes(self, job: Job) -> Iterator[tuple[Cut, int]]:
        """What is missing of a film, until one of its scenes fails; with nothing missing it is put together."""
        one = self._films[job.output]
        if one.cut is not None and not one.missing:
            self._put_together(one)
        for scene in sorted(one.missing):
            if one.failed or one.cut is None:
                return
            yield one.cut, scene

    def dreamt(self, job: Job, scene: int, reply: Reply) -> Iterator[Note | Failed]:
        """Take in a scene; with the last one the film is put together."""
        one = self._films[job.output]
        if one.failed or one.cut is None:
            return
        if reply.error is not None:
            yield from self.lost(job, reply.error)
            return
        if reply.frames is not None:
            scenes.unpack(one.film, one.cut, scene, reply.frames)
        yield from map(Note, reply.notes)
        one.gathered.notes += reply.notes
        one.gathered.pixel_steps += reply.pixel_steps
        one.workers.add(reply.worker)
        one.missing.remove(scene)
        if not one.missing:
            self._put_together(one)

    def lost(self, job: Job, error: DreamError) -> Iterator[Failed]:
        """Give a film up, once."""
        one = self._films[job.output]
        if not one.failed:
            one.failed = True
            yield Failed(job, error)

    def written(self, *, patient: bool = False) -> Iterator[Filmed | Result | Failed]:
        """The films that have been written since; where `patient`, all that are still to be."""
        if patient:
            wait(self._writing)
        for future in [future for future in self._writing if future.done()]:
            one = self._writing.pop(future)
            try:
                yield (
                    yield from films.finished(one.job, future.result(), one.gathered, ", ".join(sorted(one.workers)))
                )
            except Exception as raised:
                error = to_dream_error(raised)
                if error is None:
                    raise
                yield from self.lost(one.job, error)

    def _put_together(self, one: _Shared) -> None:
        assert one.cut is not None, "its scenes are there"
        self._writing[self._thread.submit(_assembled, one.film, one.cut)] = one


def _begun(job: Job, shared: provenance.Record) -> _Shared:
    """A film, as far as an earlier run has come with it."""
    one = _Shared(job, films.film_of(job))
    try:
        wanted = films.wanted(job, shared)
    except OSError:
        return one  # the error is reported when it is its turn
    one.cut = scenes.kept(one.film, lambda made: provenance.matches(made, wanted))
    one.missing = set() if one.cut is None else _missing(one.film, one.cut)
    return one


def _missing(film: Film, cut: Cut) -> set[int]:
    """The scenes of a film that are not there."""
    return {scene for scene in range(len(cut.starts)) if not scenes.is_done(film, cut, scene)}


def _assembled(film: Film, cut: Cut) -> FilmResult:
    with films.of_one():
        return scenes.assembled(film, cut)
