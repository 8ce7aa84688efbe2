"""A network that Keras computes: its table of layers, and their activations.

of(model, shown) -> KerasNetwork     a functional or sequential model with one input [N, H, W, 3]

Everything is in inference mode: batch normalisation uses the statistics that it has learned, so that no picture
depends on another one beside it, and nothing is dropped out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from deepdream.network import preprocessing
from deepdream.network.keras_models import graph
from deepdream.network.keras_models.graph import Visit
from deepdream.network.keras_models.receptive_field import START, Reach, reach
from deepdream.network.layers import Layer
from deepdream.network.network import Activations, Response
from deepdream.runtime import tf
from deepdream.settings import INPUTS

keras = tf.keras

SILENT = {
    "ZeroPadding2D", "Cropping2D", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "Identity",
}  # fmt: skip
"""Layers that answer nothing of their own and are in no table."""

KINDS = {
    "MaxPooling2D": "pool", "AveragePooling2D": "pool", "BatchNormalization": "norm", "Activation": "activation",
    "Concatenate": "concat",
}  # fmt: skip
"""What a table calls a layer; other kinds of convolution are "conv", others as in Keras, in small letters."""

LINEAR = {"BatchNormalization", "Add", "Subtract", "Average", "Concatenate", "Rescaling", "AveragePooling2D"}
"""Layers whose gradient with respect to what they are shown needs no answer of any layer."""

APART = 20160
"""Pixels between the two pictures whose positions are compared: every stride up to 10 divides it, and most others."""

PROBED, LARGEST_PROBED = 4096, 1024
"""Side of the first of those, and of the largest picture that a layer may need at least."""


@dataclass(frozen=True, eq=False)
class KerasNetwork:
    """A network that Keras computes, on whole pictures; see `network.Network`."""

    name: str
    path: Path
    digest: str
    note: str
    table: tuple[Layer, ...]
    nbytes: int
    shown: str
    _preprocess: Callable[[tf.Tensor], tf.Tensor] = field(repr=False)
    _input: Any = field(repr=False)
    _visits: Mapping[str, Visit] = field(repr=False)

    cuts: ClassVar[bool] = False

    def activations(self, names: tuple[str, ...], *, space: str = "network") -> Activations:
        """See `network.Network`."""
        seen = keras.Model(self._input, {name: self._visits[name].result for name in names})
        return lambda images: {name: tf.cast(x, tf.float32) for name, x in self._call(seen, images, space).items()}

    def response(self, name: str) -> Response:
        """See `network.Network`."""
        origins = {id(visit.result): visit for visit in self._visits.values()}
        seen = keras.Model(self._input, {name: _before_relu(self._visits[name], origins)})

        def response(images: tf.Tensor, channels: tf.Tensor | None = None) -> tf.Tensor:
            found = tf.cast(self._call(seen, images, "network")[name], tf.float32)
            return found if channels is None else tf.gather(found, channels, axis=-1)

        return response

    def _call(self, seen: Any, images: tf.Tensor, space: str) -> dict[str, tf.Tensor]:
        shown = preprocessing.plain(images, space) if space != "network" else self._preprocess(images)
        return seen(shown, training=False)


def of(
    model: Any,
    shown: str,
    preprocess: Callable[[tf.Tensor], tf.Tensor] | None = None,
    *,
    recount: bool = False,
    name: str = "",
    path: Path = Path(),
    digest: str = "",
    note: str = "",
) -> KerasNetwork:
    """A Keras model as a network.

    Args:
        model: functional or sequential, with one input [N, H, W, 3].
        shown: what the model is made for: "raw", "bytes" or "signed" (see `preprocessing`), or else the name of what
            `preprocess` does.
        preprocess: from images, RGB 0..1, to what the model is shown; made of `shown` when None.
        recount: number layers that Keras named by counting anew from the first, as in a program that built this model
            only; for models that are built here.
        name: of the network; the model's own when "".
        path: the file that it is from.
        digest: sha256 of that file, hex.
        note: see `network.Network`.
    """
    source = keras.Input((None, None, 3))
    visits = graph.walk(model, source, lambda operation, *given, **named: operation(*given, **named))
    names = _recounted(visits) if recount else {visit.name: visit.name for visit in visits}
    measure = _measure(model)
    reaches = {visit.name: visit.result for visit in graph.walk(model, START, reach)}
    rows = (_layer(names[visit.name], visit, reaches.get(visit.name), measure) for visit in _listed(visits))
    return KerasNetwork(
        name=name or model.name,
        path=path,
        digest=digest,
        note=note,
        table=tuple(row for row in rows if row is not None),
        nbytes=sum(weight.numpy().nbytes for weight in model.weights),
        shown=shown if shown in INPUTS else "network",
        _preprocess=preprocess or (lambda images: preprocessing.plain(images, shown)),
        _input=source,
        _visits={names[visit.name]: visit for visit in visits},
    )


def _listed(visits: Sequence[Visit]) -> list[Visit]:
    """The calls that a table lists: answers in rows, columns and channels, from the first that learned something on."""
    seeing, found = False, []
    for visit in visits:
        seeing = seeing or hasattr(visit.operation, "kernel") or hasattr(visit.operation, "depthwise_kernel")
        shape = getattr(visit.result, "shape", None)
        if seeing and shape is not None and len(shape) == 4 and type(visit.operation).__name__ not in SILENT:
            found.append(visit)
    return found


Measure = Callable[[int, int], Mapping[str, tuple[int, int]]]
"""A picture's height and width -> rows and columns of each layer that has any, by the name in the walk."""


