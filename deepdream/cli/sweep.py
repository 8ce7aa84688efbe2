"""deepdream sweep: one picture dreamt with every combination of some settings' values, on one labelled sheet."""

import json as encoding
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.batch import files, vary
from deepdream.cli import messages, options, recorded
from deepdream.cli.bar import Bar
from deepdream.errors import DreamError, SettingError
from deepdream.settings import Settings, format_size, recipes

if TYPE_CHECKING:
    from deepdream.batch.sweep import Plan, Result, Turn
    from deepdream.pipeline.events import Step


@options.with_settings
def sweep(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    varied: Annotated[
        list[str] | None,
        typer.Option("--vary", metavar="SETTING=VALUES", help="A setting and its values; several times."),
    ] = None,
    output: options.Folder = None,
    given: Mapping[str, Any],
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Dream one picture with many settings, on one sheet.

    deepdream sweep photo.jpg --vary layers=block2,block4 --vary step_size=0.01,0.05 writes four dreams into the folder
    photo-sweep, and sheet.png: one --vary makes a row, two make rows and columns, more make a sheet for each
    combination of the third and further ones. Values are separated by commas or, where a value holds a comma itself,
    all of them by semicolons: --vary "layers=block2;block3=0.5,block4". The value none means: not given.

    Each picture is what `dream` makes with these settings, and carries its recipe. One that is there already with the
    same recipe is not dreamt again: after Ctrl-C the same command goes on.

    Without IMAGE, the sample picture is taken, or a canvas where --start or --vary start asks for one.
    """
    chosen = vary.parse(varied or [], given)
    if not limit_megapixels > 0:
        raise SettingError(f"--limit-megapixels {limit_megapixels:g} leaves no picture: it has to be more than 0.")
    if image is not None and not image.exists():
        files.find([image], ())  # says so
    name = _name(image, chosen, recipes.resolve(given).start)

    from deepdream.batch import sweep as sweeps

    with Bar(quiet=quiet) as bar:
        bar.wait(f"{name}: getting ready")
        plan = sweeps.plan(
            name,
            lambda settings: _source(image, settings, varied="start" in chosen),
            chosen,
            given,
            output or (image or Path(name)).with_name(f"{Path(name).stem}-sweep"),
            place=recorded.place,
            limit_megapixels=limit_megapixels,
            progress=bar.download,
        )
        outcome = _carry_out(plan, bar)
        sheets = _sheets(plan, outcome, bar)
    if json:
        print(encoding.dumps(_summary(plan, outcome, sheets), indent=2))
    for error in outcome.errors:
        messages.tell(messages.story(error, traceback=traceback))
    return messages.STOPPED if outcome.stopped else messages.FAILED if outcome.errors else 0


def _name(image: Path | None, chosen: Mapping[str, tuple[Any, ...]], start: str) -> str:
    """What the sweep is of: the picture, or the sample, or the canvas."""
    if image is not None:
        return image.name
    starts = chosen.get("start", (start,))
    return "sample" if {"picture", None} & set(starts) else starts[0] if len(starts) == 1 else "canvas"


def _source(image: Path | None, settings: Settings, *, varied: bool) -> Path | None:
    """A cell's picture; None for a canvas. A canvas asked for beside IMAGE is refused, unless the start is varied."""
    if settings.start != "picture" and (image is None or varied):
        return None
    return image or recorded.SAMPLE


@dataclass
class Outcome:
    """What has come of a sweep so far."""

    results: list["Result"] = field(default_factory=list)
    errors: list[DreamError] = field(default_factory=list)
    stopped: bool = False


def _carry_out(plan: "Plan", bar: Bar) -> Outcome:
    """All cells in turn, told as they go; after Ctrl-C or an error that all would meet, what is done so far."""
    from deepdream.batch import sweep as sweeps
    from deepdream.pipeline.events import Note, Step

    outcome, turn = Outcome(), None
    bar.say(_plan_line(plan))
    try:
        for record in sweeps.run(plan):
            if isinstance(record, sweeps.Turn):
                turn = record
                bar.wait(_where(turn, plan))
            elif isinstance(record, Note):
                bar.note(messages.as_typed(record.message, leading=True))
            elif isinstance(record, Step) and turn is not None:
                _step(turn, record, plan, bar)
            elif isinstance(record, sweeps.Result):
                outcome.results.append(record)
                steps = messages.several(sum(map(len, record.losses)), "step")
                took = (
                    "was there already" if record.ready else f"{steps} in {messages.duration(max(record.seconds, 1))}"
                )
                bar.say(f"{record.cell.path}: {took}")
            elif isinstance(record, sweeps.Failed):
                outcome.errors.append(_of(record))
    except KeyboardInterrupt:
        outcome.stopped = True
    except Exception as raised:
        error = messages.as_ours(raised)
        if error is None:
            raise
        outcome.errors.append(error)
    return outcome


def _of(failed: Any) -> DreamError:
    """The error of one cell, with the cell's name before it."""
    error = failed.error
    return type(error)(f"{failed.cell.path.stem}: {error.message}", error.advice)


def _plan_line(plan: "Plan") -> str:
    """What is about to happen, in one line."""
    from deepdream import runtime
    from deepdream.batch.names import said
    from deepdream.gradient import speed

    request = plan.request
    runtime.configure(request.settings.threads)
    over = " x ".join(f"{len(values)} {name.replace('_', '-')}" for name, values in plan.varied.items())
    seconds = plan.work / speed.operations_per_second()
    network = "" if "network" in plan.varied else f"{said(request.network.name)}, "
    size = "" if {"size", "max_side"} & set(plan.varied) else f"{format_size(request.sizes[-1])}, "
    return (
        f"{messages.several(len(plan.cells), 'dream')} ({over}): {runtime.device()}, {network}{size}"
        f"about {messages.duration(max(seconds, 1))}"
    )


def _where(turn: "Turn", plan: "Plan") -> str:
    from deepdream.batch.names import caption

    values = ", ".join(caption(name, value) for name, value in turn.cell.values.items())
    return f"{turn.number} of {len(plan.cells)}: {values}"


def _step(turn: "Turn", step: "Step", plan: "Plan", bar: Bar) -> None:
    """One step further on the live bar, which is as long as all cells together."""
    where = f"{_where(turn, plan)}; octave {step.octave}/{step.octaves}"
    status = f"step {step.step}/{step.steps}, loss {step.loss:.4g}"
    bar.fill(where, turn.before + step.fraction * turn.cell.work / plan.work, status)


def _sheets(plan: "Plan", outcome: Outcome, bar: Bar) -> tuple[Path, ...]:
    """The sheets of what is done, told."""
    from deepdream.batch import sweep_sheets

    if not outcome.results:
        if outcome.stopped:
            bar.complain("Stopped before the first picture was done; nothing was written.")
        return ()
    bar.wait("writing the sheet")
    sheets = sweep_sheets.write(plan, {result.cell.path for result in outcome.results})
    if outcome.stopped:
        done = f"{len(outcome.results)} of {messages.several(len(plan.cells), 'picture')}"
        bar.complain(f"Stopped; {done} are in {plan.folder}, and the same command goes on from there.")
    for sheet in sheets:
        bar.say(f"{sheet} shows them.")
    return sheets


def _summary(plan: "Plan", outcome: Outcome, sheets: tuple[Path, ...]) -> dict[str, Any]:
    """What --json prints."""
    return {
        "folder": str(plan.folder),
        "sheets": [str(path) for path in sheets],
        "varied": {name: list(values) for name, values in plan.varied.items()},
        "stopped": outcome.stopped,
        "pictures": [
            {
                "values": dict(result.cell.values),
                "picture": str(result.cell.path),
                "ready": result.ready,
                "seconds": round(result.seconds, 3),
                "losses": result.losses,
            }
            for result in outcome.results
        ],
        "errors": [messages.record(error) for error in outcome.errors],
    }
