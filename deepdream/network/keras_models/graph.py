"""The graph of a Keras model, walked: every layer inside it, on pictures of any size.

walk(model, start, call) -> (Visit, ...)     layer after layer; `call` says what is done at each

The same walk serves three ends: to call the layers again on an input of no fixed size, to ask them for the shapes they
would give, and to add up what their positions see. Models inside the model are walked, too; their layers are named
"inner.layer". A layer that can't do what is asked is left out, and so is what follows it: a classifier of fixed size at
the end does not keep the layers before it from being dreamt on.

Keras has no public way to go through a model's calls one by one; `_nodes_by_depth` and `arguments.fill_in` are what its
own functional models use (Keras 3.10 to 3.15).
"""

import re
from collections.abc import Callable
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
    return isinstance(model, keras.Sequential) or hasattr(model, "_nodes_by_depth")


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
    known = {id(model.inputs[0]): start}
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            if node.is_input or any(id(tensor) not in known for tensor in node.input_tensors):
                continue
            arguments, named = node.arguments.fill_in(known)
            result = _visit(node.operation, arguments, named, call, prefix, visits)
            if result is not None:
                for tensor, value in zip(node.outputs, keras.tree.flatten(result), strict=False):
                    known[id(tensor)] = value
    return known.get(id(model.outputs[0]))


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
