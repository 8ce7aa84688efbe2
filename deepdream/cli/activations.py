"""deepdream activations: the channels that a picture excites most, and where."""

import json as encoding
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream.batch import files
from deepdream.cli import complete, messages, options
from deepdream.errors import RequestError, SettingError, command
from deepdream.pipeline import existing, provenance
from deepdream.settings import SAMPLE

if TYPE_CHECKING:
    import numpy as np

    from deepdream.cli.bar import Bar
    from deepdream.features.activations import ChannelActivation
    from deepdream.images import Picture
    from deepdream.network.network import Network

    Found = dict[str, tuple[ChannelActivation, ...]]

TOP, MAX_SIDE = 16, 1024

SCREEN = 10
"""Rows of the table unless --top asks for more: with the selections it fits a terminal of 24 lines."""


def activations(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    output: options.Output = None,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete.layers,
            help="Layers, or channels to choose from, as for `dream`; each block's last conv.",
        ),
    ] = None,
    top: Annotated[int | None, typer.Option(metavar="N", help=f"Channels per layer.  [default: {TOP}]")] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="X,Y", help="Only around this point, in pixels of the picture as analysed."),
    ] = None,
    icons: Annotated[
        bool, typer.Option("--icons", help="Draw beside each heat map what the channel looks for; takes some minutes.")
    ] = False,
    noise: Annotated[
        bool, typer.Option("--noise", help="Uniform noise instead of IMAGE: every feature map of the layers.")
    ] = False,
    seed: options.Seed = None,
    max_side: Annotated[
        int | None,
        typer.Option(metavar="N", help=f"Shrink larger pictures to this first, in pixels.  [default: {MAX_SIDE}]"),
    ] = None,
    network: options.Network = "auto",
    weights: options.Weights = None,
    force: options.Force = False,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Find the channels that a picture excites most.

    The table names them as `dream --layers` takes them; the sheet, IMAGE-activations.png, shows where in the picture
    each is active. Without IMAGE it is the sample picture, and the sheet goes into the current folder.

    With --at only the area around one point counts: this fur, and not the grass beside it.

    Excitement is a channel's mean activation over the picture, divided by its usual one: on the pocket network its mean
    on photographs; on any other its mean on noise with the spectrum and colours of natural pictures.
    """
    of_pictures = {"top": top, "at": at, "icons": icons or None, "max_side": max_side}
    _check(image, noise, seed, of_pictures)
    point = _point(at)

    from deepdream import images
    from deepdream.cli.bar import Bar
    from deepdream.images import outputs
    from deepdream.network.weights import lookup as weight_files

    source = image or SAMPLE
    if not source.is_file():
        files.find([source], ())  # raises
    target = _target(image, output, noise=noise)
    images.check_output(target)
    outputs.check_inputs((target,), (source, weights))
    found: Found = {}
    with Bar(quiet=quiet) as bar:
        bar.wait("getting ready")
        picture = None if noise else images.read(
            source, max_side=max_side or MAX_SIDE, limit_megapixels=limit_megapixels
        )  # fmt: skip
        loaded = weight_files.load(network, weights, progress=bar.download)
        if picture is None:
            page, recipe, notes = _noise(loaded, layers, seed or 0)
        else:
            drawing = partial(_icons, network=network, weights=weights, bar=bar) if icons else None
            found, page, recipe, notes = _ranked(loaded, layers, picture, source.name, top or TOP, point, drawing)
            recipe["input"] = {"digest": picture.digest, **provenance.location(source, target)}
        for note in filter(None, notes):
            bar.note(note)
        record = provenance.stamp("noise" if noise else "activations", loaded.name, loaded.digest)
        record |= recipe
        if not force and (new := existing.free_path(target, record)) != target:
            bar.note(existing.kept(target, new))
            target = new
        images.write(target, page, recipe=record)
        bar.say(str(target))
    if json:
        print(encoding.dumps(_summary(source, target, loaded.name, found, noise=noise), indent=2))
    elif not noise:
        print(_table(found, _words(image, network, weights), SCREEN if top is None else sys.maxsize))
    return 0


def _noise(loaded: "Network", layers: str | None, seed: int) -> "tuple[np.ndarray, dict[str, Any], list[str]]":
    """The sheet of noise, the entries that only its record has, and notes."""
    from deepdream.features import layers as choosing
    from deepdream.features import sheets

    chosen = choosing.choose(layers or loaded.table[0].name, loaded, (sheets.NOISE_SIDE, sheets.NOISE_SIDE))
    recipe = {"layers": list(chosen.layers), "seed": seed}
    return sheets.noise(loaded, chosen.layers, seed), recipe, [loaded.note, loaded.input_note]


def _ranked(
    loaded: "Network",
    layers: str | None,
    picture: "Picture",
    name: str,
    top: int,
    point: tuple[int, int] | None,
    drawing: "Callable[[Found], dict[tuple[str, int], np.ndarray]] | None",
) -> "tuple[Found, np.ndarray, dict[str, Any], list[str]]":
    """The channels found, their sheet, the entries that only its record has, and notes."""
    from deepdream.features import layers as choosing

    height, width = picture.pixels.shape[:2]
    chosen = choosing.choose(layers, loaded, (height, width))
    if point and not (point[0] < height and point[1] < width):
        raise SettingError(f"--at {point[1]},{point[0]} is outside the picture, which is analysed at {width}x{height}.")

    from deepdream.features import activations as ranking
    from deepdream.features import sheets

    found = ranking.rank(loaded, picture.pixels, chosen.layers, top=top, at=point)
    icons = drawing(found) if drawing and any(found.values()) else None
    page = sheets.heatmaps(loaded, found, picture.pixels, name, icons)
    recipe = {"layers": list(chosen.layers), "top": top, "at": point and point[::-1]}
    recipe |= {"icons": True} if drawing else {}
    return found, page, recipe, [picture.note, loaded.note, chosen.note]


def _icons(found: "Found", *, network: str, weights: Path | None, bar: "Bar") -> "dict[tuple[str, int], np.ndarray]":
    """What each channel found looks for, as `deepdream features` draws it."""
    from deepdream.features.render import Made, Progress, make
    from deepdream.features.request import understand
    from deepdream.features.settings import FeatureSettings

    text = ",".join(_term(channels) for channels in found.values() if channels)
    request = understand(text, FeatureSettings(), network=network, file=weights)
    drawn = {}
    for event in make(request, request.features):
        if isinstance(event, Progress):
            bar.fill("drawing icons", event.fraction, f"{messages.duration(event.seconds_left)} left")
        elif isinstance(event, Made):
            assert event.feature.channel is not None  # only channels were chosen
            drawn[event.feature.layer.name, event.feature.channel] = event.pixels
    return drawn


def _check(image: Path | None, noise: bool, seed: int | None, of_pictures: dict[str, Any]) -> None:
    """Raise for numbers out of their bounds, and options that don't apply."""
    if noise and image is not None:
        raise RequestError(f"--noise analyses noise, not {image}.", "Give one of them.")
    for name, value in (of_pictures if noise else {"seed": seed}).items():
        if value is not None:
            other = "a picture, not for --noise" if noise else "--noise, not for a picture"
            raise RequestError(f"{messages.option(name)} is for {other}.")
    for name, high in (("top", 10_000), ("max_side", 100_000)):
        value = of_pictures[name]
        if value is not None and not 1 <= value <= high:
            raise SettingError(f"{messages.option(name)} {value} is out of its bounds: 1 to {high}.")


