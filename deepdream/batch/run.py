"""Many pictures and films dreamt with the same settings into one folder; existing dreams are kept.

plan(sources, names, given, folder) -> Plan    everything checked, nothing written
run(plan) -> iterator                          Begun, then as `series.run`, then perhaps Ended

TensorFlow loads with the first dream.
"""

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.atomic import remove_leftovers
from deepdream.batch import existing, films, journal, sources, workers
from deepdream.batch.journal import Journal
from deepdream.batch.sources import Found, Item
from deepdream.batch.workers import Workers
from deepdream.errors import ImageError, SettingError, StorageError, plural
from deepdream.film import options
from deepdream.film.formats import is_video
from deepdream.film.options import Film
from deepdream.images import outputs, scale
from deepdream.pipeline import job as one
from deepdream.pipeline import provenance, request, series
from deepdream.pipeline.job import Job, Result
from deepdream.pipeline.series import OF_ONE_PICTURE, Failed, Turn
from deepdream.pipeline.session import Session
from deepdream.settings import recipes


@dataclass(frozen=True)
class Plan:
    """A checked batch.

    Attributes:
        folder: the output folder.
        found: the pictures.
        given: settings as typed.
        shared: the part of the record that all its dreams share.
        session: shared by the dreams.
        bits, quality, limit_megapixels: as in a Job.
        workers: processes or machines to share the work with; None for this process alone.
        retry_failed: only the pictures that failed last time.
        max_failures: this many in a row end it.
        force: replace dreams with other settings; otherwise the new ones' names get a number.
    """

    folder: Path
    found: Found
    given: Mapping[str, Any]
    shared: provenance.Record
    session: Session
    bits: int | None = None
    quality: int = 95
    limit_megapixels: float = 300
    workers: Workers | None = None
    retry_failed: bool = False
    max_failures: int = 10
    force: bool = False

    def job(self, item: Item) -> Job:
        """The job for a picture."""
        return Job(
            source=item.source,
            output=self.folder / item.place,
            given=self.given,
            bits=self.bits,
            quality=self.quality,
            limit_megapixels=self.limit_megapixels,
            keep_partial=False,
            force=self.force,
        )


@dataclass(frozen=True)
class Begun:
    """The state before the first dream.

    Attributes:
        ready: number of dreams that exist already.
        other: number of those to do that exist with other settings or from another input.
        megapixels: output -> to dream of each picture and film to do; 0 if it can't be read.
    """

    ready: int
    other: int
    megapixels: Mapping[Path, float]


@dataclass(frozen=True)
class Ended:
    """An error that would affect the remaining pictures too has ended the batch."""

    message: str


@dataclass(frozen=True)
class Written:
    """The journal's entry for a finished or failed picture."""

    entry: journal.Entry


def plan(
    typed: Iterable[Path],
    names: Iterable[Path],
    given: Mapping[str, Any],
    folder: Path,
    *,
    recursive: bool = False,
    progress: Any = None,
    **how: Any,
) -> Plan:
    """Check a batch.

    Args:
        typed: sources as typed, see `sources.find`.
        names: from a list.
        given: settings of every dream.
        folder: the output folder; its parent must exist.
        recursive: whether folders are searched in full depth.
        progress: shows the download of weights, if one is needed.
        how: further attributes of the plan.

    Raises:
        RequestError: an invalid source, setting or folder; settings that no film can have where there is one.
    """
    start = recipes.resolve(given).start
    if start != "picture":
        raise SettingError(f"start {start} takes no picture.", "Leave it out; a batch dreams on pictures.")
    outputs.check_folder(folder, "a batch")
    found = sources.find(typed, names, folder, recursive=recursive, bits=how.get("bits"))
    if any(is_video(item.source) for item in found.items):
        options.check(Film(source=folder, output=folder, given=given))
    session = Session(progress=progress)
    shared = provenance.shared(*request.settled(given, session))
    if how.get("workers"):
        workers.check(how["workers"], shared)
    return Plan(folder, found, given, shared, session, **how)


def run(plan: Plan, *, stop: Callable[[], bool] = lambda: False) -> Iterator[Any]:
    """Run a checked batch; the folder is created if missing.

    Args:
        plan: the batch.
        stop: see `job.run`.

    Yields: a Written for each dream that exists already; Begun; then as `series.run`, and a Written after each Result
    and Failed; Ended if it ends early.

    Raises:
        RequestError: another batch is working in the folder, or no worker can be had.
        StorageError: a folder or the journal can't be written any more.
    """
    with workers.reached(plan.workers) as client, journal.opened(plan.folder) as log:
        try:
            yield from _run(plan, log, stop, client)
        finally:
            with contextlib.suppress(OSError):  # a full disk has been reported; the next run writes the table
                log.write_table()


