"""One dream and the files it writes: for a command, a cell of a sweep, a group of a comparison.

check(jobs)          raises if an output can't be written, before anything starts
run(job, session)    a generator of the dream's events and a Written per file, returning a Result
"""

import os
import platform
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import RequestError, SettingError
from deepdream.images import outputs
from deepdream.pipeline import existing, loss_plot, provenance, replay
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Done, Estimate, Note, Step, Stopped, Written
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session

Event = Estimate | Note | Step | Written | Stopped | Done


@dataclass(frozen=True, kw_only=True)
class Job:
    """One picture to dream on and the files to write.

    Attributes:
        source: the picture; None for a canvas.
        output: the dream's file.
        given: settings as typed.
        plot: file for a plot of the losses.
        save_every: steps between snapshots.
        save_scales: whether to save the picture at the end of each octave.
        bits, quality: of the files written.
        strip: which of the input's metadata to leave out, see `images.write`.
        limit_megapixels: larger inputs are rejected.
        location: of the input, as `provenance.location` returns it, where it is not read from there.
        again: the record to replay, and the file that carries it.
        until: stop after this many steps, to replay a partial picture.
        skip: do nothing if the output already carries the same record.
        force: replace a picture that carries another record; otherwise the new one's name gets a number.
        make_folder: create the output's folder, if missing, with the first file.
        keep_partial: write the picture so far if the job is stopped.
        request: a request that is already checked; `given` has no effect then.
    """

    source: Path | None
    output: Path
    given: Mapping[str, Any] = field(default_factory=dict)
    plot: Path | None = None
    save_every: int | None = None
    save_scales: bool = False
    bits: int | None = None
    quality: int = 95
    strip: str = "none"
    limit_megapixels: float = 300
    location: Mapping[str, Any] | None = None
    again: tuple[Mapping[str, Any], Path] | None = None
    until: int | None = None
    skip: bool = False
    force: bool = False
    make_folder: bool = False
    keep_partial: bool = True
    request: Request | None = None

    @property
    def name(self) -> str:
        """Its name in messages."""
        return "canvas" if self.source is None else str(self.source)


def process() -> str:
    """This machine and process, as a journal names them."""
    return f"{platform.node()}:{os.getpid()}"


@dataclass
class Result:
    """The result of a job.

    Attributes:
        job: the job.
        output: the dream's file: the job's output, with a number if that carries another record.
        written: the files, in the order they were written.
        notes: sentences for the user.
        losses: octave -> the objective before each of its steps; empty if the job was skipped.
        record: the one in the picture.
        seconds: from the first step to the last.
        pixel_steps: pixels of each step taken, added up.
        worker: the machine and process that computed it.
        ready: whether the picture existed already.
        stopped: whether the job was stopped before its end.
    """

    job: Job
    output: Path
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    losses: dict[int, list[float]] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    pixel_steps: int = 0
    worker: str = field(default_factory=process)
    ready: bool = False
    stopped: bool = False

    @property
    def done(self) -> bool:
        """Whether the finished picture exists."""
        return self.ready or self.output in self.written

    @property
    def taken(self) -> int:
        """Steps taken in all octaves."""
        return sum(len(values) for values in self.losses.values())


def variant(path: Path, word: str) -> Path:
    """The path with a word after its stem, for a partial picture, a snapshot or a scale."""
    return path.with_name(f"{path.stem}-{word}{path.suffix}")


def check(jobs: Sequence[Job]) -> None:
    """Check that everything can be written, before any time is spent on dreaming.

    Raises:
        ImageError: an output whose folder, suffix or file can't hold its picture.
        RequestError: a loss plot that would overwrite a picture.
        SettingError: a number out of bounds.
    """
    for job in jobs:
        _check_numbers(job)
        images.check_output(job.output, bits=job.bits)
        if job.plot is not None:
            loss_plot.check(job.plot)
            if os.path.realpath(job.plot) in map(os.path.realpath, filter(None, (job.output, job.source))):
                raise RequestError(f"The loss plot {job.plot} is another picture's file.", "Give it a name of its own.")


def run(
    job: Job,
    session: Session,
    *,
    stop: Callable[[], bool] = lambda: False,
    keep: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, Result]:
    """Dream one picture and write the files that the job asks for.

    Args:
        job: the job.
        session: shared with other jobs.
        stop: called after each step; once it returns true, the picture so far is written and the job ends. A
            KeyboardInterrupt does the same immediately.
        keep: called after each step; where it returns true, the picture so far is written and the job continues.

    Yields: the dream's events, and a Written per file; Done comes before the dream's file is written.

    Returns: the job's result.

    Raises:
        DreamError: any failure; an earlier output is then left unchanged.
    """
    result = Result(job, job.output)
    request: Request | None = None
    last: Step | None = None
    try:
        request = _understood(job, session)
        pipeline.prepare(request, session)
        result.record = _record(job, request)
        result.output = _output(result)
        if job.skip and provenance.carries(result.output, result.record):
            result.ready = True
            return result
        notes = _notes(result)
        request = _resolved(request, session)
        result.record |= provenance.targets(request)
        for event in pipeline.run(request, session=session):
            if isinstance(event, Estimate):
                yield event
                yield from map(Note, notes)
                result.notes += notes
            elif isinstance(event, Note):
                yield event
                result.notes.append(event.message)
            elif isinstance(event, Step):
                last = event
                yield from _step(event, request, result)
                if result.taken == job.until:
                    yield from _write(result.output, event.picture, request, result, partial=True)
                    break
                if stop():
                    raise KeyboardInterrupt
                if keep():
                    yield from _write(variant(result.output, "partial"), event.picture, request, result, partial=True)
            else:
                yield event
                yield from _write(result.output, event.picture, request, result)
    except KeyboardInterrupt:
        result.stopped = True
        if job.keep_partial:
            yield from _partial(last, request, result)
    if job.plot is not None and result.losses:
        plot = _beside(job.plot, result)
        loss_plot.draw(list(result.losses.values()), plot)
        result.written.append(plot)
        yield Written(plot)
    return result


