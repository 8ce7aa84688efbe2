"""A walk over the graph of a Keras model: every layer in it, for pictures of any size.

walk(model, start, call) -> (Visit, ...)     layer by layer; `call` is applied to each

One walk serves three purposes: to call the layers again on an input without a fixed size, to compute their output
shapes, and to accumulate receptive fields. Nested models are walked too; their layers are named "inner.layer". A layer
whose call raises is skipped, and so is everything after it: a classifier of fixed size at the end does not prevent
dreaming on the layers before it.

A functional model's `get_config()` lists its calls, with the names of earlier calls as arguments, and its `operations`
are the layers; nothing private is needed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deepdream.network.layers import typable
from deepdream.runtime import tf

keras = tf.keras

Call = Callable[..., Any]
"""(Keras operation, its arguments, with the walk's values in place of tensors) -> the value of its result."""


@dataclass(frozen=True, eq=False)
class Visit:
    """One call of a layer.

    Attributes:
        name: of the layer, unique in the model.
        operation: Keras's layer or operation.
        arguments: what it was called with.
        result: what the call returned.
    """

    name: str
    operation: Any
    arguments: tuple[tuple[Any, ...], dict[str, Any]]
    result: Any


def walk(model: Any, start: Any, call: Call) -> tuple[Visit, ...]:
    """Every call that succeeds, in topological order.

    Args:
        model: functional or sequential, with one input.
        start: the value of the input.
        call: see `Call`; if it raises, the layer is skipped.
    """
    visits: list[Visit] = []
    _walk(model, start, call, "", visits)
    return tuple(visits)


def is_walkable(model: Any) -> bool:
    """Whether a model is a graph of layers rather than custom code."""
    return isinstance(model, (keras.Sequential, keras.Function))


def own_name(operation: Any) -> bool:
    """Whether a layer has an explicit name ("mixed3") rather than one that Keras generated ("conv2d_17")."""
    return re.sub(r"_\d+$", "", operation.name).replace("_", "") != type(operation).__name__.lower()


def _walk(model: Any, start: Any, call: Call, prefix: str, visits: list[Visit]) -> Any:
    """Walk a model; returns the value of its output, None if that can't be reached."""
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
"""Where a tensor of a model comes from: (layer name, index of the call, index of the result)."""


def _origins(given: Any) -> Iterator[Origin]:
    """The origins of the tensors among a call's arguments in a model's configuration."""
    if _is_tensor(given):
        yield tuple(given["config"]["keras_history"])
    elif isinstance(given, (dict, list, tuple)):
        for item in given.values() if isinstance(given, dict) else given:
            yield from _origins(item)


def _filled(given: Any, known: Mapping[Origin, Any]) -> Any:
    """A call's arguments with the walk's values in place of tensors, and the rest deserialised by Keras."""
    if _is_tensor(given):
        return known[tuple(given["config"]["keras_history"])]
    if isinstance(given, (list, tuple)):
        return type(given)(_filled(item, known) for item in given)
    if not isinstance(given, dict):
        return given
    if "class_name" in given:  # such as a slice
        return keras.utils.deserialize_keras_object(given)
    return {name: _filled(item, known) for name, item in given.items()}


def _is_tensor(given: Any) -> bool:
    return isinstance(given, dict) and given.get("class_name") == "__keras_tensor__"


def _triples(given: Any) -> Iterator[Origin]:
    """The origins in a configuration's list of outputs, which is not nested if there is only one."""
    if isinstance(given, (list, tuple)) and isinstance(given[0], str):
        yield given[0], given[1], given[2]
    else:
        for item in given.values() if isinstance(given, dict) else given:
            yield from _triples(item)


def _visit(
    operation: Any, arguments: tuple[Any, ...], named: dict[str, Any], call: Call, prefix: str, visits: list[Visit]
) -> Any:
    """Call one operation, or walk it if it is itself a model."""
    if isinstance(operation, keras.layers.InputLayer):
        return arguments[0]
    if is_walkable(operation) and len(operation.inputs) == 1:
        return _walk(operation, arguments[0], call, f"{prefix}{operation.name}.", visits)
    try:
        result = call(operation, *arguments, **named)
    except Exception:  # a layer may raise anything if it can't be called like this
        return None
    taken = {visit.name for visit in visits}
    name = typable(f"{prefix}{operation.name}")
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