def _run(plan: Plan, log: Journal, stop: Callable[[], bool], client: Any) -> Iterator[Any]:
    todo, ready, other = [], 0, 0
    for folder, error in plan.found.unread:
        failed = Failed(Job(source=folder, output=plan.folder), error)
        yield failed
        yield _written(failed, plan, log)
    for item in plan.found.items:
        if plan.retry_failed and not log.failed(str(item.source)):
            continue
        job = plan.job(item)
        there = existing.find(job, plan.folder, plan.shared)
        if isinstance(there, Result):
            ready += 1
            yield _written(there, plan, log)
        elif isinstance(there, Failed):
            yield there
            yield _written(there, plan, log)
        else:
            other += there
            todo.append(films.placed(job) if is_video(item.source) else job)
    megapixels = {job.output: _megapixels(job) for job in todo}
    yield Begun(ready, other, megapixels)
    if plan.workers is None or not todo:
        events: Iterator[Any] = series.run(todo, plan.session, stop=stop, dream=_dream)
    else:
        largest_first = sorted(todo, key=lambda job: -megapixels[job.output])
        events = workers.run(largest_first, plan.shared, plan.workers, client)
    with contextlib.closing(events):  # type: ignore[type-var]  # a generator
        yield from _dreamt(plan, log, events)


def _dreamt(plan: Plan, log: Journal, events: Iterator[Any]) -> Iterator[Any]:
    """Yield the events with their journal entries, and end at an error that would affect all pictures."""
    row = 0
    cleaned: set[Path] = set()
    for event in events:
        if isinstance(event, Turn):
            folder = event.job.output.parent
            _make_folder(folder)
            if folder not in cleaned:
                cleaned.add(folder)
                remove_leftovers(folder)
        yield event
        if isinstance(event, Result) and event.done:
            row = 0
            yield _written(event, plan, log)
        elif isinstance(event, Failed):
            row += 1
            yield _written(event, plan, log)
            if not isinstance(event.error, OF_ONE_PICTURE):
                yield Ended("The other pictures would fail the same way; the same command resumes from here.")
                return
            if row == plan.max_failures:
                yield Ended(f"{plural(row, 'picture')} in a row failed; --max-failures allows more.")
                return
    for folder in cleaned:  # of workers that were killed
        remove_leftovers(folder)


def _written(event: Result | Failed, plan: Plan, log: Journal) -> Written:
    """The journal's entry for a picture; one that existed already is not added twice."""
    entry = _entry(event, plan.folder)
    if isinstance(event, Failed) or not (event.ready and log.knows(entry["input"])):
        log.add(entry)
    return Written(entry)


def _entry(event: Result | Failed, folder: Path) -> journal.Entry:
    """The journal's entry for a picture."""
    job = event.job
    assert job.source is not None, "a batch dreams on pictures"
    entry: dict[str, Any] = {"input": str(job.source)}
    with contextlib.suppress(OSError):
        entry["size"] = job.source.stat().st_size
    if isinstance(event, Failed):
        return entry | {"error": f"{event.error.message} {event.error.advice}".strip()}
    return entry | {
        "digest": event.record["input"]["digest"],
        "output": event.output.relative_to(folder).as_posix(),
        "record": provenance.digest(event.record),
        **({} if event.ready else {"seconds": round(event.seconds, 3), "worker": event.worker}),
    }


def _dream(job: Job, session: Session, *, stop: Callable[[], bool]) -> Generator[Any, None, Result]:
    """Dream one picture or one film."""
    assert job.source is not None, "a batch dreams on pictures"
    return (films.run if is_video(job.source) else one.run)(job, session, stop=stop)


def _megapixels(job: Job) -> float:
    """Megapixels to dream at the size requested, from the file's header; 0 if it can't be read."""
    assert job.source is not None, "a batch dreams on pictures"
    settings = recipes.resolve(job.given)
    try:
        size, dreams = films.work(job) if is_video(job.source) else (images.read_size(job.source), 1)
        height, width = scale.target(size, settings.size, settings.max_side)
    except ImageError:
        return 0.0
    return height * width * dreams / 1e6


def _make_folder(folder: Path) -> None:
    """Create a picture's folder; one that is not writable ends the batch before the picture is dreamt."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise StorageError(
            f"The folder {folder} can't be written.", "Make it writable; the same command resumes from here."
        )
