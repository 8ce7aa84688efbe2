"""deepdream features: pictures of what a layer, a channel or a neuron responds to."""

import json as encoding
import time
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.cli import complete, messages, options
from deepdream.errors import amount, plural
from deepdream.features import settings as known
from deepdream.features.settings import FeatureSettings
from deepdream.settings import checks, selection
from deepdream.settings.fields import FIELDS

if TYPE_CHECKING:
    from deepdream.cli.bar import Bar
    from deepdream.features.feature import Feature
    from deepdream.features.render import Made
    from deepdream.features.request import Request
    from deepdream.pipeline.events import Estimate

NAMES = tuple(setting.name for setting in fields(FeatureSettings))
"""Of all settings of features."""


def _option(name: str, metavar: str | None = None) -> Any:
    """A setting of `FeatureSettings` as an option."""
    flag = messages.option(name)
    return typer.Option(flag, metavar=metavar, help=checks.describe(FeatureSettings, name), show_default=False)


def features(
    layer: Annotated[str, typer.Argument(metavar="LAYER[:CHANNELS]", hidden=True, autocompletion=complete.layers)],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where to; features-NETWORK here when not given."),
    ] = None,
    neuron: Annotated[bool, _option("neuron")] = False,
    negative: Annotated[bool, _option("negative")] = False,
    plain: Annotated[bool, _option("plain")] = False,
    maco: Annotated[bool, _option("maco")] = False,
    spectrum: Annotated[str | None, _option("spectrum", "FOLDER")] = None,
    accentuate: Annotated[str | None, _option("accentuate", "FILE")] = None,
    nearness: Annotated[float | None, _option("nearness", "X")] = None,
    toward: Annotated[str | None, _option("toward", "TARGET")] = None,
    between: Annotated[int | None, _option("between", "N")] = None,
    cosine: Annotated[float | None, _option("cosine", "X")] = None,
    examples: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Show beside each the pictures of a folder that excite it most."),
    ] = None,
    diversity: Annotated[int | None, _option("diversity", "N")] = None,
    steps: Annotated[int | None, _option("steps", "N")] = None,
    rate: Annotated[float | None, _option("rate", "X")] = None,
    decay: Annotated[float | None, _option("decay", "X")] = None,
    size: Annotated[str | None, _option("size", "SIDE|WIDTHxHEIGHT")] = None,
    seed: options.Seed = None,
    precision: Annotated[str | None, _option("precision", "auto|float32|bfloat16")] = None,
    network: options.Network = "auto",
    weights: options.Weights = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Processor threads; all allowed cores when not given.")
    ] = None,
    force: options.Force = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Picture what a layer's channels respond to.

    LAYER[:CHANNELS] is as for `dream --layers`: block4_conv2:12+87+200-210, or block4_conv2 for all its channels. Each
    becomes a picture, block4_conv2-012.png, and all of them a labelled sheet; under each stands its channel and how
    strongly the picture excites it: its mean activation.

    Finished pictures are kept: the same command resumes where it was stopped, and other settings make only the pictures
    that differ.
    """
    given: dict[str, Any] = {
        "neuron": neuron, "negative": negative, "plain": plain, "maco": maco, "spectrum": spectrum,
        "accentuate": accentuate, "nearness": nearness, "toward": toward, "between": between, "cosine": cosine,
        "diversity": diversity, "steps": steps, "rate": rate, "decay": decay,
        "size": None if size is None else known.parse_size(size), "seed": seed, "precision": precision,
    }  # fmt: skip
    with messages.flags(NAMES):
        settings = FeatureSettings(**{name: value for name, value in given.items() if value is not None})
    selection.parse(layer)
    checks.checked(FIELDS["threads"], threads)

    from deepdream.cli.bar import Bar
    from deepdream.features import examples as exciting
    from deepdream.features import files
    from deepdream.features.request import understand

    with Bar(quiet=quiet) as bar:
        bar.wait("getting ready")
        with messages.flags(NAMES):
            request = understand(
                layer, settings, network=network, file=weights, threads=threads, force=force, progress=bar.download
            )
        if examples is not None:
            exciting.check(request, examples.expanduser())
        folder = files.folder(output, request.network.name)
        run = _Run(request, folder, bar, examples)
        try:
            run.all()
        except KeyboardInterrupt:
            run.stopped = True
            count = f"{run.there} of {plural(len(request.features), 'picture')}"
            bar.complain(f"Stopped: {count} finished in {folder}; the same command resumes from there.")
    if json:  # errors are printed by main, also as JSON
        print(encoding.dumps(run.summary(), indent=2))
    return messages.STOPPED if run.stopped else 0


class _Run:
    """The pictures of one command: those that existed, those made, and the sheets."""

    def __init__(self, request: "Request", folder: Path, bar: "Bar", examples: Path | None = None) -> None:
        self.request, self.folder, self.bar, self.examples = request, folder, bar, examples
        self.kept: tuple[Feature, ...] = ()
        self.made: list[Made] = []
        self.sheets: tuple[Path, ...] = ()
        self.seconds = 0.0
        self.stopped = False

    @property
    def there(self) -> int:
        """Number of finished pictures."""
        return len(self.kept) + len(self.made)

    def all(self) -> None:
        """Make the missing pictures, then the sheets."""
        from deepdream.features import files

        network = self.request.network
        for note in filter(None, (network.note, network.input_note, self.request.note)):
            self.bar.note(note)
        self.kept = files.finished(self.request, self.folder)
        todo = files.unfinished(self.request, self.kept)
        if self.kept:
            self.bar.say(f"{plural(len(self.kept), 'picture')} finished before, and kept.")
        if numbered := [feature for feature in todo if self._has_number(feature)]:
            others = f"{plural(len(numbered), 'picture')} of other settings"
            self.bar.note(f"{self.folder} keeps {others}: the new ones get a number; --force would replace them.")
        if todo:
            self._make(todo)
        self.sheets = files.sheets(self.request, self.folder)
        if self.examples is not None:
            self.bar.wait("measuring examples")
            self.sheets += (files.examples_sheet(self.request, self.folder, self.examples),)
        for sheet in self.sheets:
            self.bar.say(f"{sheet}")
        made = f"{plural(len(self.made), 'picture')} made in {messages.duration(self.seconds)}"
        self.bar.say(f"{self.folder}: {made}" if self.made else f"{self.folder}: nothing was left to make")

    def _has_number(self, feature: "Feature") -> bool:
        """Whether its picture gets a number because one of other settings has its name."""
        from deepdream.features import files

        name = files.plain(self.folder, feature, self.request.settings)
        return files.path(self.folder, feature, self.request) != name

    def _make(self, todo: "tuple[Feature, ...]") -> None:
        """Each picture is written as soon as its batch is finished."""
        from deepdream.features import files, render
        from deepdream.pipeline.events import Estimate

        start = time.perf_counter()
        for record in render.make(self.request, todo):
            self.seconds = time.perf_counter() - start
            if isinstance(record, Estimate):
                self.bar.say(_estimate(record, todo))
            elif isinstance(record, render.Progress):
                self._progress(record)
            else:
                path = files.path(self.folder, record.feature, self.request)
                files.write(path, record)
                self.made.append(record)

    def _progress(self, record: Any) -> None:
        """Show every step on the live bar; otherwise print a line per batch."""
        steps = self.request.settings.steps
        left = messages.duration(record.seconds_left)
        status = f"{left} left" if record.fraction < 1 else "finished"
        self.bar.fill(f"{_batch(record.features)}, step {record.step}/{steps}", record.fraction, status)
        if record.step == steps and not self.bar.live:
            self.bar.say(f"{_batch(record.features)}, {status}")

    def summary(self) -> dict[str, Any]:
        """What --json prints."""
        from deepdream.features import files

        new = {record.feature: record for record in self.made}
        return {
            "network": self.request.network.name,
            "folder": str(self.folder),
            "pictures": [
                {
                    "layers": feature.term,
                    "copy": feature.copy,
                    "file": str(files.path(self.folder, feature, self.request)),
                    "made": feature in new,
                    "response": files.response(self.folder, feature, self.request),
                }
                for feature in (*self.kept, *new)
            ],
            "sheets": [str(path) for path in self.sheets],
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
        }


def _estimate(estimate: "Estimate", todo: "tuple[Feature, ...]") -> str:
    """Device, network, pictures, estimated time and memory."""
    from deepdream.settings import format_size

    sizes = " and ".join(format_size(size) for size in estimate.sizes)
    return (
        f"{estimate.device}, {estimate.network}, {plural(len(todo), 'picture')} of {sizes}, "
        f"{plural(estimate.steps, 'step')}, about {messages.duration(max(estimate.seconds, 1))}, "
        f"about {amount(estimate.memory)} of memory"
    )


def _batch(features: "tuple[Feature, ...]") -> str:
    """The batch as `--layers` takes it: block4_conv2:16-31."""
    channels = [feature.channel for feature in features if feature.channel is not None]
    if not channels:
        return ", ".join(dict.fromkeys(feature.term for feature in features))
    return f"{features[0].layer.name}:{selection.spelled(channels)}"
