"""A network from a SavedModel, which holds no layers, only operations.

load(path, threads) -> SavedModel       path: its saved_model.pb; the variables lie beside it

The operations of one layer share a scope, "resnet/conv1/Conv2D" and "resnet/conv1/BiasAdd", so a scope is a layer, and
its last operation the layer's activation. Gradients are those of the operations, at a picture of any size, whatever
size it was saved for.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from deepdream import runtime
from deepdream.errors import WeightsError
from deepdream.network import preprocessing, saved_graph, sizes
from deepdream.network.classifier import Classifier
from deepdream.network.layers import Layer
from deepdream.network.network import Forward, Response
from deepdream.network.saved_graph import Graph, Scope
from deepdream.network.sizes import Measure
from deepdream.runtime import tf
from deepdream.settings.fields import NETWORKS


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A network whose graph TensorFlow saved, computed on whole pictures; see `network.Network`."""

    name: str
    path: Path
    digest: str
    input_note: str
    table: tuple[Layer, ...]
    nbytes: int
    _graph: Graph = field(repr=False)
    _scopes: Mapping[str, Scope] = field(repr=False)

    shown: ClassVar[str] = "raw"
    flat: ClassVar[tuple[str, ...]] = ()
    cuts: ClassVar[bool] = False
    algorithms: ClassVar[tuple[str, ...]] = ("direct",)
    precisions: ClassVar[tuple[str, ...]] = ("float32",)
    software: ClassVar[Mapping[str, str]] = {}
    note: ClassVar[str] = ""
    blocks: ClassVar[tuple[int, ...]] = ()
    usual: ClassVar[Mapping[str, np.ndarray]] = {}
    classifier: ClassVar[Classifier | None] = None

    def activations(self, names: tuple[str, ...], *, space: str = "network") -> Forward:
        """See `network.Network`."""
        seen = self._function([self._scopes[name].activation for name in names])
        return lambda images: dict(zip(names, seen(self._input(images, space)), strict=True))

    def response(self, name: str, *, precision: str = "float32") -> Response:
        """See `network.Network`."""
        assert precision == "float32", precision  # checked with the request
        seen = self._function([self._scopes[name].response])

        def response(images: tf.Tensor, channels: tf.Tensor | None = None) -> tf.Tensor:
            (found,) = seen(self._input(images, "network"))
            return found if channels is None else tf.gather(found, channels, axis=-1)

        return response

    def _input(self, images: tf.Tensor, space: str) -> tf.Tensor:
        shown = preprocessing.plain(images, self.shown if space == "network" else space)
        return preprocessing.spread(shown, self._graph.channels)

    def _function(self, tensors: list[str]) -> Any:
        """From the graph's input to some of its tensors."""
        part = saved_graph.part(self._graph, tensors)
        spec = tf.TensorSpec((None, None, None, self._graph.channels))
        return tf.compat.v1.wrap_function(lambda x: saved_graph.placed(self._graph, part, x, tensors), [spec])


def load(path: Path, threads: int | None) -> SavedModel:
    """A SavedModel as a network, named after its folder; with -saved behind it where a network has that name.

    Args:
        path: its saved_model.pb.
        threads: for TensorFlow; None for all allowed cores.

    Raises:
        WeightsError: as `saved_graph.read`, or it has no layer to dream on.
    """
    runtime.configure(threads)
    digest = _digest(path)
    graph = saved_graph.read(path)
    scopes = saved_graph.scopes(graph)
    measure = saved_graph.measure(graph, scopes)
    rows = [_layer(name, scope, measure) for name, scope in scopes.items()]
    table = tuple(row for row in rows if row is not None)
    if not table:
        raise WeightsError(f"{path} has no layer to dream on: none has rows and columns that grow with the picture.")
    name = path.resolve().parent.name
    if name in NETWORKS:  # whose recipes are not for it
        name = f"{name}-saved"
    return SavedModel(
        name=name,
        path=path,
        digest=digest,
        input_note=f"{name} is shown the numbers 0..1: nothing in it says what it was trained on. The setting input "
        "names other numbers.",
        table=table,
        nbytes=sum(values.nbytes for _, values in saved_graph.constants(graph)),
        _graph=graph,
        _scopes=scopes,
    )


def _layer(name: str, scope: Scope, measure: Measure) -> Layer | None:
    """One row of the table; None for a layer whose size does not depend on the picture's."""
    stride = sizes.stride(name, measure)
    if stride is None:
        return None
    return Layer(
        name=name,
        kind=scope.kind,
        inputs=scope.inputs or scope.channels,
        channels=scope.channels,
        stride=stride,
        receptive_field=0,
        taps=scope.taps,
        smallest=sizes.smallest(name, measure),
        measured=lambda height, width: measure(height, width).get(name, (0, 0)),
    )


def _digest(path: Path) -> str:
    """sha256 of the graph and its variables, hex."""
    found = hashlib.sha256()
    try:
        for file in (path, *sorted((path.parent / "variables").glob("*"))):
            found.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    except OSError as error:
        raise WeightsError(f"{file} can't be read: {error.strerror}.") from error
    return found.hexdigest()
