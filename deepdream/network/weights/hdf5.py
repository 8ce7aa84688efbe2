"""Keras's two HDF5 layouts for weights, read as layers with their arrays.

opened(path) -> Stored, while it is open · is_archive(path) -> bool · is_model(path) -> bool

    legacy     one group per layer, in the order of the attribute layer_names, its arrays in that of weight_names;
               under model_weights if the file is a whole model
    Keras 3    layers/NAME/vars/0, 1, ...; by itself (.weights.h5) or inside a .keras archive

Source: the layouts are those of Keras's legacy_h5_format.py and saving_lib.py (Keras 3.15).
"""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IN_ARCHIVE = "model.weights.h5"
"""The weights of a .keras file."""

Arrays = list[Any]
"""Datasets of h5py: `dataset[()]` reads one."""


@dataclass(frozen=True)
class Stored:
    """The layers of a file that have arrays.

    Attributes:
        layers: name in the file -> its arrays, not read yet; in the network's order unless `counted`.
        counted: whether names are a kind and a number in the network's order (conv2d, conv2d_1, ...), as in Keras 3.
    """

    layers: Mapping[str, Arrays]
    counted: bool


@contextmanager
def opened(path: Path) -> Iterator[Stored]:
    """A file of either layout; any other has no layers.

    Raises:
        OSError, KeyError, ValueError, RuntimeError, BadZipFile: it is damaged; raised by h5py or zipfile.
    """
    import h5py  # not at the top: too slow to import for `deepdream --help`

    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive, archive.open(IN_ARCHIVE) as inside, h5py.File(inside, "r") as file:
            yield _stored(file)
    else:
        with h5py.File(path, "r") as file:
            yield _stored(file)


def is_archive(path: Path) -> bool:
    """Whether a zip file is a .keras archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return IN_ARCHIVE in archive.namelist()
    except Exception:  # on damaged files zipfile raises exceptions of any class
        return False


def is_model(path: Path) -> bool:
    """Whether an HDF5 file is a whole model rather than only weights."""
    import h5py  # see above

    try:
        with h5py.File(path, "r") as file:
            return "model_config" in file.attrs
    except Exception:  # and so does h5py
        return False


def _stored(file: Any) -> Stored:
    if "layers" in file:
        groups = {name: group["vars"] for name, group in file["layers"].items()}
        counted = {name: [variables[key] for key in sorted(variables, key=int)] for name, variables in groups.items()}
        return Stored({name: arrays for name, arrays in counted.items() if arrays}, counted=True)
    group, found = file.get("model_weights", file), {}
    for layer in _texts(group.attrs.get("layer_names", group)):
        names = _texts(group[layer].attrs.get("weight_names", ()))
        if arrays := [group[layer][name] for name in names if name in group[layer]]:
            found[layer] = arrays
    return Stored(found, counted=False)


def _texts(values: Any) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
