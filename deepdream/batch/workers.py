"""A batch on several processes or machines: jobs as tasks for workers, replies as what one process would yield.

asked(count, address) -> Workers | None          what was typed
run(jobs, shared, workers, client) -> iterator    Turn, Note, Result and Failed, as `series.run`
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepdream.batch import cluster, dispatch, task
from deepdream.batch.cutting import Films
from deepdream.batch.task import Reply, Task
from deepdream.errors import DreamError, ImageError, OutOfMemoryError, SettingError
from deepdream.gradient import memory
from deepdream.images.write import put
from deepdream.pipeline import existing, provenance
from deepdream.pipeline.events import Note
from deepdream.pipeline.job import Job, Result
from deepdream.pipeline.series import Failed, Turn

if TYPE_CHECKING:
    from distributed import Client


START = 120.0
"""Seconds in which a worker of this machine has to start."""

QUEUE = 24 * 3600.0
"""The same for the workers of a scheduler, which may have to wait for machines."""


@dataclass(frozen=True)
class Workers:
    """Who shares the work.

    Attributes:
        count: processes of this machine; None if a scheduler has workers.
        address: of that scheduler.
        same_folders: whether its workers see the same files at the same places.
        insecure: whether an address that others may reach is accepted.
    """

    count: int | None = None
    address: str | None = None
    same_folders: bool = False
    insecure: bool = False


def asked(count: int | None, address: str | None, *, same_folders: bool, insecure: bool) -> Workers | None:
    """The workers requested; None for one process.

    Raises:
        SettingError: no worker at all, both kinds, or what holds for a scheduler without one.
    """
    if count is not None and count < 1:
        raise SettingError(f"--workers {count} is less than one.")
    if count is not None and address is not None:
        raise SettingError("--workers and --dask exclude each other.", "Give one of them.")
    for given, option in ((same_folders, "--shared"), (insecure, "--insecure")):
        if given and address is None:
            raise SettingError(f"{option} is for the workers of a scheduler.", "Give its address with --dask.")
    return None if count is None and address is None else Workers(count, address, same_folders, insecure)


def check(workers: Workers, shared: provenance.Record) -> None:
    """Check that the batch can be distributed, before anything is started.

    Raises:
        SettingError: an address that others may reach, or settings that name files which don't travel.
        RequestError: the extra `many` is not installed.
    """
    cluster.package()
    if workers.address is None:
        return
    cluster.check_address(workers.address, insecure=workers.insecure)
    named = [*shared["files"], *filter(None, [shared["settings"]["weights"]])]
    if named and not workers.same_folders:
        raise SettingError(
            f"{named[0]} is not sent to other machines; only pictures are.",
            "Add --shared where they all see the same files at the same places.",
        )


@contextmanager
def reached(workers: Workers | None) -> Iterator["Client | None"]:
    """The scheduler that runs already; None for workers that are started when there is work.

    Raises:
        RequestError: no scheduler responds there.
    """
    if workers is None or workers.address is None:
        yield None
        return
    with cluster.remote(workers.address, insecure=workers.insecure) as client:
        yield client


def run(
    jobs: Sequence[Job], shared: provenance.Record, workers: Workers, client: "Client | None"
) -> Iterator[Turn | Note | Result | Failed]:
    """Run jobs, in about this order.

    Args:
        jobs: the jobs; equal settings.
        shared: the part of the record that they share.
        workers: the workers.
        client: of a scheduler that runs already.

    Yields: as `series.run`, the turns of several jobs overlapping.
    """
    given = dict(jobs[0].given)
    if client is not None:
        yield from _carried(client, jobs, shared, given, workers)
        return
    assert workers.count is not None, "no scheduler, so processes of this machine"
    given.setdefault("memory", memory.budget())  # what one process would be allowed, so that tiles are the same
    with cluster.local(1) as (ours, client):
        count = workers.count
        if needed := _needed(client, jobs, shared, given, workers):
            count = max(1, min(count, int(memory.SHARE * memory.free() / needed)))
        if count < workers.count:
            are = "is" if count == 1 else "are"
            yield Note(f"{count} of {workers.count} workers {are} taken: more don't fit in the memory that is free.")
            client.restart(timeout=START, wait_for_workers=False)  # with the threads of fewer
        ours.scale(count)
        yield from _carried(client, jobs, shared, given, replace(workers, count=count))


def _carried(
    client: "Client", jobs: Sequence[Job], shared: provenance.Record, given: Mapping[str, Any], workers: Workers
) -> Iterator[Any]:
    """The jobs as tasks, and their events: first films are cut, then pictures and scenes are dreamt."""
    turns = _Turns(len(jobs))
    send = partial(_sent, client, shared=shared, given=given, workers=workers)
    with Films(jobs, shared) as films:
        for job, event in send(task.cut, ((job, {}) for job in films.uncut)) if films.uncut else ():
            if job is None:
                yield event
            elif isinstance(event, dispatch.Sent):
                yield from turns.of(job)
            elif isinstance(event, Failed):
                yield from films.lost(job, event.error)
            else:
                yield from films.cut(job, event.value)
        for job in films.whole:
            yield from turns.of(job)
        for job, event in send(task.dream, _todo(jobs, films)):
            if job is None:
                yield event
            elif isinstance(event, dispatch.Sent):
                yield from turns.of(job)
            elif isinstance(event, Failed):
                yield from films.lost(job, event.error) if job in films else [event]
            elif job in films:
                yield from films.dreamt(job, event.task.scene, event.value)
            else:
                done = _done(job, event.value)
                yield from map(Note, done.notes if isinstance(done, Result) else ())
                yield done
            yield from films.written()
        yield from films.written(patient=True)


class _Turns:
    """The turns of jobs, a film's once for all its scenes."""

    def __init__(self, count: int) -> None:
        self._count, self._begun = count, set[Path]()

    def of(self, job: Job) -> Iterator[Turn]:
        """The turn of a job, if it is its first task."""
        if job.output not in self._begun:
            self._begun.add(job.output)
            yield Turn(job, len(self._begun), self._count)


