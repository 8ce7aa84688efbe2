"""The classifier at a Keras model's end, computed at every position of a picture of any size, before its softmax.

head(model, source) -> Visit or None          its result is the classes' scores, [N, rows, columns, classes]
row(head, source, table) -> Layer             what a selection needs to know of it

A mean over the whole picture stays one, and has one position. A Dense after a Flatten was made for one size of map;
here it is the convolution that it equals at that size, moved over larger maps (Long, Shelhamer and Darrell 2015,
arXiv:1411.4038; follows). Every further Dense works on each position by itself. So the score of a picture of the
model's own size is the model's own.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from deepdream.network.keras_models import graph
from deepdream.network.keras_models.graph import Visit
from deepdream.network.layers import Layer
from deepdream.runtime import tf

keras = tf.keras

SQUASHING = ("Softmax", "Activation")
"""Layers that turn scores into shares."""

LARGEST = 2048
"""Largest picture considered for the smallest one that a classifier takes, in pixels a side."""


def head(model: Any, source: Any) -> Visit | None:
    """The classifier of a model.

    Args:
        model: functional or sequential.
        source: the input to call it on, of any height and width.

    Returns: the call that gives the scores; None if the model does not end in them, or can't be computed at any size.
    """
    last = _last(model)
    if last is None or len(model.outputs) != 1 or len(model.outputs[0].shape) != 2:
        return None
    visits = [visit for visit in graph.walk(model, source, _everywhere(last)) if visit.operation is last]
    if not visits or len(visits[-1].result.shape) != 4:
        return None
    return visits[-1]


def _last(model: Any) -> Any:
    """The Dense that gives the scores; None if a model does not end in one."""
    layers = [layer for layer in model.layers if type(layer).__name__ not in SQUASHING]
    if not layers:
        return None
    if graph.is_walkable(layers[-1]):
        return _last(layers[-1])
    return layers[-1] if isinstance(layers[-1], keras.layers.Dense) else None


def row(head: Visit, source: Any, table: tuple[Layer, ...]) -> Layer:
    """The classifier as a layer.

    Args:
        head: from `head`.
        source: the input that it was called on.
        table: the model's layers.
    """
    whole = keras.Model(source, head.result)

    @lru_cache(maxsize=256)
    def positions(height: int, width: int) -> tuple[int, int]:
        try:
            shape = whole.compute_output_spec(keras.KerasTensor((1, height, width, source.shape[-1]))).shape
        except ValueError:  # the map is smaller than the classifier's kernel
            return 0, 0
        return shape[1], shape[2]

    least = max(layer.min_size for layer in table)
    low, high = least - 1, LARGEST
    if min(positions(least, least)) > 0:
        low, high = least - 1, least
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if min(positions(middle, middle)) > 0 else (middle, high)
    return Layer(
        name=head.name,
        kind="classes",
        inputs=int(head.arguments[0][0].shape[-1]),
        channels=int(head.result.shape[-1]),
        stride=table[-1].stride,
        receptive_field=0,
        taps=1,
        smallest=high,
        kept=False,
        measured=positions,
    )


def _everywhere(last: Any) -> Callable[..., Any]:
    """A call, for `graph.walk`, that keeps rows and columns where the model drops them, and leaves the last Dense
    without its activation.
    """
    flat: dict[int, tuple[int, ...]] = {}  # results that the model flattens -> rows, columns, channels of its own
    kept: list[Any] = []  # these results, so that no other tensor gets the id of one

    def call(operation: Any, *given: Any, **named: Any) -> Any:
        kind, shape = type(operation).__name__, flat.get(id(given[0]) if given else 0)
        if kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D"):
            pooled = keras.ops.mean if kind == "GlobalAveragePooling2D" else keras.ops.max
            return pooled(given[0], axis=(1, 2), keepdims=True)
        if isinstance(operation, keras.layers.Dense):
            activation = None if operation is last else operation.activation
            return _everywhere_dense(operation, given[0].shape[-1], shape, activation)(given[0])
        if kind == "Flatten":
            result, shape = keras.ops.multiply(given[0], 1.0), tuple(int(side) for side in operation.input.shape[1:])
        else:
            result = _called(operation, *given, **named)
        if shape is not None:
            flat[id(result)] = shape
            kept.append(result)
        return result

    return call


def _called(operation: Any, *given: Any, **named: Any) -> Any:
    """The result of a layer; if it was built for features without rows and columns, as batch normalisation is, that of
    its like for maps.
    """
    try:
        return operation(*given, **named)
    except ValueError:
        like = type(operation).from_config(operation.get_config())
        result = like(*given, **named)
        like.set_weights(operation.get_weights())
        return result


def _everywhere_dense(dense: Any, channels: int, shape: tuple[int, ...] | None, activation: Any) -> Any:
    """A Dense as a layer of maps: of each position, or the convolution that it equals on a flattened map."""
    made: Any
    kernel, *bias = dense.get_weights()
    if shape is None:
        made = keras.layers.Dense(dense.units, activation=activation, use_bias=dense.use_bias)
    else:
        made = keras.layers.Conv2D(dense.units, shape[:2], activation=activation, use_bias=dense.use_bias)
        kernel = kernel.reshape(*shape, dense.units)
    made.build((None, None, None, channels))
    made.set_weights([kernel, *bias])
    return made
