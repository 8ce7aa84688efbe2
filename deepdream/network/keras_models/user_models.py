"""A user's Keras model, loaded from its file: opened safely, checked, and given the preprocessing it expects.

load(path, digest, threads) -> KerasNetwork       its input_note says which preprocessing was chosen

Keras's safe mode is on: no code in the file is executed, and a model that needs any raises. The preprocessing is
inferred from the model, in this order, and the note says why:

    its name is one of keras.applications: that model's preprocessing
    it begins with a Rescaling or a Normalization: the input range 0..255, 0..1 or -1..1 that this expects
    it begins with bare arithmetic, which Keras's preprocessing becomes inside a model: 0..255
    it begins with a nested model of keras.applications: that model's preprocessing
    none of these: 0..1
"""

import hashlib
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import runtime
from deepdream.errors import WeightsError
from deepdream.network.keras_models import applications, graph
from deepdream.network.keras_models import model as modelled
from deepdream.network.keras_models.model import KerasNetwork
from deepdream.runtime import tf

keras = tf.keras

VARYING = ("Random", "Dropout", "Gaussian", "Identity")
"""Prefixes of the class names of layers that act only in training, and of Identity, which never does."""

WORDS = {"raw": "the numbers 0..1", "bytes": "the numbers 0..255", "signed": "the numbers -1..1"}


def load(path: Path, digest: str, threads: int | None) -> KerasNetwork:
    """A user's model, named after its file.

    Args:
        path: a .keras file, or the older .h5 of a whole model.
        digest: sha256 of the file, hex.
        threads: for TensorFlow; None for all allowed cores.

    Raises:
        WeightsError: it is not such a file, needs code that safe mode forbids, or does not take pictures.
    """
    runtime.configure(threads)
    return _checked(_opened(path), path, digest)


def of(model: Any, path: Path) -> KerasNetwork:
    """A model of the user's own that is at hand, under the name that a file of it would have.

    Raises:
        WeightsError: it does not take pictures.
    """
    numbers = hashlib.sha256()
    for weight in model.weights:
        numbers.update(np.ascontiguousarray(weight.numpy()).tobytes())
    return _checked(model, path, numbers.hexdigest())


def _checked(model: Any, path: Path, digest: str) -> KerasNetwork:
    """A model as a network, once it is known to serve as one."""
    _check(path, model)
    shown, preprocess, why = _shown(model)
    choice = f"{path.name} is shown {WORDS.get(shown, f'what {shown} preprocesses')}: {why}."
    note = f"{choice}{_bands(model)}{_fixed(path, model)} The setting input names other numbers."
    network = modelled.of(
        model, shown, preprocess, names=_names(path), name=path.name, path=path, digest=digest, input_note=note
    )
    if not network.table:
        raise WeightsError(f"{path} has no layer to dream on: {_why_none(model)}.")
    _check_finite(path, model)
    return network


def _why_none(model: Any) -> str:
    """Why a model has no layer to dream on, as the end of a sentence."""
    kinds = {type(layer).__name__ for layer in model.layers}
    if {"Flatten", "Dense"} <= kinds and not any("Conv" in kind for kind in kinds):
        return "its Dense layers see a flattened picture, in which nothing has a row and a column"
    return "none has rows and columns that grow with the picture"


def _names(path: Path) -> modelled.ClassNames:
    """The names of a model's classes, a line each, from NAME.classes.txt beside it, and its sha256; none without it."""
    file = path.with_suffix(".classes.txt")
    if not file.is_file():
        return (), ""
    data = file.read_bytes()
    lines = data.decode("utf-8", errors="replace").splitlines()
    return tuple(line.strip() for line in lines if line.strip()), hashlib.sha256(data).hexdigest()