def _check_numbers(job: Job) -> None:
    """Check the numbers that are not settings of a dream."""
    if job.bits not in (None, 8, 16):
        raise SettingError(f"--bits {job.bits} is not 8 or 16.")
    if not 1 <= job.quality <= 100:
        raise SettingError(f"--quality {job.quality} is out of its bounds: 1 to 100.")
    if job.save_every is not None and job.save_every < 1:
        raise SettingError(f"--save-every {job.save_every} is less than one step.")
    if not job.limit_megapixels > 0:
        raise SettingError(f"--limit-megapixels {job.limit_megapixels:g} leaves no picture: it has to be more than 0.")


def _understood(job: Job, session: Session) -> Request:
    """The request, checked in full before anything is computed; a replay's inputs must be the recorded ones."""
    closes = job.again is None or "closed" in job.again[0]
    request = job.request or understand(
        job.source, job.given, limit_megapixels=job.limit_megapixels, session=session, closes=closes
    )
    outputs.check_inputs((job.output, job.plot), (job.source, *request.files))
    if not job.make_folder:
        images.check_output(job.output, size=request.sizes[-1], bits=job.bits)  # the size is known only now
    if job.again:
        record, file = job.again
        replay.refuse(record, file, job.name, digest=request.picture.digest, weights=request.network.digest)
        replay.refuse_files(record, file, request.files)
    return request


def _resolved(request: Request, session: Session) -> Request:
    """The request with its targets computed, so that every picture written can tell what they came to."""
    from deepdream.pipeline.wiring import resolved  # loads TensorFlow, which `prepare` has configured

    return resolved(request, session)


def _record(job: Job, request: Request) -> dict[str, Any]:
    """The dream's record with what only the job knows: the input's location and the bits requested."""
    record = provenance.of_dream(request)
    record["input"] = {**record["input"], **(job.location or provenance.location(job.source, job.output))}
    return record | ({"bits": job.bits} if job.bits else {})


def _output(result: Result) -> Path:
    """The dream's file: it does not replace a picture with another record unless `force` is set."""
    job = result.job
    partial = {"partial": {"steps": job.until}} if job.until else {}
    return job.output if job.force else existing.free_path(job.output, result.record | partial)


def _notes(result: Result) -> list[str]:
    """Notes before the first step: how a replay differs from the original, and whether the name got a number."""
    job = result.job
    notes = provenance.differences(job.again[0], result.record) if job.again else []
    if result.output != job.output:
        notes.append(existing.kept(job.output, result.output))
    return notes


def _step(step: Step, request: Request, result: Result) -> Generator[Event, None, None]:
    """Record a step, yield it, and write the snapshot or scale due after it."""
    job = result.job
    result.record["settings"]["tile"] = step.tile  # smaller than planned where memory ran out
    result.losses.setdefault(step.octave, []).append(step.loss)
    result.seconds = step.seconds
    result.pixel_steps += step.size[0] * step.size[1]
    yield step
    partial = (step.octave, step.step) != (step.octaves, step.steps)
    if job.save_every and result.taken % job.save_every == 0:
        yield from _write(variant(result.output, f"{result.taken:04d}"), step.picture, request, result, partial=partial)
    if job.save_scales and step.step == step.steps:
        yield from _write(variant(result.output, f"scale{step.octave}"), step.picture, request, result, partial=partial)


def _partial(last: Step | None, request: Request | None, result: Result) -> Generator[Event, None, None]:
    """Write the picture so far under a name of its own."""
    if last is None or request is None:
        yield Stopped(None)
        return
    yield from _write(variant(result.output, "partial"), last.picture, request, result, partial=True)
    yield Stopped(result.written[-1], last)


def _beside(plot: Path, result: Result) -> Path:
    """The plot's path: if it is named after the dream, it gets the dream's number too."""
    stem = result.job.output.stem
    named = plot.stem.startswith(f"{stem}-")
    return plot.with_name(result.output.stem + plot.name.removeprefix(stem)) if named else plot


def _write(
    path: Path, picture: np.ndarray, request: Request, result: Result, *, partial: bool = False
) -> Generator[Event, None, None]:
    """Write one picture with its record; a partial one records the number of steps taken."""
    record = result.record | ({"partial": {"steps": result.taken}} if partial else {})
    job = result.job
    if not job.force and (new := existing.free_path(path, record)) != path:
        yield Note(existing.kept(path, new))
        path = new
    if job.make_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    lost = images.write(
        path, picture, like=request.picture, recipe=record, bits=job.bits, quality=job.quality, strip=job.strip
    )
    result.written.append(path)
    yield Written(path)
    if lost and path == result.output:
        yield Note(lost)
        result.notes.append(lost)
