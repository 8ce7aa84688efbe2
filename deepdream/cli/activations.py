"""deepdream activations: which channels a picture excites most, and where in it."""

import json as encoding
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deepdream import __version__
from deepdream.cli import files, messages, options, recorded
from deepdream.errors import RequestError, SettingError

if TYPE_CHECKING:
    import numpy as np

    from deepdream.features.exciting import Excited
    from deepdream.features.look import Looked
    from deepdream.network.weights import Weights

    Row = list[tuple[str, np.ndarray]]

TOP, MAX_SIDE, COLUMNS, CELL = 16, 1024, 8, 220
NOISE_SIDE, NOISE_COLUMNS, NOISE_CELL, NOISE_LAYERS = 224, 4, 200, "block1_conv1"
"""The noise view is as the project this tool grew from shows it: 224x224, 4 columns."""


def activations(
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", hidden=True)] = None,
    *,
    output: options.Output = None,
    layers: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Layers, or channels to choose from, as for `dream`; each block's last conv."
        ),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many channels of each layer.")] = TOP,
    noise: Annotated[
        bool, typer.Option("--noise", help="Instead of IMAGE, uniform noise: every feature map of the layers.")
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the noise.")] = 0,
    max_side: Annotated[
        int, typer.Option(metavar="N", help="Look at larger pictures shrunk to this, in pixels.")
    ] = MAX_SIDE,
    network: Annotated[
        str, typer.Option(metavar="auto|vgg19|pocket", help="auto: vgg19 where its weights are at hand, else pocket.")
    ] = "auto",
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Weight file to use instead of the installed ones.")
    ] = None,
    limit_megapixels: options.Megapixels = 300,
    quiet: options.Quiet = False,
    json: options.Json = False,
    traceback: options.Traceback = False,
) -> int:
    """Find the channels that a picture excites most.

    The table names them as `dream --layers` takes them; the sheet, IMAGE-activations.png, shows where in the picture
    each is active. Without IMAGE it is the sample picture, and the sheet goes into the current folder.

    Excitement is a channel's mean activation over the picture, over what it usually is: on the pocket network over its
    mean on photographs; on any other over its mean on noise with the spectrum and colours of natural pictures.
    """
    _check(image, noise=noise, top=top, max_side=max_side, seed=seed)

    from deepdream import images
    from deepdream.cli.bar import Bar
    from deepdream.features import look
    from deepdream.network import weights as weight_files

    source = image or recorded.SAMPLE
    if not source.is_file():
        files.find([source], ())  # says so
    target = _target(image, output, noise=noise)
    images.check_output(target)
    with Bar(quiet=quiet) as bar:
        bar.wait("getting ready")
        picture = None if noise else images.read(source, max_side=max_side, limit_megapixels=limit_megapixels)
        size = (NOISE_SIDE, NOISE_SIDE) if picture is None else picture.pixels.shape[:2]
        loaded = weight_files.load(network, weights, progress=bar.download)
        looked = look.choose(layers or (NOISE_LAYERS if noise else None), loaded, (size[0], size[1]))
        for note in (picture.note if picture else "", loaded.note, looked.note):
            if note:
                bar.note(note)
        recipe: dict[str, Any] = {
            "version": __version__,
            "network": loaded.network,
            "weights": loaded.digest,
            "layers": list(looked.layers),
        }
        if picture is None:
            found: dict[str, tuple[Excited, ...]] = {}
            page = _noise_page(loaded, looked, seed)
            recipe |= {"kind": "noise", "seed": seed}
        else:
            bar.wait(f"{source.name}: looking")
            found, page = _excited_page(loaded, looked, picture.pixels, top, source.name)
            recipe |= {"kind": "activations", "input": {"digest": picture.digest, **recorded.place(source, target)}}
        images.write(target, page, recipe=recipe)
        bar.say(str(target))
    if json:
        print(encoding.dumps(_summary(source, target, loaded.network, found, noise=noise), indent=2))
    elif found:
        print(_table(found))
        print(f"\nTo dream what it saw: {_command(image, network, weights)} --layers {_term(_best(found))}")
    return 0


