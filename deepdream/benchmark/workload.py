"""What a worker computes, as one record that is passed to its process as JSON.

Arrays are passed in files that are written once: all workers read the same weights and the same picture. This module
loads nothing but NumPy, so that workers for other libraries can use it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from deepdream.network.layers import Layer, truncate
from deepdream.network.vgg import architecture
from deepdream.network.vgg.architecture import Arrays
from deepdream.network.vgg.model import VGG
from deepdream.settings import Size, selection
from deepdream.settings.selection import Choice


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One gradient of the mean of some layers' mean activations.

    Attributes:
        path: how to compute it: a convolution algorithm of the engine, or a peer's own mode.
        widths, counts: channels and convolutions of blocks 1 to 5.
        layers: the selection to maximise.
        size: (height, width) of the picture.
        weights, picture: files that hold them.
        gradient: file for the worker's first gradient, to be compared.
        threads: processor threads; None for all allowed cores.
        space: the input space (see `network.preprocessing`); peers support "raw" only.
        tile: side of the tiles' cores; None for the whole picture at once.
    """

    path: str
    widths: tuple[int, ...]
    layers: str
    size: Size
    weights: Path
    picture: Path
    gradient: Path
    threads: int | None = None
    space: str = "network"
    tile: int | None = None
    counts: tuple[int, ...] = architecture.VGG19

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The layers to maximise."""
        return selection.choose(self.layers, {layer.name: layer.channels for layer in self._all})

    @property
    def table(self) -> tuple[Layer, ...]:
        """The layers to compute, from the first to the deepest."""
        return truncate(self._all, {choice.layer for choice in self.choices})

    def read_weights(self) -> Arrays:
        """The weights by layer."""
        with np.load(self.weights) as file:
            return {
                name: (file[f"{name}/kernel"], file[f"{name}/bias"])
                for name in architecture.kernel_shapes(self.widths, self.counts)
            }

    def read_network(self) -> VGG:
        """The network with these weights."""
        return VGG(self.weights.name, self.weights, "", self.read_weights())

    def read_picture(self) -> np.ndarray:
        """The picture as a batch of one, [1, H, W, 3] float32 RGB 0..1."""
        return np.load(self.picture)[None]

    @property
    def _all(self) -> tuple[Layer, ...]:
        return architecture.layers(self.widths, self.counts)

    def as_json(self) -> str:
        """The record as one command-line argument."""
        return json.dumps(asdict(self), default=str)


def from_json(text: str) -> Workload:
    """The record that `as_json` wrote."""
    fields = json.loads(text)
    paths = {name: Path(fields[name]) for name in ("weights", "picture", "gradient")}
    return Workload(**fields | paths | {name: tuple(fields[name]) for name in ("widths", "counts", "size")})


def write_weights(path: Path, arrays: Arrays) -> Path:
    """Write the weights to a file that `read_weights` reads, and `--weights` too."""
    named = {f"{name}/{part}": pair[n] for name, pair in arrays.items() for n, part in enumerate(("kernel", "bias"))}
    np.savez(path, **named)  # type: ignore[arg-type]  # the stub reads them as its one keyword option
    return path


def random_weights(widths: tuple[int, ...], counts: tuple[int, ...] = architecture.VGG19, *, seed: int = 0) -> Arrays:
    """Untrained weights that keep the scale of the activations from layer to layer, for benchmarks only.

    Source: He, Zhang, Ren and Sun 2015 (arXiv:1502.01852); follows, with small biases in place of zeros, so that a
        worker that ignores biases is caught.
    """
    rng = np.random.default_rng(seed)
    return {
        name: (
            rng.normal(0, np.sqrt(2 / (9 * shape[2])), shape).astype(np.float32),
            rng.normal(0, 0.05, shape[3]).astype(np.float32),
        )
        for name, shape in architecture.kernel_shapes(widths, counts).items()
    }
