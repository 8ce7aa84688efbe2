"""One dream from the command line: from a checked request to the files it leaves.

check(jobs) refuses what can't be written before anything starts; carry_out(job, bar) -> Outcome; run(jobs) -> exit code
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.batch import files
from deepdream.cli import interrupt, messages, recorded
from deepdream.cli.bar import Bar
from deepdream.errors import DreamError, GradientError, ImageError, OutOfMemoryError, RequestError, SettingError
from deepdream.pipeline import loss_plot
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Done, Note, Plan, Step
from deepdream.pipeline.request import Request, understand

OF_ONE_PICTURE = (ImageError, GradientError, OutOfMemoryError)
"""Errors that another picture may well not have; after any other one the next picture would fail the same way."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One picture to dream.

    Attributes:
        source: the picture; None for a canvas.
        output: where its dream goes.
        given: settings as typed.
        plot: where to draw the losses.
        save_every: steps between snapshots; save_scales: whether to keep the picture of each octave.
        bits, quality: of the files written.
        limit_megapixels: refuse larger inputs.
        again: the recipe to make again, and the file that carries it.
        until: stop after so many steps, as a partial picture that is made again has to.
    """

    source: Path | None
    output: Path
    given: Mapping[str, Any]
    plot: Path | None = None
    save_every: int | None = None
    save_scales: bool = False
    bits: int | None = None
    quality: int = 95
    limit_megapixels: float = 300
    again: tuple[Mapping[str, Any], Path] | None = None
    until: int | None = None

    @property
    def name(self) -> str:
        """What the messages call it."""
        return "canvas" if self.source is None else str(self.source)


@dataclass
class Outcome:
    """What has come of a job so far; the summary that --json prints is made of it."""

    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    losses: dict[int, list[float]] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    stopped: bool = False
    last: Step | None = None

    @property
    def taken(self) -> int:
        """Steps taken in all octaves."""
        return sum(len(values) for values in self.losses.values())


def run(jobs: Sequence[Job], *, quiet: bool, as_json: bool, traceback: bool) -> int:
    """Carry out jobs in turn; of several, one that fails does not keep the others from their turn.

    Returns: 0 when all is written; 130 after Ctrl-C; else 2 when nothing was written and every picture was refused,
        and 1 in all other cases.

    Raises:
        DreamError: what keeps all jobs, or the only one, from being done.
    """
    check(jobs)
    outcomes: list[tuple[Job, Outcome]] = []
    errors: list[tuple[Job, DreamError]] = []
    with Bar(quiet=quiet) as bar:
        for job in jobs:
            try:
                outcomes.append((job, carry_out(job, bar, alone=len(jobs) == 1)))
            except Exception as raised:
                error = messages.as_ours(raised)
                if len(jobs) == 1 or error is None:
                    raise
                errors.append((job, error))
                where = "" if job.name in error.message else f"{job.name}: "
                bar.complain(messages.story(error, traceback=traceback, where=where))
                if not isinstance(error, OF_ONE_PICTURE):
                    break
            if outcomes and outcomes[-1][1].stopped:
                break
    if as_json:
        print(json.dumps(_summary(outcomes, errors), indent=2))
    return _exit_code([outcome for _, outcome in outcomes], [error for _, error in errors])


def check(jobs: Sequence[Job]) -> None:
    """Refuse what can't be written, before the first second is spent on dreaming.

    Raises:
        ImageError: a folder, a suffix or a file that can't take its picture.
        RequestError: a loss plot in a picture's place.
        SettingError: a number out of its bounds.
    """
    for job in jobs:
        _check_numbers(job)
        images.check_output(job.output, bits=job.bits)
        if job.plot is not None:
            loss_plot.check(job.plot)
            if job.plot.resolve() in (job.output.resolve(), job.source and job.source.resolve()):
                raise RequestError(f"The loss plot {job.plot} is another picture's file.", "Give it a name of its own.")


def _check_numbers(job: Job) -> None:
    """Refuse what is typed as a number and is no setting of a dream."""
    if job.bits not in (None, 8, 16):
        raise SettingError(f"--bits {job.bits} is not 8 or 16.")
    if not 1 <= job.quality <= 100:
        raise SettingError(f"--quality {job.quality} is out of its bounds: 1 to 100.")
    if job.save_every is not None and job.save_every < 1:
        raise SettingError(f"--save-every {job.save_every} is less than one step.")
    if not job.limit_megapixels > 0:
        raise SettingError(f"--limit-megapixels {job.limit_megapixels:g} leaves no picture: it has to be more than 0.")


def carry_out(job: Job, bar: Bar, *, alone: bool = False) -> Outcome:
    """Dream one picture and write everything that was asked for; after Ctrl-C, the picture as far as it got.

    Args:
        job: what to do.
        bar: what shows it.
        alone: whether this command has no other picture.

    Raises:
        DreamError: whatever keeps it from being done; nothing is written over an earlier output then.
    """
    outcome = Outcome()
    bar.wait(f"{Path(job.name).name}: getting ready")
    try:
        request = _understood(job, bar)
        with interrupt.patient(bar.say) as ctrl_c:
            for record in pipeline.run(request, alone=alone):
                if isinstance(record, Step):
                    _step(record, job, request, outcome, bar)
                    ctrl_c.between_steps()
                    if outcome.taken == job.until:
                        _write(job.output, record.picture, job, request, outcome, partial=True)
                        break
                elif isinstance(record, Plan):
                    bar.plan(Path(job.name).name, record)
                    outcome.recipe = _recipe(request, job)
                    _note(recorded.differences(job.again[0], outcome.recipe) if job.again else [], outcome, bar)
                elif isinstance(record, Note):
                    _note([record.message], outcome, bar)
                elif isinstance(record, Done):
                    _write(job.output, record.picture, job, request, outcome)
        outcome.stopped = ctrl_c.asked  # while the end was being written: this one is whole, the next does not begin
    except KeyboardInterrupt:
        outcome.stopped = True
        if outcome.last is None:
            bar.complain("Stopped before the first step; nothing was written.")
        else:
            _keep_partial(outcome.last, job, request, outcome, bar)
    if job.plot is not None and outcome.losses:
        loss_plot.draw(list(outcome.losses.values()), job.plot)
        outcome.written.append(job.plot)
    if job.output in outcome.written:
        steps, time = messages.several(outcome.taken, "step"), messages.duration(max(outcome.seconds, 1))
        bar.say(f"{job.output}: {steps} in {time}")
    return outcome


def _understood(job: Job, bar: Bar) -> Request:
    """The request, checked in full before anything is computed."""
    request = understand(job.source, job.given, limit_megapixels=job.limit_megapixels, progress=bar.download)
    images.check_output(job.output, size=request.sizes[-1], bits=job.bits)  # now that the size is known
    if job.again:
        recipe, file = job.again
        recorded.refuse(recipe, file, job.name, digest=request.picture.digest, weights=request.network.digest)
        recorded.refuse_files(recipe, file, request.files)
    return request


def _step(step: Step, job: Job, request: Request, outcome: Outcome, bar: Bar) -> None:
    """A step has been taken: count it, show it, and write the snapshot or the scale that is due after it."""
    outcome.last = step
    outcome.recipe["settings"]["tile"] = step.tile  # smaller than planned where memory ran out
    outcome.losses.setdefault(step.octave, []).append(step.loss)
    outcome.seconds = step.seconds
    bar.step(step)
    partial = (step.octave, step.step) != (step.octaves, step.steps)
    if job.save_every and outcome.taken % job.save_every == 0:
        path = files.variant(job.output, f"{outcome.taken:04d}")
        _write(path, step.picture, job, request, outcome, partial=partial)
    if job.save_scales and step.step == step.steps:
        path = files.variant(job.output, f"scale{step.octave}")
        _write(path, step.picture, job, request, outcome, partial=partial)


def _keep_partial(last: Step, job: Job, request: Request, outcome: Outcome, bar: Bar) -> None:
    """After Ctrl-C: the picture as far as it got, under a name of its own."""
    path = files.variant(job.output, "partial")
    _write(path, last.picture, job, request, outcome, partial=True)
    where = f"octave {last.octave} of {last.octaves}, step {last.step} of {last.steps}"
    bar.complain(f"Stopped at {where}; the picture so far is {path}")


def _note(sentences: Sequence[str], outcome: Outcome, bar: Bar) -> None:
    """Tell what should be known, and keep it for the summary."""
    for sentence in sentences:
        bar.note(messages.as_typed(sentence, leading=True))
        outcome.notes.append(sentence)


def _write(
    path: Path, picture: np.ndarray, job: Job, request: Request, outcome: Outcome, *, partial: bool = False
) -> None:
    """One picture with its recipe; what is not the end of the dream says after how many steps it was taken."""
    recipe = outcome.recipe | ({"partial": {"steps": outcome.taken}} if partial else {})
    images.write(path, picture, like=request.picture, recipe=recipe, bits=job.bits, quality=job.quality)
    outcome.written.append(path)


def _recipe(request: Request, job: Job) -> dict[str, Any]:
    """The pipeline's recipe and what only the command line knows: where the input lies, the bits asked for."""
    recipe = pipeline.recipe(request)
    recipe["input"] = {**recipe["input"], **recorded.place(job.source, job.output)}
    return recipe | ({"bits": job.bits} if job.bits else {})


def _summary(outcomes: list[tuple[Job, Outcome]], errors: list[tuple[Job, DreamError]]) -> dict[str, Any]:
    """What --json prints."""
    return {
        "pictures": [
            {
                "input": job.source and str(job.source),
                "output": str(job.output) if job.output in outcome.written else None,
                "written": [str(path) for path in outcome.written],
                "stopped": outcome.stopped,
                "seconds": round(outcome.seconds, 3),
                "losses": list(outcome.losses.values()),
                "notes": outcome.notes,
                "recipe": outcome.recipe,
            }
            for job, outcome in outcomes
        ],
        "errors": [messages.record(error) | {"input": job.source and str(job.source)} for job, error in errors],
    }


def _exit_code(outcomes: Sequence[Outcome], errors: Sequence[DreamError]) -> int:
    """What the whole run came to."""
    if any(outcome.stopped for outcome in outcomes):
        return messages.STOPPED
    if not errors:
        return 0
    refused = not outcomes and all(isinstance(error, RequestError) for error in errors)
    return messages.REFUSED if refused else messages.FAILED
