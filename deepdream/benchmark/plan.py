"""The cases of a benchmark, checked before any of them starts.

cases(...) -> (Case, ...)      one for each size and selection, with every algorithm
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from deepdream import images
from deepdream.benchmark.interleave import Worker
from deepdream.benchmark.workload import Workload, random_weights
from deepdream.errors import RequestError, SettingError, command
from deepdream.gradient import cost, tiles
from deepdream.network.layers import neediest
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import lookup as weights
from deepdream.network.weights import manifest
from deepdream.network.weights.locations import FETCHED, SHIPPED, search_path
from deepdream.settings import SAMPLE, VGGS, Settings, Size, format_bytes, format_size


@dataclass(frozen=True)
class Case:
    """One size and one selection: a workload for each algorithm, by name, whose workers step in turn."""

    workloads: dict[str, Workload]

    @property
    def workers(self) -> tuple[Worker, ...]:
        """A worker for each workload."""
        module = "deepdream.benchmark.engine_worker"
        return tuple(
            Worker(name, (sys.executable, "-m", module, workload.as_json()))
            for name, workload in self.workloads.items()
        )

    @property
    def operations(self) -> int:
        """Operations of one step of every worker, counted as direct convolution."""
        return sum(cost.operations(workload.table, workload.size) for workload in self.workloads.values())


def cases(
    folder: Path,
    *,
    weights: Path,
    network: VGG,
    paths: Sequence[str],
    sizes: Sequence[Size],
    layers: Sequence[str],
    threads: int | None,
    tile: int | None,
) -> tuple[Case, ...]:
    """One case for each selection and size.

    Args:
        folder: for temporary pictures and gradients.
        weights: the file that `write_weights` wrote.
        network: that the weights belong to.
        paths: convolution algorithms, in the order in which they step.
        sizes: (height, width) of the sample picture.
        layers: layer selections.
        threads: None for all allowed cores.
        tile: side of the tiles' cores; None for whole pictures.

    Raises:
        SelectionError: the network has no such layer.
        SettingError: a size is too small for the layers.
        RequestError: a case needs more memory than is free.
    """
    found: list[Case] = []
    for selection in layers:
        for size in sizes:
            case_folder = folder / f"{len(found)}"
            case_folder.mkdir()
            workloads = {
                path: Workload(
                    path=path,
                    widths=network.widths,
                    counts=network.blocks,
                    layers=selection,
                    size=size,
                    weights=weights,
                    picture=case_folder / "picture.npy",
                    gradient=case_folder / f"{path}.npy",
                    threads=threads,
                    tile=tile,
                )
                for path in paths
            }
            _check(next(iter(workloads.values())), len(workloads))
            np.save(case_folder / "picture.npy", images.read(SAMPLE, size=size).pixels)
            found.append(Case(workloads))
    return tuple(found)


def network(name: str, file: Path | None, *, random: bool) -> VGG:
    """The network to measure.

    Args:
        name: "vgg19", "vgg16", "pocket", or "auto" for VGG19 if its weights are here, else pocket.
        file: the user's own weight file.
        random: use random weights and read no file.

    Raises:
        SettingError: no such network, one that Keras computes, or one whose weights are not here.
        WeightsError: a file is missing, damaged or fits no network.
    """
    Settings(network=name)  # raises for an unknown name
    sets = manifest.read()
    if name not in ("auto", *VGGS):
        raise SettingError(
            f"network {name} is computed with TensorFlow's own convolution, and bench compares this tool's.",
            f"Choose one of {', '.join(VGGS)}.",
        )
    wanted = FETCHED if name == "auto" else name
    if random:
        if file is not None:
            raise SettingError("--random and --weights exclude each other.", "Give one of them.")
        drawn = random_weights(sets[wanted].widths, sets[wanted].counts)
        return VGG(f"{wanted}, random weights", Path(), "", drawn)
    available = file is not None or wanted == SHIPPED or any(location.taken for location in search_path(sets, wanted))
    if not available and name != "auto":
        raise SettingError(
            f"The weights of {name} are not here.",
            f"Type: {command('weights', 'fetch', name)}, or measure with random ones: "
            f"{command('bench', '--network', name, '--random')}",
        )
    found = weights.load(name if available else SHIPPED, file)
    assert isinstance(found, VGG)  # the names above, and files that fit them
    return found


def _check(workload: Workload, count: int) -> None:
    """Raise if the size is too small for the layers, or if the workers together would run out of memory."""
    layer = neediest(workload.table)
    if min(workload.size) < layer.min_size:
        raise SettingError(f"size {format_size(workload.size)} is too small: {layer.needs}.")
    margin = tiles.margin(workload.table, tuple(choice.layer for choice in workload.choices))
    window = tiles.window(workload.size, core=workload.tile or max(workload.size), margin=margin)
    needed = count * cost.process(workload.table, workload.size, window, weights=0)
    free = psutil.virtual_memory().available
    if needed > free:
        raise RequestError(
            f"{count} workers on {format_size(workload.size)} pixels to {workload.table[-1].name} need about "
            f"{format_bytes(needed)} together, and {format_bytes(free)} is free.",
            "Choose a smaller --size, fewer --paths, or tiles: --tile 512",
        )
