"""deepdream attribute: which pixels of a picture a channel, a class or a direction depends on."""

import json as encoding
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.attribution import settings as known
from deepdream.attribution.settings import AttributionSettings
from deepdream.batch import files
from deepdream.cli import complete, messages, options
from deepdream.errors import RequestError, SettingError, command, install
from deepdream.settings import SAMPLE, checks, selection

if TYPE_CHECKING:
    from deepdream.attribution.request import Request
    from deepdream.attribution.run import Explanation
    from deepdream.cli.bar import Bar


def _option(name: str, flag: str, metavar: str) -> Any:
    """A setting of `AttributionSettings` as an option."""
    return typer.Option(flag, metavar=metavar, help=checks.describe(AttributionSettings, name), show_default=False)


def attribute(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET",
            autocompletion=complete.layers,
            help="What to attribute, as for `dream --layers`.",
        ),
    ] = None,
    output: options.Folder = None,
    method: Annotated[str | None, _option("methods", "--method", "NAME,...")] = None,
    baseline: Annotated[str | None, _option("baseline", "--baseline", "|".join(known.BASELINES))] = None,
    steps: Annotated[int | None, _option("steps", "--steps", "N")] = None,
    patch: Annotated[int | None, _option("patch", "--patch", "N")] = None,
    cam_layer: Annotated[str | None, _option("cam_layer", "--cam-layer", "NAME")] = None,
    curve_steps: Annotated[int | None, _option("curve_steps", "--curve-steps", "N")] = None,
    max_side: Annotated[
        int,
        typer.Option(metavar="N", help="Shrink larger pictures to this first, in pixels."),
    ] = known.MAX_SIDE,
    network: options.Network = "auto",
    weights: options.Weights = None,
    force: options.Force = False,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Show which pixels a target depends on.

    A target is a channel, a layer, a class or a direction. Four methods make a heat map over the picture each: the
    folder IMAGE-attribution then holds them, attribution.csv and index.html, with insertion and deletion curves: open
    that one. Without IMAGE, the sample picture is taken.

    Which channels a picture excites: deepdream activations IMAGE
    """
    if find_spec("jinja2") is None:
        raise RequestError("attribute needs jinja2.", install("jinja2"))
    if target is None:
        advice = f"Type for example --target block4_conv2:12; to see what it excites: {_activations(image)}"
        raise RequestError("attribute needs a target: a layer, channels of one, or a class.", advice)
    selection.parse(target)
    if not 1 <= max_side <= 100_000:
        raise SettingError(f"--max-side {max_side} is out of its bounds: 1 to 100000.")
    given = {"baseline": baseline, "steps": steps, "patch": patch, "cam_layer": cam_layer, "curve_steps": curve_steps}
    with messages.flags(("method", *given)):
        methods = None if method is None else known.parse_methods(method)
        chosen: dict[str, Any] = {**given, "methods": methods}
        settings = AttributionSettings(**{name: value for name, value in chosen.items() if value is not None})

    from deepdream import images
    from deepdream.attribution.request import understand
    from deepdream.cli.bar import Bar
    from deepdream.images.outputs import check_folder
    from deepdream.network.weights import lookup

    goal = _folder(image, output)
    check_folder(goal, "an attribution")
    source = image or SAMPLE
    if not source.is_file():
        files.find([source], ())  # raises
    with Bar(quiet=quiet) as bar:
        bar.wait("getting ready")
        picture = images.read(source, max_side=max_side, limit_megapixels=limit_megapixels)
        request = understand(picture, target, settings, lookup.load(network, weights, progress=bar.download))
        for note in filter(None, (picture.note, request.network.note)):
            bar.note(note)
        explanation, written = _run(request, goal, source.name, bar, force=force)
    print(encoding.dumps(_summary(source, request, explanation, written), indent=2) if json else _table(explanation))
    return 0


def _activations(image: Path | None) -> str:
    """The command that lists the channels that a picture excites."""
    return command("activations", *([image] if image else []))


def _folder(image: Path | None, output: Path | None) -> Path:
    """IMAGE-attribution beside the picture; for the sample, in the current folder."""
    return output or (image.with_name(f"{image.stem}-attribution") if image else Path("sample-attribution"))


def _run(
    request: "Request", goal: Path, name: str, bar: "Bar", *, force: bool
) -> "tuple[Explanation, tuple[Path, ...]]":
    """Attribute on the bar, and write the files."""
    from deepdream.attribution import outputs
    from deepdream.attribution.run import Explanation, Progress, run

    folder = outputs.folder(goal, request, force=force)
    if folder != goal:
        bar.note(f"{goal} holds another attribution and is kept: this one goes to {folder}; --force would replace it.")
    for event in run(request):
        if isinstance(event, Progress):
            bar.fill(event.doing, event.fraction, f"{event.fraction:.0%}")
        elif isinstance(event, Explanation):
            written = outputs.write(folder, request, event, name)
            if event.remark:
                bar.note(event.remark)
            bar.say(f"Open {written[-1]}")
            return event, written
    raise AssertionError("a run ends with its explanation")


def _table(explanation: "Explanation") -> str:
    """The target's values and the table of methods."""
    from deepdream.attribution import outputs

    first = f"{explanation.value:.4g} on the picture, {explanation.baseline_value:.4g} on the baseline"
    rows: list[tuple[str, ...]] = [("", "sum", "error", "deletion", "insertion", "strongest at")]
    for row in outputs.rows(explanation):
        numbers = (row[name] for name in ("sum", "error", "deletion", "insertion"))
        where = "-" if row["x"] is None else f"{row['x']},{row['y']}"
        rows.append((str(row["method"]), *("-" if n is None else f"{n:.3g}" for n in numbers), where))
    return f"{first}\n\n{messages.columns(rows, right=(1, 2, 3, 4, 5))}"


def _summary(source: Path, request: "Request", explanation: "Explanation", written: tuple[Path, ...]) -> dict[str, Any]:
    """The summary for --json."""
    from deepdream.attribution import outputs

    return {
        "input": str(source),
        "target": request.target,
        "network": request.network.name,
        "written": [str(path) for path in written],
        "value": explanation.value,
        "baseline_value": explanation.baseline_value,
        "methods": outputs.rows(explanation),
    }
