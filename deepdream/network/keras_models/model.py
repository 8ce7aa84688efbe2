"""A network that Keras computes: its table of layers, and their activations.

of(model, shown) -> KerasNetwork     a functional or sequential model with one input [N, H, W, channels]

Everything runs in inference mode: batch normalisation uses its learned statistics, so that pictures in a batch are
independent, and dropout is off.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from deepdream.errors import WeightsError, plural
from deepdream.network import preprocessing, sizes
from deepdream.network.classifier import Classifier
from deepdream.network.keras_models import graph, heads
from deepdream.network.keras_models.graph import Visit
from deepdream.network.keras_models.receptive_field import START, Reach, reach
from deepdream.network.layers import Layer
from deepdream.network.network import Forward, Response
from deepdream.network.sizes import Measure
from deepdream.runtime import tf
from deepdream.settings import INPUTS
from deepdream.settings.targets import Classes

keras = tf.keras

UNLISTED = {
    "ZeroPadding2D", "Cropping2D", "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "Identity",
}  # fmt: skip
"""Layers without activations of their own, not in the table."""

KINDS = {
    "MaxPooling2D": "pool", "AveragePooling2D": "pool", "BatchNormalization": "norm", "Activation": "activation",
    "Concatenate": "concat",
}  # fmt: skip
"""A layer's kind in the table; convolutions of any kind are "conv", all others Keras's name in lower case."""

LINEAR = {"BatchNormalization", "Add", "Subtract", "Average", "Concatenate", "Rescaling", "AveragePooling2D"}
"""Linear layers: their gradient with respect to their input needs no activations."""

ClassNames = tuple[tuple[str, ...], str]
"""Names of the classes, empty if they have only numbers, and the sha256 of the file that they were read from."""


@dataclass(frozen=True, eq=False)
class KerasNetwork:
    """A network that Keras computes, on whole pictures; see `network.Network`."""

    name: str
    path: Path
    digest: str
    input_note: str
    table: tuple[Layer, ...]
    flat: tuple[str, ...]
    nbytes: int
    shown: str
    _preprocess: Callable[[tf.Tensor], tf.Tensor] = field(repr=False)
    _input: Any = field(repr=False)
    _visits: Mapping[str, Visit] = field(repr=False)
    _model: Any = field(repr=False)
    _names: ClassNames = ((), "")

    cuts: ClassVar[bool] = False
    algorithms: ClassVar[tuple[str, ...]] = ("direct",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    software: ClassVar[Mapping[str, str]] = {"keras": keras.__version__}
    note: ClassVar[str] = ""
    blocks: ClassVar[tuple[int, ...]] = ()
    usual: ClassVar[Mapping[str, np.ndarray]] = {}

    @cached_property
    def classifier(self) -> Classifier | None:
        """See `network.Network`; found when it is first needed, since most dreams need none."""
        head = self._head
        if head is None:
            return None
        row = heads.row(head, self._input, self.table)
        names, digest = self._names
        if names and len(names) != row.channels:
            raise WeightsError(
                f"{self.path} tells {plural(row.channels, 'class', 'classes')} apart, and is given "
                f"{plural(len(names), 'name')} for them."
            )
        bias = np.zeros(row.channels, np.float32)  # is in the layer's own
        return Classifier(Classes(row.name, row.channels, names), row, None, bias, digest)

    @cached_property
    def _head(self) -> Visit | None:
        return heads.head(self._model, self._input)

    def _visit(self, name: str) -> Visit:
        """The call of a layer of the table, or of the classes' layer."""
        of_classes = all(layer.name != name for layer in self.table)
        if of_classes and self._head is not None and self._head.name == name:
            return self._head  # in place of the model's own call of that name
        return self._visits[name]

    def activations(self, names: tuple[str, ...], *, space: str = "network") -> Forward:
        """See `network.Network`."""
        seen = keras.Model(self._input, {name: self._visit(name).result for name in names})
        return lambda images: {name: tf.cast(x, tf.float32) for name, x in self._call(seen, images, space).items()}

    def response(self, name: str, *, precision: str = "float32") -> Response:
        """See `network.Network`."""
        assert precision == "float32", precision  # checked with the request
        origins = {id(visit.result): visit for visit in self._visits.values()}
        seen = keras.Model(self._input, {name: _before_relu(self._visit(name), origins)})

        def response(images: tf.Tensor, channels: tf.Tensor | None = None) -> tf.Tensor:
            found = tf.cast(self._call(seen, images, "network")[name], tf.float32)
            return found if channels is None else tf.gather(found, channels, axis=-1)

        return response

    def _call(self, seen: Any, images: tf.Tensor, space: str) -> dict[str, tf.Tensor]:
        shown = preprocessing.plain(images, space) if space != "network" else self._preprocess(images)
        return seen(preprocessing.spread(shown, self._input.shape[-1]), training=False)


