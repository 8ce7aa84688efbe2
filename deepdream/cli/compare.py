"""deepdream compare: one picture dreamt once per group of layers, measured and judged."""

import functools
import json as encoding
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from deepdream.batch import files
from deepdream.cli import messages, options
from deepdream.errors import RequestError, install, plural
from deepdream.settings import GROUPS, SAMPLE

if TYPE_CHECKING:
    from deepdream.cli.bar import Bar
    from deepdream.cli.show_run import Outcome, View
    from deepdream.compare.claims import Claim
    from deepdream.compare.run import Plan
    from deepdream.compare.tables import Result

EVERYDAY = GROUPS["everyday"]

PACKAGES = {"jinja2": "jinja2", "skimage": "scikit-image"}
"""Module -> package that compare needs and dreams don't: the extra `report`."""


@functools.partial(options.with_settings, without=("layers", "regions", "start", "fill"))
def compare(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    output: options.Folder = None,
    groups: Annotated[
        list[str] | None,
        typer.Option(
            "--groups",
            "--group",
            metavar="NAME=LAYERS",
            help="Groups to dream instead; several, or joined by ;",
            rich_help_panel=EVERYDAY,
        ),
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            metavar="BLOCKS|none",
            help="Blocks whose pool is compared with the convolution before it.  [default: 1-4; none with --groups]",
            rich_help_panel=EVERYDAY,
        ),
    ] = None,
    equal: Annotated[
        Literal["distance", "steps"],
        typer.Option(
            metavar="distance|steps",
            help="What all groups have in common: the distance from the original that each of them reaches, where they "
            "stop; or the number of steps.",
            rich_help_panel=EVERYDAY,
        ),
    ] = "distance",
    given: Mapping[str, Any],
    force: options.Force = False,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Compare what groups of layers add to a picture.

    IMAGE is dreamt once per group, with the same seed and equally far: block1 to block5, all pooling layers and all
    convolutions, or --groups "fine=block1,block2;coarse=block5". The folder IMAGE-compare then holds the pictures,
    sheet.png, measures.csv and index.html: open that one. Without IMAGE, the sample picture is taken.

    A picture that is there already with the same recipe is not dreamt again: after Ctrl-C the same command resumes.
    """
    if missing := [package for module, package in PACKAGES.items() if find_spec(module) is None]:
        raise RequestError(f"compare needs {' and '.join(missing)}.", install(*missing))

    from deepdream.cli.bar import Bar
    from deepdream.cli.show_run import show_run
    from deepdream.compare import groups as grouping
    from deepdream.compare import run
    from deepdream.pipeline.session import Session
    from deepdream.settings import recipes

    source = image or SAMPLE
    if not source.is_file():
        files.find([source], ())  # raises
    own = grouping.parse(";".join(groups)) if groups else ()
    grouping.pairs(pairs or "none")
    with Bar(quiet=quiet) as bar:
        bar.wait(f"{source.name}: getting ready")
        session = Session(progress=bar.download)
        first = recipes.resolve(given)
        network = session.network(first.network, first.weights, threads=first.threads)
        folder, chosen = _folder(image, output), grouping.chosen(own, pairs, network)
        plan = run.plan(
            source,
            chosen,
            given,
            folder,
            session=session,
            equal=equal,
            force=force,
            limit_megapixels=limit_megapixels,
            tell=lambda number: bar.wait(f"how far does {chosen[number - 1].name} go ({number} of {len(chosen)})"),
        )
        if plan.folder != folder:
            bar.note(
                f"{folder} holds another comparison and is kept: this one goes to {plan.folder}; --force would "
                "replace it."
            )
        bar.say(_plan_line(plan))
        results: list[Result] = []
        outcome = show_run(run.run(plan), bar, _view(plan, results), traceback=traceback)
        written, claims = _report(plan, results, outcome.stopped, source.name, bar)
    if json:
        print(encoding.dumps(_summary(plan, results, outcome, written, claims), indent=2))
    return outcome.exit_code


def _folder(image: Path | None, output: Path | None) -> Path:
    """IMAGE-compare beside the picture; for the sample, in the current folder."""
    return output or (image.with_name(f"{image.stem}-compare") if image else Path("sample-compare"))


def _view(plan: "Plan", results: "list[Result]") -> "View":
    """The comparison on one bar over all groups; measured results are appended to `results`."""
    from deepdream.cli.show_run import View
    from deepdream.compare.tables import Result

    groups = {plan.folder / f"{group.stem}.png": group for group, _ in plan.turns}

    def on_event(event: Any) -> None:
        if isinstance(event, Result):
            results.append(event)

    return View(
        label=lambda job: groups[job.output].name,
        where=lambda turn: f"{groups[turn.job.output].name} ({turn.number} of {turn.count})",
        fraction=lambda turn: ((turn.number - 1) / turn.count, 1 / turn.count),
        on_event=on_event,
    )


def _plan_line(plan: "Plan") -> str:
    """What will be done, in one line."""
    from deepdream import runtime
    from deepdream.gradient import speed
    from deepdream.settings import format_size

    request = plan.turns[0][1]
    runtime.configure(request.settings.threads)
    seconds = plan.operations / speed.operations_per_second()
    octaves = plural(len(request.sizes), "octave")
    steps = f"{plural(request.steps, 'step')} each"
    if (distance := request.settings.distance) is not None:
        steps = f"at most {steps}, up to a distance of {distance:g}"
    return (
        f"{plural(len(plan.turns), 'dream')}: {runtime.device()}, {request.network.name}, "
        f"{format_size(request.sizes[-1])}, {octaves}, {steps}, "
        f"about {messages.duration(max(seconds, 1))} plus measuring"
    )


def _report(
    plan: "Plan", results: "list[Result]", stopped: bool, name: str, bar: "Bar"
) -> tuple[tuple[Path, ...], tuple["Claim", ...]]:
    """Write the tables, the sheet and the page of what is done; report the findings."""
    from deepdream.compare import outputs

    if not results:
        if stopped:
            bar.complain("Stopped before the first picture was done; nothing was written.")
        return (), ()
    bar.wait("writing the page")
    written, claims = outputs.write(plan, results, name)
    if stopped:
        done = f"{len(results)} of {plural(len(plan.turns), 'picture')}"
        bar.complain(f"Stopped; {done} are in {plan.folder}, and the same command resumes from there.")
    for claim in () if stopped else claims:
        for finding in claim.findings:
            bar.say(f"{finding.judgement.verdict}: {finding.statement}")
    if not claims and not stopped:
        bar.say(_table(results))
    bar.say(f"Open {written[-1]}")
    return written, claims


def _table(results: "list[Result]") -> str:
    """The measures of each group, for groups that no claim is about."""
    from deepdream.compare.measures import MEASURES

    rows = [("", *(result.group.name for result in results))]
    for name, measure in MEASURES.items():
        title = f"{measure.title}, {measure.unit}" if measure.unit else measure.title
        numbers = (result.measures[name] for result in results)
        rows.append((title, *(f"{n:.{measure.digits}f}" if math.isfinite(n) else "-" for n in numbers)))
    return messages.columns(rows, right=tuple(range(1, len(rows[0]))))


def _summary(
    plan: "Plan",
    results: "list[Result]",
    outcome: "Outcome",
    written: tuple[Path, ...],
    claims: tuple["Claim", ...],
) -> dict[str, Any]:
    """The summary for --json; what could not be measured is null."""
    return {
        "folder": str(plan.folder),
        "written": [str(path) for path in (*(result.path for result in results), *written)],
        "stopped": outcome.stopped,
        "groups": [
            {
                "name": result.group.name,
                "layers": list(result.layers),
                "picture": str(result.path),
                "ready": result.ready,
                "seconds": round(result.seconds, 3),
                "losses": [moment.loss for moment in result.moments],
                "measures": {name: value if math.isfinite(value) else None for name, value in result.measures.items()},
                "noise": {
                    name: {"mean": chance.mean, "spread": chance.spread} if math.isfinite(chance.mean) else None
                    for name, chance in result.noise.items()
                },
            }
            for result in results
        ],
        "findings": [
            {"claim": claim.title, "says": finding.statement, **asdict(finding.judgement)}
            for claim in claims
            for finding in claim.findings
        ],
        "errors": outcome.errors,
    }
