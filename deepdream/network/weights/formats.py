"""The accepted weight files, read into one shape: arrays by this project's names.

    read(path, wanted) -> {"block1_conv1/kernel": array, "block1_conv1/bias": array, ...}

The format is told by the file's first bytes, never by its name:

    HDF5, legacy Keras    a group a layer, whose attribute weight_names lists kernel, then bias; or a whole model
    HDF5, Keras 3         layers/conv2d, layers/conv2d_1, ...: numbered in the network's order, its own names left out
    .keras                a Keras 3 file in an archive
    .npz, .safetensors    arrays under this project's names

Arrays come as they are stored, of any type and shape: checks.py judges them. Pickles are never loaded.
Source: the two layouts of Keras are those of its legacy_h5_format.py and saving_lib.py (Keras 3.15).
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from deepdream.errors import WeightsError
from deepdream.network.vgg import architecture

Entries = Iterator[tuple[str, Callable[[], np.ndarray]]]
"""Name of an array and what reads it."""

CONVOLUTIONS = tuple(architecture.kernel_shapes(architecture.WIDTHS["vgg19"]))
"""Names of the convolutions in the network's order; they are the same for all widths, and hold those of VGG16."""

VGG16 = tuple(architecture.kernel_shapes(architecture.WIDTHS["vgg16"], architecture.CONVOLUTIONS["vgg16"]))

IN_ARCHIVE = "model.weights.h5"
"""The weights of a .keras file."""

PARTS = ("kernel", "bias")

HDF5, ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
"""How such files begin."""

_FAULTS = (OSError, KeyError, ValueError, TypeError, RuntimeError, EOFError)  # what damaged bytes make a reader raise
_FORMAT_FAULTS = (zipfile.BadZipFile, zlib.error, SafetensorError)


def is_convolution(name: str) -> bool:
    """Whether an array belongs to the part of the network that dreams, and not to a classifier on top."""
    return name.rpartition("/")[0] in CONVOLUTIONS


def read(path: Path, wanted: Callable[[str], bool] = is_convolution) -> dict[str, np.ndarray]:
    """The arrays of a weight file by this project's names; those not wanted are not read.

    Raises:
        WeightsError: the file is of no accepted format, or damaged.
    """
    entries = _reader(path)
    try:
        return {name: array() for name, array in entries(path) if wanted(name)}
    except (*_FAULTS, *_FORMAT_FAULTS) as error:
        size = path.stat().st_size
        raise WeightsError(f"{path} is damaged or cut short: its {size:,} bytes can't be read to the end.") from error


def is_model(path: Path) -> bool:
    """Whether a file is a whole Keras model, and not weights alone."""
    path = Path(path).expanduser()
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(HDF5):
        import h5py  # see below

        try:
            with h5py.File(path, "r") as stored:
                return "model_config" in stored.attrs
        except OSError:
            return False
    return start.startswith(ZIP) and _is_keras(path)


def _reader(path: Path) -> Callable[[Path], Entries]:
    """The reader for a file, by its first bytes."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(HDF5):
        return _hdf5
    if start.startswith(ZIP):
        return _archive if _is_keras(path) else _npz
    if start[8:9] == b"{":  # eight bytes of length, then a header in JSON
        return _safetensors
    found = f"it begins with {start!r}" if start else "it is empty"
    raise WeightsError(f"{path} is not a weight file: {found}, which is not how HDF5, .npz or .safetensors begin.")


def _hdf5(path: Path) -> Entries:
    """A legacy or a Keras 3 file; any other HDF5 file gives no array."""
    import h5py  # here, because it takes longer to load than `deepdream --help` may take

    with h5py.File(path, "r") as file:
        yield from _keras3(file["layers"]) if "layers" in file else _legacy(file.get("model_weights", file))


def _is_keras(path: Path) -> bool:
    """Whether an archive is one of Keras's."""
    try:
        with zipfile.ZipFile(path) as archive:
            return IN_ARCHIVE in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _archive(path: Path) -> Entries:
    """The Keras 3 file inside a .keras file."""
    import h5py  # see above

    with zipfile.ZipFile(path) as archive, archive.open(IN_ARCHIVE) as inside, h5py.File(inside, "r") as file:
        yield from _keras3(file["layers"]) if "layers" in file else ()


def _legacy(file: Any) -> Entries:
    """Layers by the groups' names, arrays by the order of weight_names: the names in it differ between files."""
    for layer, group in file.items():
        for part, stored in zip(PARTS, group.attrs.get("weight_names", ()), strict=False):
            name = stored.decode() if isinstance(stored, bytes) else stored
            if name in group:
                yield f"{layer}/{part}", _dataset(group[name])


def _keras3(layers: Any) -> Entries:
    """Convolutions take the network's names by their number; other layers keep the file's."""
    numbered = sorted((int(match[1] or 0), key) for key in layers if (match := re.fullmatch(r"conv2d(?:_(\d+))?", key)))
    known = VGG16 if len(numbered) == len(VGG16) else CONVOLUTIONS
    names = {key: name for (_, key), name in zip(numbered, known, strict=False)}
    for key, layer in layers.items():
        for index, part in enumerate(PARTS):
            if str(index) in layer["vars"]:
                yield f"{names.get(key, key)}/{part}", _dataset(layer["vars"][str(index)])


def _dataset(dataset: Any) -> Callable[[], np.ndarray]:
    return lambda: np.asarray(dataset[()])


def _npz(path: Path) -> Entries:
    with np.load(path, allow_pickle=False) as file:
        for name in file.files:
            yield name, lambda name=name: np.asarray(file[name])  # type: ignore[misc]


def _safetensors(path: Path) -> Entries:
    with safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118  (the file is no mapping)
            yield name, lambda name=name: file.get_tensor(name)  # type: ignore[misc]
