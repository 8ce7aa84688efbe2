"""Keras's own weight files, into a model that is built already: every array checked before it is taken.

fill(model, path, network)      the model's layers take the file's arrays, in the model's order

Read are .weights.h5, .keras, and the older .h5 of weights or of whole models, told by what is in them and not by their
names. A classifier on top of the file's network is passed over. Keras's own loader is not used: it goes by the file's
name, and what it says of a file that doesn't fit is for its authors.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from deepdream.errors import WeightsError
from deepdream.network.weights.formats import IN_ARCHIVE

Stored = list[tuple[str, list[np.ndarray]]]
"""For each layer that has weights its name in the file, and its arrays."""


def fill(model: Any, path: Path, network: str) -> None:
    """Give a model the weights of a file.

    Args:
        model: without its classifier.
        path: the file.
        network: its name, for messages.

    Raises:
        WeightsError: the file is damaged, or holds the weights of another network; names the first array.
    """
    layers = [layer for layer in model.layers if layer.weights]
    try:
        with _opened(path) as file:
            stored = _keras3(file["layers"], layers) if "layers" in file else _legacy(file)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path} is damaged, or no file of weights that Keras wrote for {network}.") from error
    deep = sum(array.ndim == 4 for _, arrays in stored for array in arrays)
    needed = sum(len(weight.shape) == 4 for weight in model.weights)
    if deep != needed:
        raise WeightsError(f"{path} holds {deep} convolutions, and {network} has {needed}.")
    for layer, (name, arrays) in zip(layers, stored, strict=False):
        layer.set_weights([_checked(path, name, layer, network, *pair) for pair in _pairs(path, name, layer, arrays)])


def _pairs(path: Path, name: str, layer: Any, arrays: list[np.ndarray]) -> list[tuple[np.ndarray, Any]]:
    """A layer's arrays beside its weights."""
    if len(arrays) != len(layer.weights):
        raise WeightsError(f"In {path}, {name} has {len(arrays)} arrays, and {layer.name} needs {len(layer.weights)}.")
    return list(zip(arrays, layer.weights, strict=True))


def _checked(path: Path, name: str, layer: Any, network: str, array: np.ndarray, weight: Any) -> np.ndarray:
    """One array, or the fault found in it."""
    part = weight.name
    if array.shape != tuple(weight.shape):
        raise WeightsError(
            f"In {path}, the {part} of {name} has the shape {array.shape}, and {layer.name} of {network} needs "
            f"{tuple(weight.shape)}."
        )
    if not np.isfinite(array).all():
        raise WeightsError(f"In {path}, the {part} of {name} holds a value that is not finite, as weights have to be.")
    return array


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The HDF5 file, by itself or inside a .keras file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive, archive.open(IN_ARCHIVE) as inside, h5py.File(inside, "r") as file:
            yield file
    else:
        with h5py.File(path, "r") as file:
            yield file


def _keras3(groups: Any, layers: list[Any]) -> Stored:
    """Keras 3 counts the layers of each kind in the model's order: conv2d, conv2d_1, ..."""
    counts: dict[str, int] = {}
    found = []
    for layer in layers:
        kind = _snake(type(layer).__name__)
        number = counts.get(kind, 0)
        counts[kind] = number + 1
        name = f"{kind}_{number}" if number else kind
        variables = groups[name]["vars"]
        found.append((name, [np.asarray(variables[str(index)][()]) for index in range(len(variables))]))
    further = (name for name in groups if re.sub(r"_\d+$", "", name) in counts and name not in dict(found))
    return found + [(name, [np.asarray(array[()]) for array in groups[name]["vars"].values()]) for name in further]


def _legacy(file: Any) -> Stored:
    """Before Keras 3 the layers stand in their order, each with the names of its arrays."""
    group = file["model_weights"] if "layer_names" not in file.attrs and "model_weights" in file else file
    found = []
    for layer in _texts(group.attrs["layer_names"]):
        names = _texts(group[layer].attrs["weight_names"])
        if names:
            found.append((layer, [np.asarray(group[layer][name][()]) for name in names]))
    return found


def _texts(values: Any) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _snake(name: str) -> str:
    """As Keras turns a class's name into a layer's: MaxPooling2D is max_pooling2d."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
