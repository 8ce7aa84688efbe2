"""Validation of the arrays in a weight file.

    fitting(path, arrays, sets) -> WeightSet              the network whose shapes the arrays match best
    convolutions(path, arrays, chosen) -> {layer: (kernel [3, 3, in, out], bias [out])}, float32 and finite

`path` only names the file in messages.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from deepdream.errors import WeightsError
from deepdream.network.vgg import architecture
from deepdream.network.vgg.architecture import Arrays
from deepdream.network.weights.manifest import WeightSet


def shapes(entry: WeightSet) -> dict[str, tuple[int, ...]]:
    """The shape of every array of a network, by name and in forward order."""
    table: dict[str, tuple[int, ...]] = {}
    for layer, kernel in architecture.kernel_shapes(entry.widths, entry.counts).items():
        table[f"{layer}/kernel"] = kernel
        table[f"{layer}/bias"] = kernel[-1:]
    return table


def fitting(path: Path, arrays: Mapping[str, np.ndarray], sets: Iterable[WeightSet]) -> WeightSet:
    """The set with the most matching shapes; of several, the one with the fewest others (VGG19 contains all of
    VGG16's). Whether all match is checked by `convolutions`.

    Raises:
        WeightsError: no convolution has a shape of any set.
    """

    def hits(entry: WeightSet) -> int:
        return sum(name in arrays and arrays[name].shape == shape for name, shape in shapes(entry).items())

    sets = tuple(entry for entry in sets if entry.widths)
    best = max(sets, key=lambda entry: (hits(entry), -len(shapes(entry))))
    if hits(best):
        return best
    names = " or ".join(dict.fromkeys(entry.network for entry in sets))
    if not arrays:
        raise WeightsError(f"{path} holds no array of the name of a convolution, such as block1_conv1/kernel.")
    name, array = next(iter(arrays.items()))
    raise WeightsError(f"{path} fits no network: {name} has the shape {array.shape}, which is not that of {names}.")


def convolutions(path: Path, arrays: Mapping[str, np.ndarray], chosen: WeightSet) -> Arrays:
    """Kernel and bias of each convolution, validated.

    Raises:
        WeightsError: one is missing, has a wrong shape or dtype, or is not finite; the message names the first.
    """
    checked = {}
    for name, shape in shapes(chosen).items():
        if name not in arrays:
            raise WeightsError(f"{path} holds no {name}, which {chosen.network} needs.")
        checked[name] = _checked(path, name, arrays[name], shape, chosen.network)
    layers = architecture.kernel_shapes(chosen.widths, chosen.counts)
    return {layer: (checked[f"{layer}/kernel"], checked[f"{layer}/bias"]) for layer in layers}


def _checked(path: Path, name: str, array: np.ndarray, shape: tuple[int, ...], network: str) -> np.ndarray:
    """The array as float32, validated."""
    if array.shape != shape:
        rule = f"{name} has the shape {array.shape}, and {network} needs {shape}"
        if sorted(array.shape) == sorted(shape):
            rule += ": its axes are swapped, a kernel's are height, width, in, out"
        raise WeightsError(f"In {path}, {rule}.")
    if array.dtype.kind != "f":
        raise WeightsError(f"In {path}, {name} is of the type {array.dtype}, and weights are floating-point numbers.")
    with np.errstate(over="ignore"):  # values too large for float32 become infinite, and raise below
        array = np.ascontiguousarray(array, np.float32)
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(index) for index in np.argwhere(~finite)[0])
        raise WeightsError(f"In {path}, {name} holds {array[where]} at {where}, and weights have to be finite.")
    return array