def _measure(model: Any) -> Measure:
    """What asks Keras for the shapes that the layers would give; nothing is computed."""

    @lru_cache(maxsize=256)
    def measure(height: int, width: int) -> Mapping[str, tuple[int, int]]:
        picture = keras.KerasTensor((1, height, width, 3))
        visits = graph.walk(
            model, picture, lambda operation, *given, **named: operation.compute_output_spec(*given, **named)
        )
        shapes = {visit.name: visit.result.shape for visit in visits if hasattr(visit.result, "shape")}
        return {
            name: (shape[1], shape[2])
            for name, shape in shapes.items()
            if len(shape) == 4 and None not in shape and min(shape[1], shape[2]) > 0
        }

    return measure


def _layer(name: str, visit: Visit, seen: Reach | None, measure: Measure) -> Layer | None:
    """One row of the table; None for a layer that does not follow the picture's size."""
    stride = _stride(visit.name, measure)
    if stride is None:
        return None
    operation, channels = visit.operation, int(visit.result.shape[-1])
    taps, inputs = _taps(operation)
    kind = type(operation).__name__
    return Layer(
        name=name,
        kind="conv" if taps else KINDS.get(kind, kind.lower()),
        inputs=inputs or channels,
        channels=channels,
        stride=stride,
        receptive_field=max(seen.seen) if seen is not None and seen.seen is not None else 0,
        taps=taps,
        smallest=_smallest(visit.name, measure),
        kept=kind not in LINEAR and not (taps and operation.activation is keras.activations.linear),
        counted=not graph.own_name(operation),
        measured=lambda height, width: measure(height, width).get(visit.name, (0, 0)),
    )


def _stride(name: str, measure: Measure) -> int | None:
    """Pixels between positions, from the positions of two pictures; the larger of rows and columns."""
    first, second = (measure(side, side).get(name) for side in (PROBED, PROBED + APART))
    if first is None or second is None or min(b - a for a, b in zip(first, second, strict=True)) <= 0:
        return None
    return max(max(1, round(APART / (b - a))) for a, b in zip(first, second, strict=True))


def _smallest(name: str, measure: Measure) -> int:
    """The smallest side of a square that the layer has a position for."""
    low, high = 0, LARGEST_PROBED
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if name in measure(middle, middle) else (middle, high)
    return high


def _taps(operation: Any) -> tuple[int, int]:
    """Weights of a convolution between one channel and another, and channels before it; 0 and 0 for other layers."""
    kernel = getattr(operation, "kernel", None)
    if kernel is None:
        kernel = getattr(operation, "pointwise_kernel", None)
    if kernel is not None and len(kernel.shape) == 4:
        return int(kernel.shape[0] * kernel.shape[1]), int(kernel.shape[2])
    depthwise = getattr(operation, "depthwise_kernel", None)
    return (int(depthwise.shape[0] * depthwise.shape[1]), 1) if depthwise is not None else (0, 0)


def _before_relu(visit: Visit, origins: Mapping[int, Visit]) -> Any:
    """The tensor that a layer's ReLU receives; the layer's own where it has none.

    A ReLU can be exchanged with what only joins channels or takes maxima: those are followed to the ReLUs before them.
    """
    operation, (given, named) = visit.operation, visit.arguments
    kind = type(operation).__name__
    if kind in ("Concatenate", "MaxPooling2D"):
        earlier = [origins.get(id(tensor)) for tensor in keras.tree.flatten(given[0])]
        found = [
            tensor if origin is None else _before_relu(origin, origins)
            for tensor, origin in zip(keras.tree.flatten(given[0]), earlier, strict=True)
        ]
        return operation(found if kind == "Concatenate" else found[0])
    is_relu = getattr(operation, "activation", None) is keras.activations.relu
    if (kind == "ReLU" or (kind == "Activation" and is_relu)) and given and len(given[0].shape) == 4:
        return given[0]
    if not is_relu:
        return visit.result
    bare = type(operation).from_config({**operation.get_config(), "activation": None})
    answer = bare(*given, **named)
    bare.set_weights(operation.get_weights())
    return answer


def _recounted(visits: Sequence[Visit]) -> dict[str, str]:
    """Names with Keras's own counts begun anew: conv2d_94 is conv2d where that is the first."""
    counted: dict[str, list[Visit]] = {}
    for visit in visits:
        if not graph.own_name(visit.operation):
            counted.setdefault(re.sub(r"_\d+$", "", visit.name), []).append(visit)
    names = {visit.name: visit.name for visit in visits}
    for base, counts in counted.items():
        ordered = sorted(counts, key=lambda visit: int(visit.name.removeprefix(base).lstrip("_") or 0))
        names |= {visit.name: f"{base}_{number}" if number else base for number, visit in enumerate(ordered)}
    return names