def _point(text: str | None) -> tuple[int, int] | None:
    """(row, column) from X,Y as typed.

    Raises:
        SettingError: the text has another form.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*([0-9]{1,6})\s*,\s*([0-9]{1,6})\s*", text)
    if not match:
        raise SettingError(f"--at {text!r} is not of the form X,Y.", "Type for example --at 420,300.")
    return int(match[2]), int(match[1])


def _target(image: Path | None, output: Path | None, *, noise: bool) -> Path:
    """IMAGE-activations.png beside IMAGE or in the given folder, or the given file."""
    name = "noise-activations.png" if noise else f"{(image or SAMPLE).stem}-activations.png"
    if output is None:
        return Path(name) if image is None else image.with_name(name)
    return output / name if output.is_dir() else output


def _table(found: "Found", words: "list[str | Path]", most: int) -> str:
    """A table of the first channels of each layer, at most `most` rows; a selection per layer; and how to dream the
    best ones of the deepest layer.
    """
    deepest = next((channels for channels in reversed(found.values()) if channels), None)
    if deepest is None:
        return "No channel of these layers is active there."
    rows = [("layers", "excitement", "active in", "strongest at")]
    layers = [channels for channels in found.values() if channels][-most:]
    for channels in layers:
        for one in channels[: max(1, most // len(layers))]:
            peak = f"{one.peak[1]},{one.peak[0]}"
            rows.append((f"{one.layer}:{one.channel}", f"{one.excitement:.2f}", f"{one.spread:.0%}", peak))
    selections = "\n".join(_term(channels) for channels in layers)
    hidden = sum(map(len, found.values())) - len(rows) + 1
    more = f"\n{hidden} more are on the sheet; --top N prints N of each layer." if hidden else ""
    advice = f"To dream what it saw: {command('dream', *words, '--layers', _term(deepest[:3]))}"
    return f"{messages.columns(rows, right=(1, 2, 3))}{more}\n\n{selections}\n\n{advice}"


def _term(channels: "tuple[ChannelActivation, ...]") -> str:
    """Channels of one layer as `dream --layers` takes them: block4_conv2:12+87."""
    return f"{channels[0].layer}:{'+'.join(str(one.channel) for one in channels)}"


def _words(image: Path | None, network: str, weights: Path | None) -> "list[str | Path]":
    """The first words of the command that dreams on the same picture and network."""
    words: list[str | Path] = [image] if image else []
    words += ["--network", network] if network != "auto" else []
    words += ["--weights", weights] if weights else []
    return words


def _summary(source: Path, target: Path, network: str, found: "Found", *, noise: bool) -> dict[str, Any]:
    """The summary for --json."""
    return {
        "input": None if noise else str(source),
        "output": str(target),
        "network": network,
        "channels": [
            {
                "layers": f"{one.layer}:{one.channel}",
                "excitement": round(one.excitement, 4),
                "mean": round(one.mean, 6),
                "active": round(one.spread, 4),
                "peak": {"x": one.peak[1], "y": one.peak[0]},
            }
            for channels in found.values()
            for one in channels
        ],
        "selections": [_term(channels) for channels in found.values() if channels],
    }