def _todo(jobs: Sequence[Job], films: Films) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Pictures, and the scenes of films, with what is special of their tasks."""
    for job in jobs:
        if job in films:
            yield from ((job, {"cut": cut, "scene": scene}) for cut, scene in films.scenes(job))
        else:
            yield job, {}


def _sent(
    client: "Client",
    work: Callable[[Task], Reply],
    todo: Iterable[tuple[Job, dict[str, Any]]],
    *,
    shared: provenance.Record,
    given: Mapping[str, Any],
    workers: Workers,
) -> Iterator[tuple[Job | None, Any]]:
    """Jobs as tasks: their events with their jobs, and Failed where a file can't be read or its workers end."""
    own: dict[int, Job] = {}
    unread: list[tuple[Job, Failed]] = []

    def tasks() -> Iterator[Task]:
        for job, special in todo:
            try:
                made = replace(_task(replace(job, given=given), workers), **special)
            except OSError as error:
                unread.append((job, Failed(job, ImageError(f"{job.name} can't be opened: {error.strerror}."))))
                continue
            own[id(made)] = job
            yield made

    for event in _dispatched(client, tasks(), work, shared, given, workers):
        while unread:
            yield unread.pop(0)
        job = None if isinstance(event, Note) else own[id(event.task)]
        if job is not None and isinstance(event, dispatch.Lost):
            ended = f"{job.name} ended {dispatch.TRIES} workers one after another, as happens where memory runs out."
            yield job, Failed(job, OutOfMemoryError(ended, "Try a smaller --max-side, or --tile 256."))
        else:
            yield job, event
    yield from unread


def _task(job: Job, workers: Workers) -> Task:
    """A job for a worker.

    Raises:
        OSError: the picture can't be read.
    """
    assert job.source is not None, "a batch dreams on pictures"
    if workers.address is None:
        return Task(job, share=workers.count or 0)
    if workers.same_folders:
        absolute = replace(job, source=job.source.absolute(), output=job.output.absolute())
        return Task(absolute)
    return Task(replace(job, location=provenance.location(job.source, job.output)), data=job.source.read_bytes())


def _done(job: Job, reply: Reply) -> Result | Failed:
    """A worker's reply as the job's own result; a dream that came as bytes is written."""
    if reply.result is None:
        assert reply.error is not None, "a task gives one of them"
        return Failed(job, reply.error)
    output = job.output.with_name(reply.result.output.name)
    if reply.data is not None:
        output = job.output if job.force else existing.free_path(job.output, reply.result.record)
        try:
            put(output, [reply.data])
        except DreamError as error:
            return Failed(job, error)
    return replace(reply.result, job=job, output=output, written=[] if reply.result.ready else [output])


def _needed(
    client: "Client", jobs: Sequence[Job], shared: provenance.Record, given: Mapping[str, Any], workers: Workers
) -> int:
    """Bytes that a worker needs for the first picture that can be dreamt; 0 if there is none."""
    tasks = (_task(replace(job, given=given), workers) for job in jobs)
    events = _dispatched(client, tasks, task.memory, shared, given, workers)
    with closing(events):
        return next((event.value for event in events if isinstance(event, dispatch.Returned) and event.value), 0)


def _dispatched(
    client: "Client",
    tasks: Iterator[Task],
    work: Callable[[Task], Any],
    shared: provenance.Record,
    given: Mapping[str, Any],
    workers: Workers,
) -> Generator[Any, None, None]:
    """Tasks dispatched to workers that make the same dreams as this process."""
    wanted = {"deepdream": shared["version"], "tensorflow": version("tensorflow"), "weights": shared["weights"]}
    return dispatch.run(
        client,
        tasks,
        work,
        probe=partial(task.facts, dict(given)),
        reject=partial(_rejected, wanted),
        patience=START if workers.address is None else QUEUE,
    )


def _rejected(wanted: Mapping[str, str], worker: str, found: Any) -> str:
    """Why a worker would not make the same dreams; "" if it would."""
    if isinstance(found, str):
        why = found
    elif isinstance(found, BaseException):
        why = f"{type(found).__name__}: {found}."
    elif other := next((name for name in wanted if found[name] != wanted[name]), None):
        why = f"its {other} is {found[other]}, here it is {wanted[other]}."
    else:
        return ""
    return f"The worker {worker} is not used: {why}"
