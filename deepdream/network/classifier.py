"""A network's classes as a function of one of its layers.

typed(choice, classifier) -> text      a choice as a term of a selection

A class's logit, its score before the softmax, is a mean over positions, so that it is an objective like any other:
either of a weighted sum of a layer's channels (a linear classifier on mean activations), or of the network's own last
layer, computed at every position (Long, Shelhamer and Darrell 2015, arXiv:1411.4038, "fully convolutional").
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deepdream.network.layers import Layer
from deepdream.settings.selection import Choice, spelled
from deepdream.settings.targets import CLASS, Classes

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, eq=False)
class Classifier:
    """How a network tells classes apart.

    Attributes:
        classes: their layer, number and names.
        row: that layer, if the table does not have it.
        kernel: weight of each of the layer's channels in each class, [channels, classes] float32; None where the
            layer's channels are the classes.
        bias: what is added for each class, [classes] float32.
        digest: sha256 of the classifier's own file, hex; "" if it is in the network's.
    """

    classes: Classes
    row: Layer | None
    kernel: "np.ndarray | None"
    bias: "np.ndarray"
    digest: str = ""

    def vector(self, number: int) -> "np.ndarray":
        """The weight of each channel of the layer in a class, [channels] float32."""
        if self.kernel is not None:
            return self.kernel[:, number]
        import numpy as np  # here: the command line names classes without it

        return np.eye(1, self.classes.count, number, dtype=np.float32)[0]


def typed(choice: Choice, classifier: Classifier | None) -> str:
    """A choice as a term of a selection, without its weight."""
    if choice.computed is None:
        return choice.layer if choice.channels is None else f"{choice.layer}:{spelled(choice.channels)}"
    if choice.computed.kind != CLASS:
        return f"{choice.layer}:{choice.computed}"
    assert classifier is not None
    return f"{CLASS}:{classifier.classes.typed(int(choice.computed.arguments[0]))}"