def of(
    model: Any,
    shown: str,
    preprocess: Callable[[tf.Tensor], tf.Tensor] | None = None,
    *,
    recount: bool = False,
    names: ClassNames = ((), ""),
    name: str = "",
    path: Path = Path(),
    digest: str = "",
    input_note: str = "",
) -> KerasNetwork:
    """A Keras model as a network.

    Args:
        model: functional or sequential, with one input [N, H, W, channels]; see `preprocessing.spread`.
        shown: the model's input range: "raw", "bytes" or "signed" (see `preprocessing`), or a name for `preprocess`.
        preprocess: from images, RGB 0..1, to the model's input; derived from `shown` if None.
        recount: renumber the names that Keras generated, as if this model were the first of the process; for models
            built here.
        names: of its classes, and the sha256 of the file that they were read from.
        name: of the network; the model's own if "".
        path: the file it was loaded from.
        digest: sha256 of that file, hex.
        input_note: see `network.Network`.
    """
    channels = model.inputs[0].shape[-1]
    source = keras.Input((None, None, channels))
    visits = graph.walk(model, source, lambda operation, *given, **named: operation(*given, **named))
    called = _recounted(visits) if recount else {visit.name: visit.name for visit in visits}
    measure = _measure(model)
    reaches = {visit.name: visit.result for visit in graph.walk(model, START, reach)}
    rows = (_layer(called[visit.name], visit, reaches.get(visit.name), measure) for visit in _listed(visits))
    return KerasNetwork(
        name=name or model.name,
        path=path,
        digest=digest,
        input_note=input_note,
        table=tuple(row for row in rows if row is not None),
        flat=tuple(layer.name for layer in model.layers if _is_flat(layer)),
        nbytes=sum(weight.numpy().nbytes for weight in model.weights),
        shown=shown if shown in INPUTS else "network",
        _preprocess=preprocess or (lambda images: preprocessing.plain(images, shown)),
        _input=source,
        _visits={called[visit.name]: visit for visit in visits},
        _model=model,
        _names=names,
    )


def _is_flat(layer: Any) -> bool:
    """Whether a layer's only output has no rows and columns: [N, channels], as a classifier's."""
    shape = getattr(getattr(layer, "output", None), "shape", None)  # a layer without input has no output yet
    return shape is not None and len(shape) < 3


def _listed(visits: Sequence[Visit]) -> list[Visit]:
    """The calls in the table: results with rows, columns and channels, from the first convolution on."""
    convolved, found = False, []
    for visit in visits:
        convolved = convolved or hasattr(visit.operation, "kernel") or hasattr(visit.operation, "depthwise_kernel")
        shape = getattr(visit.result, "shape", None)
        if convolved and shape is not None and len(shape) == 4 and type(visit.operation).__name__ not in UNLISTED:
            found.append(visit)
    return found


def _measure(model: Any) -> Measure:
    """A function that asks Keras for the layers' output shapes, without computing anything."""

    @lru_cache(maxsize=256)
    def measure(height: int, width: int) -> Mapping[str, tuple[int, int]]:
        picture = keras.KerasTensor((1, height, width, model.inputs[0].shape[-1]))
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
    """One row of the table; None for a layer whose size does not depend on the picture's."""
    stride = sizes.stride(visit.name, measure)
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
        smallest=sizes.smallest(visit.name, measure),
        kept=kind not in LINEAR and not (taps and operation.activation is keras.activations.linear),
        counted=not graph.own_name(operation),
        measured=lambda height, width: measure(height, width).get(visit.name, (0, 0)),
    )


def _taps(operation: Any) -> tuple[int, int]:
    """A convolution's weights per pair of channels, and its input channels; (0, 0) for other layers."""
    kernel = getattr(operation, "kernel", None)
    if kernel is None:
        kernel = getattr(operation, "pointwise_kernel", None)
    if kernel is not None and len(kernel.shape) == 4:
        return int(kernel.shape[0] * kernel.shape[1]), int(kernel.shape[2])
    depthwise = getattr(operation, "depthwise_kernel", None)
    return (int(depthwise.shape[0] * depthwise.shape[1]), 1) if depthwise is not None else (0, 0)


def _before_relu(visit: Visit, origins: Mapping[int, Visit]) -> Any:
    """The input of a layer's ReLU; the layer's own result if it has none.

    ReLU commutes with concatenation and max pooling, so these are followed back to the ReLUs before them.
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
    result = bare(*given, **named)
    bare.set_weights(operation.get_weights())
    return result


def _recounted(visits: Sequence[Visit]) -> dict[str, str]:
    """Names with Keras's generated numbers restarted: conv2d_94 becomes conv2d if it is the first."""
    counted: dict[str, list[Visit]] = {}
    for visit in visits:
        if not graph.own_name(visit.operation):
            counted.setdefault(re.sub(r"_\d+$", "", visit.name), []).append(visit)
    names = {visit.name: visit.name for visit in visits}
    for base, counts in counted.items():
        ordered = sorted(counts, key=lambda visit: int(visit.name.removeprefix(base).lstrip("_") or 0))
        names |= {visit.name: f"{base}_{number}" if number else base for number, visit in enumerate(ordered)}
    return names
