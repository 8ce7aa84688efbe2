"""deepdream layers: the network's layers, and the layers of a selection."""

import json as encoding
from typing import Annotated, Any

import typer

from deepdream import settings
from deepdream.cli import complete, messages, options
from deepdream.cli.tables import table
from deepdream.errors import SettingError
from deepdream.network.layers import Layer, truncate
from deepdream.settings import Settings, Size, selection
from deepdream.settings.selection import Choice


def layers(
    selected: Annotated[
        str | None,
        typer.Option(
            "--layers", metavar="NAME", autocompletion=complete.layers, help="Show what this selection means."
        ),
    ] = None,
    size: Annotated[
        str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Show the layers' shapes for a picture of this size.")
    ] = None,
    network: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help=f"{', '.join(settings.NETWORKS[1:])}, or a Keras model's file; auto: the one that `dream` would take.",
        ),
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print the table machine-readable.")] = False,
    traceback: options.Traceback = False,
) -> int:
    """List the network's layers, or what a selection means.

    One line a layer: channels, stride and receptive field in pixels of the picture, shape.
    """
    name, known, flat, note = table(_here() if Settings(network=network).network == "auto" else network)
    shape = None if size is None else settings.parse_size(size)
    if shape and min(shape) < 1:
        raise SettingError(f"size {size} has no pixels.")
    channels = {layer.name: layer.channels for layer in known}
    choices = selection.choose(selected, channels, name, flat=flat) if selected else ()
    chosen = {choice.layer: choice for choice in choices}
    if json:
        print(encoding.dumps({"network": name, "layers": [_record(layer, shape, chosen) for layer in known]}, indent=2))
        return 0
    heading = ("layer", "kind", "channels", "stride", "receptive field", "shape", *(["chosen"] if chosen else []))
    rows = [heading, *(_row(layer, shape, chosen) for layer in known)]
    print(f"{name}, for a picture of {settings.format_size(shape)}" if shape else name)
    print(messages.columns(rows, right=(2, 3, 4)))
    if chosen:
        print(f"\n{explanation(chosen, known)}")
    print(f"\n{note}")
    return 0


def explanation(chosen: dict[str, Choice], table: tuple[Layer, ...]) -> str:
    """The objective, and the part of the network that it needs."""
    needed = truncate(table, set(chosen))
    return (
        f"The objective is the mean over {messages.plural(len(chosen), 'layer')} of weight times the layer's "
        f"value, as --objective defines it.\n"
        f"It is computed up to {needed[-1].name}: {len(needed)} of {len(table)} layers."
    )


def _here() -> str:
    """The network that `dream` would use without a download."""
    from deepdream.network.weights import lookup

    return next(state.network for state in lookup.states() if state.status == "verified")


def _row(layer: Layer, size: Size | None, chosen: dict[str, Choice]) -> tuple[str, ...]:
    """One row of the table; its last cell shows how the layer is selected."""
    seen = str(layer.receptive_field or "not known")
    cells = (layer.name, layer.kind, str(layer.channels), str(layer.stride), seen)
    shape = " x ".join(str(n) for n in _shape(layer, size))
    return (*cells, shape, _meaning(chosen.get(layer.name))) if chosen else (*cells, shape)


def _shape(layer: Layer, size: Size | None) -> tuple[int | str, ...]:
    """Rows, columns and channels: numbers for a given size, else in terms of the picture's size."""
    if size is not None:
        return (*layer.positions(*size), layer.channels)
    part = f"/{layer.stride}" if layer.stride > 1 else ""
    return (f"height{part}", f"width{part}", layer.channels)


def _meaning(choice: Choice | None) -> str:
    """How a layer is selected, in words."""
    if choice is None:
        return ""
    which = "all channels" if choice.channels is None else f"channels {_ranges(choice.channels)}"
    return f"weight {choice.weight:g}, {which}"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Sorted numbers the way one types them: 12+87+200-210."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "+".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _record(layer: Layer, size: Size | None, chosen: dict[str, Choice]) -> dict[str, Any]:
    """One layer for --json."""
    choice = chosen.get(layer.name)
    return {
        "name": layer.name,
        "kind": layer.kind,
        "channels": layer.channels,
        "stride": layer.stride,
        "receptive_field": layer.receptive_field or None,
        "shape": list(_shape(layer, size)) if size else None,
        "chosen": None if choice is None else {"weight": choice.weight, "channels": choice.channels},
    }
