"""The interface of a network, whether this package or Keras computes it.

Three classes implement it: `vgg.model.VGG`, computed by this package; `keras_models.model.KerasNetwork`; and
`saved_model.SavedModel`, a graph that TensorFlow saved.
`weights.lookup.load` returns one of them.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from deepdream.network.classifier import Classifier
from deepdream.network.layers import Layer

if TYPE_CHECKING:
    from deepdream.runtime import tf

Activations = Mapping[str, "tf.Tensor"]
"""Layer name -> [N, h, w, channels]."""

Forward = Callable[["tf.Tensor"], dict[str, "tf.Tensor"]]
"""A forward pass: images [N, H, W, 3], RGB 0..1 -> the activations of some layers."""


class Response(Protocol):
    """A layer's pre-activation (before its ReLU) as a function of images [N, H, W, 3], RGB 0..1."""

    def __call__(self, images: "tf.Tensor", channels: "tf.Tensor | None" = None) -> "tf.Tensor":
        """The response of all channels, or of these, [N, h, w, channels]."""
        ...


class Network(Protocol):
    """A network with verified weights.

    Attributes:
        name: such as "vgg19"; the file name of a user's model.
        path: the file of its weights.
        digest: sha256 of that file, hex.
        note: a sentence about a choice made for the user, such as the pocket network, else "".
        input_note: a sentence about the input range chosen for it, if the setting `input` does not, else "".
        table: its layers, first to last.
        blocks: convolutions in each of its blocks, named block1_conv1 and so on; empty if it has none of that kind.
        flat: names of its layers without rows and columns, such as a classifier's, which no dream can excite.
        nbytes: bytes of its weights.
        cuts: whether it can be computed window by window, with gradients that add up to the whole picture's.
        algorithms: of its convolutions, values of the setting `convolution`.
        precisions: that it can be computed in, values of the setting `precision`.
        software: versions of what computes it beside this package and TensorFlow, by name.
        shown: the value of the setting `input` for its input range; "network" for its own preprocessing.
        usual: mean activation of each channel over photographs, [channels] by layer name; empty if unknown.
        classifier: how it tells classes apart; None if it does not.
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
    def input_note(self) -> str: ...
    @property
    def table(self) -> tuple[Layer, ...]: ...
    @property
    def blocks(self) -> tuple[int, ...]: ...
    @property
    def flat(self) -> tuple[str, ...]: ...
    @property
    def nbytes(self) -> int: ...
    @property
    def cuts(self) -> bool: ...
    @property
    def algorithms(self) -> tuple[str, ...]: ...
    @property
    def precisions(self) -> tuple[str, ...]: ...
    @property
    def software(self) -> Mapping[str, str]: ...
    @property
    def shown(self) -> str: ...
    @property
    def usual(self) -> Mapping[str, np.ndarray]: ...
    @property
    def classifier(self) -> Classifier | None: ...

    def activations(self, names: tuple[str, ...], *, space: str = "network") -> Forward:
        """A function from images to the activations of the named layers.

        Args:
            names: of the layers, also of the classes' layer.
            space: the input range: "network" for its own preprocessing, else see `preprocessing.plain`.
        """
        ...

    def response(self, name: str, *, precision: str = "float32") -> Response:
        """A function from images to a layer's pre-activation; its activation if it has no ReLU.

        Args:
            name: of the layer.
            precision: of kernels and activations, one of `precisions`.
        """
        ...
