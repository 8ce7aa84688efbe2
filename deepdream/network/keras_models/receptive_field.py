"""What one position of a layer of a Keras model sees, added up along the way.

reach(operation, *arguments, **named) -> Reach       for `graph.walk`; START stands for the picture

Only layers that are known to look at one place, or at a window, are added up. After any other one (a pooling of the
whole picture, attention, a layer of the user's) nothing is claimed: the side is None.
"""

from dataclasses import dataclass
from typing import Any

from deepdream.runtime import tf

keras = tf.keras

WINDOWS = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"}
"""Layers that see a window of what is before them."""

POINTWISE = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Relu", "Relu6", "Sigmoid", "Silu", "HardSwish",
    "Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Average", "Maximum", "Minimum", "Concatenate",
    "BatchNormalization", "Rescaling", "Normalization", "Dense", "Identity",
    "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ZeroPadding2D", "Cropping2D",
}  # fmt: skip
"""Layers and operations whose positions each see one position (with what pads or is cut off beside it)."""


@dataclass(frozen=True)
class Reach:
    """Rows and columns in picture pixels that a position sees, None where not known, and between two positions."""

    seen: tuple[int, int] | None
    jump: tuple[int, int]


START = Reach((1, 1), (1, 1))


def reach(operation: Any, *arguments: Any, **named: Any) -> Reach:
    """What a position of the operation's result sees; of several ways to it the widest."""
    before = [one for one in keras.tree.flatten((arguments, named)) if isinstance(one, Reach)]
    jump = max(one.jump for one in before)
    kind = type(operation).__name__
    if any(one.seen is None for one in before) or kind not in WINDOWS | POINTWISE:
        return Reach(None, jump)
    seen = tuple(max(one.seen[axis] for one in before if one.seen) for axis in (0, 1))
    if kind in POINTWISE:
        return Reach((seen[0], seen[1]), jump)
    window, strides = _window(operation)
    return Reach(
        (seen[0] + (window[0] - 1) * jump[0], seen[1] + (window[1] - 1) * jump[1]),
        (jump[0] * strides[0], jump[1] * strides[1]),
    )


def _window(operation: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of the window, gaps of a dilated one included, and its strides."""
    sides = getattr(operation, "kernel_size", None) or operation.pool_size
    spread = getattr(operation, "dilation_rate", (1, 1))
    rows, columns = ((side - 1) * gap + 1 for side, gap in zip(sides, spread, strict=True))
    return (rows, columns), tuple(operation.strides)