def _opened(path: Path) -> Any:
    """The model in a file."""
    if path.suffix.lower() == ".keras" and not zipfile.is_zipfile(path):
        raise WeightsError(f"{path} is no Keras model: it is not the archive that a .keras file is.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about optimisers and older Keras versions, irrelevant here
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras may raise anything for a file that it can't load
        raise WeightsError(f"{path} can't be opened as a Keras model: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """Why Keras can't load a file, as the end of a sentence."""
    text = " ".join(str(error).split())
    if "lambda" in text.lower():
        return "it holds a Lambda layer, whose code would be run, and that is refused"
    if "Could not locate class" in text or "Unknown layer" in text or "custom" in text.lower():
        return "it needs a layer or function of its author's own, whose code is not in the file"
    if "No model config found" in text:
        return "it holds weights without a model"
    first = text.split(". ")[0].rstrip(".:")
    return f"Keras says: {first[:200]}" if first else f"Keras stops with {type(error).__name__}"


def _check(path: Path, model: Any) -> None:
    """Check that the model is a graph of layers and takes one picture.

    Raises:
        WeightsError: it isn't or doesn't.
    """
    if not graph.is_walkable(model):
        raise WeightsError(f"{path} is computed by code of its own: only sequential and functional models show layers.")
    if not getattr(model, "inputs", None):
        raise WeightsError(f"{path} was never built: it has no input yet.")
    if len(model.inputs) != 1:
        raise WeightsError(f"{path} has {len(model.inputs)} inputs, and a dream has one picture.")
    shape = tuple(model.inputs[0].shape)
    if len(shape) != 4 or shape[-1] is None:
        typed = " x ".join("any" if side is None else str(side) for side in shape[1:])
        raise WeightsError(f"The input of {path} is {typed}, and a picture is height x width x channels.")


def _check_finite(path: Path, model: Any) -> None:
    for weight in model.weights:
        if not np.isfinite(weight.numpy()).all():
            raise WeightsError(f"In {path}, {weight.path} holds a value that is not finite, as weights have to be.")


def _bands(model: Any) -> str:
    """A sentence if the model takes other channels than red, green and blue."""
    channels = model.inputs[0].shape[-1]
    if channels == 3:
        return ""
    if channels == 1:
        return " It is shown the picture in grey."
    return f" Its {channels} channels are spread from red over green to blue."


def _fixed(path: Path, model: Any) -> str:
    """A sentence if the model was built for a fixed size."""
    height, width = model.inputs[0].shape[1:3]
    if height is None and width is None:
        return ""
    return f" It was made for {width or 'any'}x{height or 'any'} pixels; its layers are computed at the picture's size."


def _shown(model: Any) -> tuple[str, Callable[[tf.Tensor], tf.Tensor] | None, str]:
    """The model's input range, its preprocessing function if that is Keras's, and the reason."""
    first = _first(model)
    operation: Any = first.operation if first else None
    inner = first.name.removesuffix(operation.name)[:-1] if first else ""
    kind = type(operation).__name__
    if (known := applications.preprocessing(model.name)) is not None:
        return f"keras.applications.{known[0]}", known[1], f"it is Keras's {model.name}"
    if kind == "Rescaling":
        return _before_rescaling(operation), None, "it begins with a Rescaling made for them"
    if kind == "Normalization":
        middle = float(np.mean(np.asarray(operation.mean)))
        return "bytes" if middle > 1.5 else "raw", None, f"it begins with a Normalization around {middle:.3g}"
    if operation is not None and not isinstance(operation, keras.layers.Layer):
        return "bytes", None, "it begins with arithmetic of its own, as Keras's preprocessing is"
    if (known := applications.preprocessing(inner)) is not None:
        return f"keras.applications.{known[0]}", known[1], f"it is Keras's {inner}"
    return "raw", None, "nothing in it says what it was trained on"


def _first(model: Any) -> graph.Visit | None:
    """The first call that computes something outside training."""
    picture = keras.KerasTensor((1, None, None, model.inputs[0].shape[-1]))
    visits = graph.walk(
        model, picture, lambda operation, *given, **named: operation.compute_output_spec(*given, **named)
    )
    return next((visit for visit in visits if not type(visit.operation).__name__.startswith(VARYING)), None)


def _before_rescaling(layer: Any) -> str:
    """The input range that a Rescaling expects."""
    scale, offset = (float(np.mean(np.asarray(value))) for value in (layer.scale, layer.offset))
    if abs(scale) < 0.1:
        return "bytes"
    return "signed" if scale <= 0.75 and offset > 0 else "raw"