def _check(image: Path | None, *, noise: bool, top: int, max_side: int, seed: int) -> None:
    """Refuse numbers out of their bounds, and a picture together with noise."""
    if noise and image is not None:
        raise RequestError(f"--noise looks at noise, not at {image}.", "Give one of them.")
    for name, value, high in (("top", top, 10_000), ("max_side", max_side, 100_000)):
        if not 1 <= value <= high:
            raise SettingError(f"{messages.option(name)} {value} is out of its bounds: 1 to {high}.")
    if not 0 <= seed < 2**32:
        raise SettingError(f"--seed {seed} is out of its bounds: 0 to {2**32 - 1}.")


def _target(image: Path | None, output: Path | None, *, noise: bool) -> Path:
    """IMAGE-activations.png beside IMAGE; in the folder given; or the file given."""
    name = "noise-activations.png" if noise else f"{(image or recorded.SAMPLE).stem}-activations.png"
    if output is None:
        return Path(name) if image is None else image.with_name(name)
    return output / name if output.is_dir() else output


def _excited_page(
    weights: "Weights", looked: "Looked", pixels: "np.ndarray", top: int, name: str
) -> "tuple[dict[str, tuple[Excited, ...]], np.ndarray]":
    """The channels found, and their sheet: the picture, then each layer's heat maps."""
    from deepdream.features import exciting, heat
    from deepdream.network import architecture
    from deepdream.report.sheet import sheet

    strides = {layer.name: layer.stride for layer in architecture.layers(weights.widths)}
    found = exciting.rank(weights, pixels, looked.layers, top=top)
    rows: list[Row] = [[(name, pixels)]]
    for layer, channels in found.items():
        cells = [
            (f"{layer}:{one.channel}   {one.excitement:.3g}", heat.over(pixels, one.map, strides[layer]))
            for one in channels
        ]
        rows += [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    height, width = pixels.shape[:2]
    return found, sheet(rows, cell=(max(1, round(CELL * min(1.5, height / width))), CELL))


def _noise_page(weights: "Weights", looked: "Looked", seed: int) -> "np.ndarray":
    """Every feature map of uniform noise, 4 beside each other, in viridis."""
    import numpy as np

    from deepdream.features import exciting, heat
    from deepdream.report.sheet import sheet

    picture = np.random.default_rng(seed).random((NOISE_SIDE, NOISE_SIDE, 3), np.float32)
    cells = []
    for layer, maps in exciting.answers(weights, picture, tuple(looked.layers)).items():
        for channel in looked.layers[layer] or range(maps.shape[-1]):
            cells.append((f"{layer}:{channel}", heat.enlarged(heat.plain(maps[..., channel]), NOISE_CELL)))
    rows = [cells[start : start + NOISE_COLUMNS] for start in range(0, len(cells), NOISE_COLUMNS)]
    return sheet(rows, cell=NOISE_CELL)


def _table(found: "dict[str, tuple[Excited, ...]]") -> str:
    """Per layer: the selection of all its channels found, then each of them."""
    rows = [("layers", "excitement", "active in", "strongest at")]
    for channels in found.values():
        for one in channels:
            place = f"{one.peak[1]},{one.peak[0]}"
            rows.append((f"{one.layer}:{one.channel}", f"{one.excitement:.2f}", f"{one.spread:.0%}", place))
    selections = "\n".join(_term(channels) for channels in found.values() if channels)
    return f"{messages.columns(rows, right=(1, 2, 3))}\n\n{selections}"


def _term(channels: "tuple[Excited, ...]") -> str:
    """Channels of one layer as `dream --layers` takes them: block4_conv2:12+87."""
    return f"{channels[0].layer}:{'+'.join(str(one.channel) for one in channels)}"


def _best(found: "dict[str, tuple[Excited, ...]]") -> "tuple[Excited, ...]":
    """The three most excited channels of the deepest layer that has any."""
    return [channels for channels in found.values() if channels][-1][:3]


def _command(image: Path | None, network: str, weights: Path | None) -> str:
    """The dream's command on the same picture and network."""
    words = ["deepdream dream", *([str(image)] if image else [])]
    words += [f"--network {network}"] if network != "auto" else []
    words += [f"--weights {weights}"] if weights else []
    return " ".join(words)


def _summary(
    source: Path, target: Path, network: str, found: "dict[str, tuple[Excited, ...]]", *, noise: bool
) -> dict[str, Any]:
    """What --json prints."""
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
