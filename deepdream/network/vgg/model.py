"""A VGG-style network: its kernels and biases, from which everything else follows.

VGG(name, path, digest, arrays) -> a Network. TensorFlow is loaded when it first computes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from deepdream.network.classifier import Classifier
from deepdream.network.layers import Layer, truncate
from deepdream.network.network import Forward, Response
from deepdream.network.vgg import architecture
from deepdream.network.vgg.architecture import Arrays

if TYPE_CHECKING:
    from deepdream.network.vgg.forward import Parameters
    from deepdream.runtime import tf


@dataclass(frozen=True, eq=False)
class VGG:
    """A network that this package computes layer by layer; see `network.Network`.

    Attributes:
        arrays: kernel [3, 3, in, out] and bias [out] of each convolution, float32, by layer name in forward order.
    """

    name: str
    path: Path
    digest: str
    arrays: Arrays
    note: str = ""
    usual: Mapping[str, np.ndarray] = field(default_factory=dict)
    classifier: Classifier | None = None

    cuts: ClassVar[bool] = True
    algorithms: ClassVar[tuple[str, ...]] = ("direct", "transpose", "winograd", "strips")
    precisions: ClassVar[tuple[str, ...]] = ("float32", "bfloat16")
    software: ClassVar[Mapping[str, str]] = {}
    input_note: ClassVar[str] = ""
    shown: ClassVar[str] = "network"
    flat: ClassVar[tuple[str, ...]] = architecture.FLAT

    @cached_property
    def table(self) -> tuple[Layer, ...]:
        """The network's layers, first to last."""
        return architecture.layers(self.widths, self.blocks)

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of blocks 1 to 5."""
        return architecture.blocks(self.arrays)[0]

    @property
    def blocks(self) -> tuple[int, ...]:
        """Convolutions in blocks 1 to 5."""
        return architecture.blocks(self.arrays)[1]

    @property
    def nbytes(self) -> int:
        """Bytes of all its arrays."""
        return sum(array.nbytes for pair in self.arrays.values() for array in pair)

    def activations(self, names: tuple[str, ...], *, space: str = "network") -> Forward:
        """See `network.Network`."""
        from deepdream.network import preprocessing
        from deepdream.network.vgg import forward

        table = truncate(self.table, set(names))
        parameters = self._parameters(table)
        return lambda images: forward.activations(
            parameters, preprocessing.to_network(images, space), names, table=table
        )

    def response(self, name: str, *, precision: str = "float32") -> Response:
        """See `network.Network`; for a pool, the maximum over the response of the convolution before it. The first
        layer, whose inputs bfloat16 would round, is always in float32.
        """
        from deepdream.network import preprocessing
        from deepdream.network.vgg import bfloat16, forward

        table = truncate(self.table, {name})
        halved = precision == "bfloat16" and table[-1] is not table[0]
        activate = bfloat16.activations if halved else forward.activations
        parameters = bfloat16.prepare(self.arrays, table) if halved else self._parameters(table)

        def response(images: "tf.Tensor", channels: "tf.Tensor | None" = None) -> "tf.Tensor":
            shown = preprocessing.to_network(images, "network")
            return forward.response(parameters, shown, table, channels, activate=activate)

        return response

    def _parameters(self, table: tuple[Layer, ...]) -> "Parameters":
        """The arrays that these layers need, as tensors."""
        from deepdream.runtime import tf

        constant: Callable[..., tf.Tensor] = tf.constant
        return {
            layer.name: (constant(self.arrays[layer.name][0]), constant(self.arrays[layer.name][1]))
            for layer in table
            if layer.kind == "conv"
        }
