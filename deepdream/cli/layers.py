"""deepdream layers: the network's layers, and the layers of a selection."""

import json as encoding
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from deepdream import settings
from deepdream.cli import complete, messages, options
from deepdream.cli.tables import Known, table
from deepdream.errors import SelectionError, SettingError, plural
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
    classes: Annotated[
        bool, typer.Option("--classes", help="List the classes that it tells apart; each is a target, class:NAME.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the table machine-readable.")] = False,
    traceback: options.Traceback = False,
) -> int:
    """List the network's layers, or what a selection means.

    One line a layer: channels, stride and receptive field in pixels of the picture, shape.
    """
    typed = _here() if Settings(network=network).network == "auto" else network
    known = table(typed)
    name = known.name
    if classes:
        return _classes(known, json=json)
    shape = None if size is None else settings.parse_size(size)
    if shape and min(shape) < 1:
        raise SettingError(f"size {size} has no pixels.")
    channels = {layer.name: layer.channels for layer in known.layers}
    found = (
        selection.choose(selected, channels, name, typed=typed, flat=known.flat, classes=known.classes)
        if selected
        else ()
    )
    chosen = {layer: [choice for choice in found if choice.layer == layer] for layer in {one.layer for one in found}}
    row = None if known.classifier is None else known.classifier.row
    layers = known.layers if row is None or row.name not in chosen else (*known.layers, row)
    if json:
        records = [_record(layer, shape, chosen) for layer in layers]
        print(encoding.dumps({"network": name, "layers": records}, indent=2))
        return 0
    heading = ("layer", "kind", "channels", "stride", "receptive field", "shape", *(["chosen"] if chosen else []))
    rows = [heading, *(_row(layer, shape, chosen) for layer in layers)]
    print(f"{name}, for a picture of {settings.format_size(shape)}" if shape else name)
    print(messages.columns(rows, right=(2, 3, 4)))
    if chosen:
        print(f"\n{explanation(chosen, layers)}")
    print(f"\n{known.note}")
    return 0


def _classes(known: Known, *, json: bool) -> int:
    """Print the classes of a network by number and name."""
    if known.classes is None:
        what, advice = selection.no_classifier(known.name)
        raise SelectionError(f"{what}.", advice)
    numbers = range(known.classes.count)
    names = [known.classes.name(number) for number in numbers]
    if json:
        print(encoding.dumps({"network": known.name, "classes": names}, indent=2))
        return 0
    print(f"{known.name} tells {plural(len(names), 'class', 'classes')} apart by the mean over {known.classes.layer}.")
    print(messages.columns([(str(number), name) for number, name in enumerate(names)], right=(0,)))
    if quoted := [typed for number in numbers if (typed := known.classes.typed(number)).startswith('"')]:
        print(f"\nNames with a comma or another sign of the grammar are typed in quotes: class:{quoted[0]}")
    return 0


def explanation(chosen: Mapping[str, Sequence[Choice]], table: tuple[Layer, ...]) -> str:
    """The objective, and the part of the network that it needs."""
    needed = truncate(table, set(chosen))
    return (
        f"The objective is the mean over {plural(len(chosen), 'layer')} of weight times the layer's "
        f"value, as --objective defines it.\n"
        f"It is computed up to {needed[-1].name}: {len(needed)} of {plural(len(table), 'layer')}."
    )


def _here() -> str:
    """The network that `dream` would use without a download."""
    from deepdream.network.weights import lookup

    return next(state.network for state in lookup.states() if state.status == "verified")


def _row(layer: Layer, size: Size | None, chosen: Mapping[str, Sequence[Choice]]) -> tuple[str, ...]:
    """One row of the table; its last cell shows how the layer is selected."""
    seen = str(layer.receptive_field or "not known")
    cells = (layer.name, layer.kind, str(layer.channels), str(layer.stride), seen)
    shape = " x ".join(str(n) for n in _shape(layer, size))
    return (*cells, shape, _meaning(chosen.get(layer.name, ()))) if chosen else (*cells, shape)


def _shape(layer: Layer, size: Size | None) -> tuple[int | str, ...]:
    """Rows, columns and channels: numbers for a given size, else in terms of the picture's size."""
    if size is not None:
        return (*layer.positions(*size), layer.channels)
    part = f"/{layer.stride}" if layer.stride > 1 else ""
    return (f"height{part}", f"width{part}", layer.channels)


def _meaning(choices: Sequence[Choice]) -> str:
    """How a layer is selected, in words."""
    return "; ".join(f"weight {choice.weight:g}, {_which(choice)}" for choice in choices)


def _which(choice: Choice) -> str:
    """What of a layer is chosen."""
    if choice.computed is not None:
        return f"{choice.computed.kind} {', '.join(choice.computed.arguments)}"
    return "all channels" if choice.channels is None else f"channels {_ranges(choice.channels)}"


def _ranges(numbers: tuple[int, ...]) -> str:
    """Sorted numbers the way one types them: 12+87+200-210."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "+".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _record(layer: Layer, size: Size | None, chosen: Mapping[str, Sequence[Choice]]) -> dict[str, Any]:
    """One layer for --json; its channels, or the first of its targets."""
    choice = next(iter(chosen.get(layer.name, ())), None)
    return {
        "name": layer.name,
        "kind": layer.kind,
        "channels": layer.channels,
        "stride": layer.stride,
        "receptive_field": layer.receptive_field or None,
        "shape": list(_shape(layer, size)) if size else None,
        "chosen": None if choice is None else _chosen(choice),
    }


def _chosen(choice: Choice) -> dict[str, Any]:
    target = {} if choice.computed is None else {"target": str(choice.computed)}
    return {"weight": choice.weight, "channels": choice.channels, **target}
