"""What a worker computes, as one record that travels to its process as JSON.

The arrays travel beside it, in files that are written once: all workers read the same weights and the same picture.
Nothing but NumPy is loaded here, so that workers of other libraries can use it.
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
        path: how to compute it: a path of the engine, or what a peer calls its own ways.
        widths, counts: channels and convolutions of blocks 1 to 5.
        layers: the selection that is made large.
        size: (height, width) of the picture.
        weights, picture: files that hold them.
        gradient: where the worker puts its first gradient, to be compared.
        threads: processor threads; None for all allowed cores.
        space: what the network is shown (see `network.preprocessing`); peers know "raw" alone.
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
        """The layers that are made large."""
        return selection.choose(self.layers, {layer.name: layer.channels for layer in self._all})

    @property
    def table(self) -> tuple[Layer, ...]:
        """The layers that have to be computed, first to deepest."""
        return truncate(self._all, {choice.layer for choice in self.choices})

    def read_weights(self) -> Arrays:
        """The weights, by layer."""
        with np.load(self.weights) as file:
            return {
                name: (file[f"{name}/kernel"], file[f"{name}/bias"])
                for name in architecture.kernel_shapes(self.widths, self.counts)
            }

    def read_network(self) -> VGG:
        """The network of these weights."""
        return VGG(self.weights.name, self.weights, "", self.read_weights())

    def read_picture(self) -> np.ndarray:
        """The picture as a batch of one, [1, H, W, 3] float32 RGB 0..1."""
        return np.load(self.picture)[None]

    @property
    def _all(self) -> tuple[Layer, ...]:
        return architecture.layers(self.widths, self.counts)

    def as_json(self) -> str:
        """The record as one word of a command line."""
        return json.dumps(asdict(self), default=str)


def from_json(text: str) -> Workload:
    """The record that `as_json` wrote."""
    fields = json.loads(text)
    paths = {name: Path(fields[name]) for name in ("weights", "picture", "gradient")}
    return Workload(**fields | paths | {name: tuple(fields[name]) for name in ("widths", "counts", "size")})


def write_weights(path: Path, arrays: Arrays) -> Path:
    """The weights into a file that `read_weights` reads, and `--weights` too."""
    named = {f"{name}/{part}": pair[n] for name, pair in arrays.items() for n, part in enumerate(("kernel", "bias"))}
    np.savez(path, **named)  # type: ignore[arg-type]  # its stub takes them for its one option
    return path


def random_weights(widths: tuple[int, ...], counts: tuple[int, ...] = architecture.VGG19, *, seed: int = 0) -> Arrays:
    """Weights that know nothing but keep activations of one size from layer to layer, for measuring alone.

    Source: He, Zhang, Ren and Sun 2015 (arXiv:1502.01852); follows, with small biases in place of none, so that a
        worker that forgets them is found out.
    """
    rng = np.random.default_rng(seed)
    return {
        name: (
            rng.normal(0, np.sqrt(2 / (9 * shape[2])), shape).astype(np.float32),
            rng.normal(0, 0.05, shape[3]).astype(np.float32),
        )
        for name, shape in architecture.kernel_shapes(widths, counts).items()
    }
