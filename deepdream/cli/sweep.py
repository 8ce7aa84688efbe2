"""deepdream sweep: one picture dreamt with every combination of some settings' values, on one contact sheet."""

import json as encoding
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.batch import files, vary
from deepdream.cli import messages, options
from deepdream.cli.bar import Bar
from deepdream.errors import plural
from deepdream.settings import GROUPS, SAMPLE, Settings, format_size, recipes

if TYPE_CHECKING:
    from deepdream.batch.sweep import Plan
    from deepdream.cli.show_run import Outcome, View
    from deepdream.pipeline.series import Turn


@options.with_settings
def sweep(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    varied: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="SETTING=VALUES",
            help="A setting and its values; several times.",
            rich_help_panel=GROUPS["everyday"],
        ),
    ] = None,
    output: options.Folder = None,
    given: Mapping[str, Any],
    force: options.Force = False,
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
    same recipe is not dreamt again: after Ctrl-C the same command resumes.

    Without IMAGE, the sample picture is taken, or a canvas where --start or --vary start asks for one.
    """
    chosen = vary.parse(varied or [], given)
    if image is not None and not image.exists():
        files.find([image], ())  # raises
    name = _name(image, chosen, recipes.resolve(given).start)

    from deepdream.batch import sweep as sweeps
    from deepdream.cli.show_run import show_run

    with Bar(quiet=quiet) as bar:
        bar.wait(f"{name}: getting ready")
        plan = sweeps.plan(
            name,
            lambda settings: _source(image, settings, varied="start" in chosen),
            chosen,
            given,
            output or (image or Path(name)).with_name(f"{Path(name).stem}-sweep"),
            force=force,
            limit_megapixels=limit_megapixels,
            progress=bar.download,
        )
        bar.say(_plan_line(plan))
        outcome = show_run(sweeps.run(plan), bar, _view(plan), traceback=traceback)
        sheets = _sheets(plan, outcome, bar)
    if json:
        print(encoding.dumps(_summary(plan, outcome, sheets), indent=2))
    return outcome.exit_code


def _name(image: Path | None, chosen: Mapping[str, tuple[Any, ...]], start: str) -> str:
    """The name of the sweep's picture, sample or canvas."""
    if image is not None:
        return image.name
    starts = chosen.get("start", (start,))
    return "sample" if {"picture", None} & set(starts) else starts[0] if len(starts) == 1 else "canvas"


def _source(image: Path | None, settings: Settings, *, varied: bool) -> Path | None:
    """A cell's picture; None for a canvas. A canvas asked for beside IMAGE is refused, unless the start is varied."""
    if settings.start != "picture" and (image is None or varied):
        return None
    return image or SAMPLE


def _plan_line(plan: "Plan") -> str:
    """What will be done, in one line."""
    from deepdream import runtime
    from deepdream.batch.names import format_value
    from deepdream.gradient import speed

    request = plan.request
    runtime.configure(request.settings.threads)
    over = " x ".join(f"{len(values)} {name.replace('_', '-')}" for name, values in plan.varied.items())
    seconds = plan.work / speed.operations_per_second()
    network = "" if "network" in plan.varied else f"{format_value(request.network.name)}, "
    size = "" if {"size", "max_side"} & set(plan.varied) else f"{format_size(request.sizes[-1])}, "
    return (
        f"{plural(len(plan.cells), 'dream')} ({over}): {runtime.device()}, {network}{size}"
        f"about {messages.duration(max(seconds, 1))}"
    )


def _view(plan: "Plan") -> "View":
    """The sweep on one bar over all cells."""
    from deepdream.batch.names import caption
    from deepdream.cli.show_run import View

    cells, before, done = {}, {}, 0.0
    for cell in plan.order:
        cells[cell.path], before[cell.path] = cell, done / plan.work
        done += cell.work

    def where(turn: "Turn") -> str:
        values = ", ".join(caption(name, value) for name, value in cells[turn.job.output].values.items())
        return f"{turn.number} of {turn.count}: {values}"

    def fraction(turn: "Turn") -> tuple[float, float]:
        return before[turn.job.output], cells[turn.job.output].work / plan.work

    return View(label=lambda job: job.output.stem, where=where, fraction=fraction)


def _sheets(plan: "Plan", outcome: "Outcome", bar: Bar) -> tuple[Path, ...]:
    """Write and report the sheets of what is done."""
    from deepdream.batch import sweep_sheets

    done = {result.job.output: result.output for result in outcome.results if result.done}
    if not done:
        if outcome.stopped:
            bar.complain("Stopped before the first picture was done; nothing was written.")
        return ()
    bar.wait("writing the sheet")
    sheets, notes = sweep_sheets.write(plan, done)
    for note in notes:
        bar.note(note)
    if outcome.stopped:
        there = f"{len(done)} of {plural(len(plan.cells), 'picture')}"
        bar.complain(f"Stopped; {there} are in {plan.folder}, and the same command resumes from there.")
    for sheet in sheets:
        bar.say(f"{sheet} shows them.")
    return sheets


def _summary(plan: "Plan", outcome: "Outcome", sheets: tuple[Path, ...]) -> dict[str, Any]:
    """What --json prints."""
    cells = {cell.path: cell for cell in plan.cells}
    return {
        "folder": str(plan.folder),
        "sheets": [str(path) for path in sheets],
        "varied": {name: list(values) for name, values in plan.varied.items()},
        "stopped": outcome.stopped,
        "pictures": [
            {
                "values": dict(cells[result.job.output].values),
                "picture": str(result.output),
                "ready": result.ready,
                "seconds": round(result.seconds, 3),
                "losses": list(result.losses.values()),
            }
            for result in outcome.results
            if result.done
        ],
        "errors": outcome.errors,
    }
