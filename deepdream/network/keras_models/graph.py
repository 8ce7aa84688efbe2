"""The graph of a Keras model, walked: every layer inside it, on pictures of any size.

walk(model, start, call) -> (Visit, ...)     layer after layer; `call` says what is done at each

The same walk serves three ends: to call the layers again on an input of no fixed size, to ask them for the shapes they
would give, and to add up what their positions see. Models inside the model are walked, too; their layers are named
"inner.layer". A layer that can't do what is asked is left out, and so is what follows it: a classifier of fixed size at
the end does not keep the layers before it from being dreamt on.

A functional model's `get_config()` lists its calls, with what each is given as the names of earlier calls, and its
`operations` are the layers; of anything private nothing is needed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deepdream.runtime import tf

keras = tf.keras

Call = Callable[..., Any]
"""From an operation of Keras and its arguments, in place of tensors what the walk carries, to what it carries on."""


@dataclass(frozen=True, eq=False)
class Visit:
    """One call of a layer.

    Attributes:
        name: of the layer, unique in the model.
        operation: Keras's layer or operation.
        arguments: what it was called with.
        result: what came of it.
    """

    name: str
    operation: Any
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    result: Any


def walk(model: Any, start: Any, call: Call) -> tuple[Visit, ...]:
    """Every call that can be made, in an order in which each comes after what it needs.

    Args:
        model: functional or sequential, with one input.
        start: what stands for the input.
        call: see `Call`; where it raises, the layer is left out.
    """
    visits: list[Visit] = []
    _walk(model, start, call, "", visits)
    return tuple(visits)


def is_walkable(model: Any) -> bool:
    """Whether a model is built of layers one after another, and not by code of its own."""
    return isinstance(model, (keras.Sequential, keras.Function))


def own_name(operation: Any) -> bool:
    """Whether someone gave a layer its name, and not Keras by counting: "mixed3", and not "conv2d_17"."""
    return re.sub(r"_\d+$", "", operation.name).replace("_", "") != type(operation).__name__.lower()


def _walk(model: Any, start: Any, call: Call, prefix: str, visits: list[Visit]) -> Any:
    """Walk a model; returns what comes out of it, None where that can't be reached."""
    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            start = _visit(layer, (start,), {}, call, prefix, visits)
            if start is None:
                return None
        return start
    config = model.get_config()
    operations = {operation.name: operation for operation in model.operations}
    known: dict[Origin, Any] = {
        (entry["name"], 0, 0): start for entry in config["layers"] if not entry["inbound_nodes"]
    }
    waiting = [
        (entry["name"], number, node)
        for entry in config["layers"]
        for number, node in enumerate(entry["inbound_nodes"])
    ]
    progress = True
    while progress:
        later = []
        for name, number, node in waiting:
            if not all(origin in known for origin in _origins(node)):
                later.append((name, number, node))
                continue
            arguments, named = _filled(node["args"], known), _filled(node["kwargs"], known)
            result = _visit(operations[name], arguments, named, call, prefix, visits)
            if result is not None:
                values = enumerate(keras.tree.flatten(result))
                known |= {(name, number, index): value for index, value in values}
        progress, waiting = len(later) < len(waiting), later
    return known.get(next(_triples(config["output_layers"])))


Origin = tuple[str, int, int]
"""Where a tensor of a model comes from: a layer's name, which of its calls, which of that call's results."""


def _origins(given: Any) -> Iterator[Origin]:
    """The tensors among a call's arguments, as a model's configuration has them."""
    if _is_tensor(given):
        yield tuple(given["config"]["keras_history"])
    elif isinstance(given, (dict, list, tuple)):
        for part in given.values() if isinstance(given, dict) else given:
            yield from _origins(part)


def _filled(given: Any, known: Mapping[Origin, Any]) -> Any:
    """A call's arguments with the tensors in their places, and all else as Keras reads it from a configuration."""
    if _is_tensor(given):
        return known[tuple(given["config"]["keras_history"])]
    if isinstance(given, (list, tuple)):
        return type(given)(_filled(part, known) for part in given)
    if not isinstance(given, dict):
        return given
    if "class_name" in given:  # such as a slice
        return keras.utils.deserialize_keras_object(given)
    return {name: _filled(part, known) for name, part in given.items()}


def _is_tensor(given: Any) -> bool:
    return isinstance(given, dict) and given.get("class_name") == "__keras_tensor__"


def _triples(given: Any) -> Iterator[Origin]:
    """The origins in a configuration's list of outputs, which for one is not nested."""
    if isinstance(given, (list, tuple)) and isinstance(given[0], str):
        yield given[0], given[1], given[2]
    else:
        for part in given.values() if isinstance(given, dict) else given:
            yield from _triples(part)


def _visit(
    operation: Any, arguments: tuple[Any, ...], named: dict[str, Any], call: Call, prefix: str, visits: list[Visit]
) -> Any:
    """Call one operation, or walk it where it is a model itself."""
    if isinstance(operation, keras.layers.InputLayer):
        return arguments[0]
    if is_walkable(operation) and len(operation.inputs) == 1:
        return _walk(operation, arguments[0], call, f"{prefix}{operation.name}.", visits)
    try:
        result = call(operation, *arguments, **named)
    except Exception:  # whatever a layer of any kind raises where it can't be called like this
        return None
    taken = {visit.name for visit in visits}
    name = _typable(f"{prefix}{operation.name}")
    copies = (f"{name}.{number}" for number in range(2, len(visits) + 3))
    visits.append(
        Visit(
            name if name not in taken else next(n for n in copies if n not in taken),
            operation,
            (arguments, named),
            result,
        )
    )
    return result


def _typable(name: str) -> str:
    """A layer's name without the signs that mean something in a selection."""
    return re.sub(r"[\s:=,/;*?]", "_", name)
