"""A run in the terminal: renders the stream of `series.run` for pictures, sweeps and comparisons alike.

show_run(events, bar, view) -> Outcome
run_jobs(jobs) -> exit code                pictures, for `dream` and `again`
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepdream.cli import interrupt, messages
from deepdream.cli.bar import Bar
from deepdream.errors import RequestError, plural
from deepdream.pipeline import series
from deepdream.pipeline.events import Estimate, Note, Step, Stopped
from deepdream.pipeline.job import Job, Result, check
from deepdream.pipeline.series import Failed, Turn
from deepdream.pipeline.session import Session


@dataclass
class Outcome:
    """The outcome of a run so far."""

    results: list[Result] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    stopped: bool = False

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The failures for --json, each with the stem of its output in front."""
        records = [(failed.job.output.stem, messages.record(failed.error)) for failed in self.failed]
        return [record | {"message": f"{stem}: {record['message']}"} for stem, record in records]

    @property
    def exit_code(self) -> int:
        """0 if all is done; 130 after Ctrl-C; 2 if every job was refused; otherwise 1."""
        if self.stopped:
            return messages.STOPPED
        if not self.failed:
            return 0
        refused = not self.results and all(isinstance(failed.error, RequestError) for failed in self.failed)
        return messages.REFUSED if refused else messages.FAILED


def took(result: Result) -> str:
    """Steps and time of a picture that was dreamt."""
    if result.ready:
        return "was there already"
    return f"{plural(result.taken, 'step')} in {messages.duration(max(result.seconds, 1))}"


@dataclass(frozen=True)
class View:
    """What differs between commands.

    Attributes:
        label: a job's name in front of its error.
        where: the text on the bar during a job's turn.
        fraction: for one bar over all jobs, the fraction done before a job, and the job's share; None if each job has
            its own bar, with a line on what will be done.
        on_event: called with every event, before it is shown.
        status: the text behind a bar that is as long as all jobs together.
        took: the text of a finished job's line.
        progress: text appended to that line.
        lists: whether the error of the only job is listed like those of several, instead of being the command's own.
    """

    label: Callable[[Job], str]
    where: Callable[[Turn], str]
    fraction: Callable[[Turn], tuple[float, float]] | None = None
    on_event: Callable[[Any], None] = lambda event: None
    status: Callable[[Step], str] = lambda step: f"step {step.step}/{step.steps}, loss {step.loss:.4g}"
    took: Callable[[Result], str] = took
    progress: Callable[[], str] = lambda: ""
    lists: bool = False


def show_run(events: Iterator[Any], bar: Bar, view: View, *, traceback: bool = False) -> Outcome:
    """Show a run as it happens.

    Args:
        events: from `series.run`; a KeyboardInterrupt raised while one is shown is thrown into it.
        bar: to show it on.
        view: what differs between commands.
        traceback: print the traceback of errors too.

    Returns: the outcome; `stopped` after Ctrl-C.
    """
    outcome, turn = Outcome(), None
    try:
        event = next(events, None)
        while event is not None:
            try:
                if isinstance(event, Turn):
                    turn = event
                view.on_event(event)
                _show(event, turn, bar, view, outcome, traceback)
            except KeyboardInterrupt as pressed:
                event = events.throw(pressed)  # type: ignore[attr-defined]  # a generator's
            else:
                event = next(events, None)
    except (KeyboardInterrupt, StopIteration):
        outcome.stopped = True
    return outcome


def run_jobs(jobs: Sequence[Job], *, quiet: bool, as_json: bool, traceback: bool) -> int:
    """Run jobs and show them.

    Returns: the exit code.

    Raises:
        DreamError: an error that affects all jobs, or the only one.
    """
    check(jobs)
    with Bar(quiet=quiet) as bar, interrupt.patient(bar.say) as ctrl_c:

        def on_event(event: Any) -> None:
            ctrl_c.begun = isinstance(event, Step) or (ctrl_c.begun and not isinstance(event, Turn))

        session = Session(alone=len(jobs) == 1, progress=bar.download)
        view = View(
            label=lambda job: job.name,
            where=lambda turn: f"{Path(turn.job.name).name}: getting ready",
            on_event=on_event,
        )
        outcome = show_run(series.run(jobs, session, stop=lambda: ctrl_c.asked), bar, view, traceback=traceback)
        outcome.stopped |= ctrl_c.asked  # perhaps while the last file was being written, which is complete
    if as_json:
        print(json.dumps(_summary(outcome), indent=2))
    return outcome.exit_code


def _summary(outcome: Outcome) -> dict[str, Any]:
    """The pictures for --json."""
    return {
        "pictures": [
            {
                "input": result.job.source and str(result.job.source),
                "output": str(result.output) if result.done else None,
                "written": [str(path) for path in result.written],
                "stopped": result.stopped,
                "seconds": round(result.seconds, 3),
                "losses": list(result.losses.values()),
                "notes": result.notes,
                "recipe": result.record,
            }
            for result in outcome.results
        ],
        "errors": [
            messages.record(failed.error) | {"input": failed.job.source and str(failed.job.source)}
            for failed in outcome.failed
        ],
    }


def _show(event: Any, turn: Turn | None, bar: Bar, view: View, outcome: Outcome, traceback: bool) -> None:
    """Show one event on the bar or above it, or add it to the outcome."""
    if isinstance(event, Turn):
        if view.fraction is None:
            bar.wait(view.where(event))
        else:
            bar.fill(view.where(event), view.fraction(event)[0], view.progress().lstrip("; "))
    elif isinstance(event, Estimate):
        if turn is not None and view.fraction is None:
            bar.estimate(Path(turn.job.name).name, event)
    elif isinstance(event, Note):
        bar.note(messages.with_option_names(event.message, leading=True))
    elif isinstance(event, Step):
        _step(event, turn, bar, view)
    elif isinstance(event, Stopped):
        bar.complain(_stopped(event))
    elif isinstance(event, Result):
        outcome.results.append(event)
        outcome.stopped |= event.stopped
        if event.done:
            bar.say(f"{event.output}: {view.took(event)}{view.progress()}")
    elif isinstance(event, Failed):
        if turn is not None and turn.count == 1 and not view.lists:
            raise event.error
        outcome.failed.append(event)
        label = view.label(event.job)
        where = "" if label in event.error.message else f"{label}: "
        bar.complain(messages.format_error(event.error, traceback=traceback, where=where))


def _step(step: Step, turn: Turn | None, bar: Bar, view: View) -> None:
    """Show a step on the job's bar or on that of all jobs."""
    if turn is None or view.fraction is None:
        bar.step(step)
        return
    before, share = view.fraction(turn)
    where = f"{view.where(turn)}; octave {step.octave}/{step.octaves}"
    bar.fill(where, before + share * step.fraction, view.status(step))


def _stopped(event: Stopped) -> str:
    """Where Ctrl-C stopped, and the picture kept."""
    if event.last is None:
        return "Stopped before the first step; nothing was written."
    step = event.last
    where = f"octave {step.octave} of {step.octaves}, step {step.step} of {step.steps}"
    return f"Stopped at {where}; the picture so far is {event.path}"
