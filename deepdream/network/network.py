"""A network as the rest of this package sees it, whoever computes it.

Two classes are networks: `vgg.model.VGG`, whose convolutions are this package's own, and
`keras_models.model.KerasNetwork`. `weights.lookup.load` gives one of them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from deepdream.network.layers import Layer

if TYPE_CHECKING:
    from deepdream.runtime import tf

Activations = Callable[["tf.Tensor"], dict[str, "tf.Tensor"]]
"""From images [N, H, W, 3], RGB 0..1, to activations by layer name, {name: [N, h, w, channels]}."""


class Response(Protocol):
    """What a layer computes before its ReLU, as a function of images [N, H, W, 3], RGB 0..1."""

    def __call__(self, images: "tf.Tensor", channels: "tf.Tensor | None" = None) -> "tf.Tensor":
        """The response of all channels, or of those named, [N, h, w, channels]."""
        ...


class Network(Protocol):
    """One network with its weights, verified.

    Attributes:
        name: "vgg19" or the like; of a model of the user's, the name of its file.
        path: the file of its weights.
        digest: sha256 of that file, hex.
        note: one sentence where something was chosen for the user, such as the pocket network, else "".
        table: its layers, first to last.
        nbytes: bytes of its weights.
        cuts: whether it may be computed window by window, so that the windows' gradients add up to the picture's.
        shown: the value of the setting `input` that names what it is shown: "network" for a preprocessing of its own.
    """

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def digest(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def table(self) -> tuple[Layer, ...]: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def cuts(self) -> bool: ...
    @property
    def shown(self) -> str: ...

    def activations(self, names: tuple[str, ...], *, space: str = "network") -> Activations:
        """A function from images to the activations of the named layers.

        Args:
            names: of the layers.
            space: what the network is shown: "network" for its own preprocessing, else see `preprocessing.plain`.
        """
        ...

    def response(self, name: str) -> Response:
        """A function from images to what a layer computes before its ReLU; its activation where it has none."""
        ...
