"""Loading Keras's weight files into a model that is built already, with every array checked first.

load_weights(model, path, network)      assigns the file's arrays to the model's layers, in the model's order

Accepts .weights.h5, .keras, and the older .h5 of weights or of whole models, recognised by content, not by name (see
`weights.hdf5`). A classifier in the file is ignored. Keras's own loader is not used: it goes by the file's name, and
its errors on a file that doesn't fit are not written for users.
"""

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import WeightsError, plural
from deepdream.network.weights import hdf5


def load_weights(model: Any, path: Path, network: str) -> None:
    """Load a file's weights into a model.

    Args:
        model: without its classifier.
        path: the file.
        network: its name, for messages.

    Raises:
        WeightsError: the file is damaged, or another network's; the message names the first array that doesn't fit.
    """
    layers = [layer for layer in model.layers if layer.weights]
    try:
        with hdf5.opened(path) as file:
            stored = _in_order(file, layers)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path} is damaged, or no file of weights that Keras wrote for {network}.") from error
    found = sum(array.ndim == 4 for _, arrays in stored for array in arrays)
    needed = sum(len(weight.shape) == 4 for weight in model.weights)
    if found != needed:
        raise WeightsError(f"{path} holds {found} convolutions, and {network} has {needed}.")
    for layer, (name, arrays) in zip(layers, stored, strict=False):
        layer.set_weights([_checked(path, name, layer, network, *pair) for pair in _pairs(path, name, layer, arrays)])


def _pairs(path: Path, name: str, layer: Any, arrays: list[np.ndarray]) -> list[tuple[np.ndarray, Any]]:
    """A layer's arrays, each with the weight it belongs to."""
    if len(arrays) != len(layer.weights):
        raise WeightsError(
            f"In {path}, {name} has {plural(len(arrays), 'array')}, and {layer.name} needs {len(layer.weights)}."
        )
    return list(zip(arrays, layer.weights, strict=True))


def _checked(path: Path, name: str, layer: Any, network: str, array: np.ndarray, weight: Any) -> np.ndarray:
    """The array, if it fits its weight and is finite."""
    part = weight.name
    if array.shape != tuple(weight.shape):
        raise WeightsError(
            f"In {path}, the {part} of {name} has the shape {array.shape}, and {layer.name} of {network} needs "
            f"{tuple(weight.shape)}."
        )
    if not np.isfinite(array).all():
        raise WeightsError(f"In {path}, the {part} of {name} holds a value that is not finite, as weights have to be.")
    return array


def _in_order(stored: hdf5.Stored, layers: list[Any]) -> list[tuple[str, list[np.ndarray]]]:
    """The file's layers and their arrays, in the model's order; a classifier's are last."""
    order = list(stored.layers)
    if stored.counted:
        kinds = [_snake(type(layer).__name__) for layer in layers]
        numbers = [kinds[:index].count(kind) for index, kind in enumerate(kinds)]
        order = [f"{kind}_{number}" if number else kind for kind, number in zip(kinds, numbers, strict=True)]
        order += [name for name in stored.layers if re.sub(r"_\d+$", "", name) in kinds and name not in order]
    return [(name, [np.asarray(array[()]) for array in stored.layers[name]]) for name in order]


def _snake(name: str) -> str:
    """A class's name as Keras makes it a layer's: MaxPooling2D becomes max_pooling2d."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
