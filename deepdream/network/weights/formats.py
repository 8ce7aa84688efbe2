"""Readers of the accepted weight formats, all to the same form: arrays by this project's names.

    read(path, wanted) -> {"block1_conv1/kernel": array, "block1_conv1/bias": array, ...}

The format is recognised by the file's first bytes, never by its name:

    HDF5, .keras          Keras's layouts (see `hdf5`); convolutions with generated names get the network's by their
                          number, all others keep the file's
    .npz, .safetensors    arrays under this project's names

Arrays are returned as stored, of any dtype and shape; checks.py validates them. Pickles are never loaded.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from safetensors import safe_open

from deepdream.errors import WeightsError
from deepdream.network.vgg import architecture
from deepdream.network.weights import hdf5, manifest
from deepdream.settings.values import SAVED_MODEL

Entries = Iterator[tuple[str, Callable[[], np.ndarray]]]
"""(name of an array, function that reads it)."""

PARTS = ("kernel", "bias")

HDF5, ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
"""First bytes of such files."""


def is_convolution(name: str) -> bool:
    """Whether an array belongs to a convolution rather than to a classifier on top."""
    return re.fullmatch(r"block\d_conv\d+", name.rpartition("/")[0]) is not None


def read(path: Path, wanted: Callable[[str], bool] = is_convolution) -> dict[str, np.ndarray]:
    """The arrays of a weight file by this project's names; only those that `wanted` accepts are read.

    Raises:
        WeightsError: the file has no accepted format, or is damaged.
    """
    entries = _reader(path)
    try:
        return {name: array() for name, array in entries(path) if wanted(name)}
    except Exception as error:  # on damaged bytes readers raise exceptions of any class
        size = path.stat().st_size
        raise WeightsError(f"{path} is damaged or cut short: its {size:,} bytes can't be read to the end.") from error


def is_model(path: Path) -> bool:
    """Whether a file is a whole model, Keras's or a SavedModel's, rather than only weights."""
    path = Path(path).expanduser()
    if not path.is_file():
        return False
    if path.name.lower() == SAVED_MODEL:
        return True
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(HDF5):
        return hdf5.is_model(path)
    return start.startswith(ZIP) and hdf5.is_archive(path)


def _reader(path: Path) -> Callable[[Path], Entries]:
    """The reader for a file, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(HDF5):
        return _keras
    if start.startswith(ZIP):
        return _keras if hdf5.is_archive(path) else _npz
    if start[8:9] == b"{":  # eight bytes of length, then a JSON header
        return _safetensors
    found = f"it begins with {start!r}" if start else "it is empty"
    raise WeightsError(f"{path} is not a weight file: {found}, which is not how HDF5, .npz or .safetensors begin.")


def _keras(path: Path) -> Entries:
    """Kernel and bias of each layer in a Keras file; a layer's other arrays are skipped."""
    with hdf5.opened(path) as stored:
        names = _numbered(stored.layers) if stored.counted else {}
        for layer, arrays in stored.layers.items():
            for part, array in zip(PARTS, arrays, strict=False):
                yield f"{names.get(layer, layer)}/{part}", partial(np.asarray, array)


def _numbered(layers: Iterable[str]) -> dict[str, str]:
    """The convolutions' names in the network with the same number of them; in VGG19 if there is none."""
    numbered = sorted((int(match[1] or 0), key) for key in layers if (match := re.fullmatch(r"conv2d(?:_(\d+))?", key)))
    counts = {sum(entry.counts): entry.counts for entry in manifest.read().values() if entry.widths}
    known = architecture.convolutions(counts.get(len(numbered), architecture.VGG19))
    return {key: name for (_, key), name in zip(numbered, known, strict=False)}


def _npz(path: Path) -> Entries:
    with np.load(path, allow_pickle=False) as file:
        for name in file.files:
            yield name, partial(_array, file, name)


def _array(file: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return np.asarray(file[name])  # an entry that is no array comes as bytes


def _safetensors(path: Path) -> Entries:
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118  (the file is no mapping)
            yield name, partial(file.get_tensor, name)
