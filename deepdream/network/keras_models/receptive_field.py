"""Receptive fields of a Keras model's layers, accumulated along its graph.

reach(operation, *arguments, **named) -> Reach       for `graph.walk`; START stands for the picture

Only layers known to see a single position or a window are counted. After any other (global pooling, attention, a
user's own layer) the receptive field is unknown: None.
"""

from dataclasses import dataclass
from typing import Any

from deepdream.runtime import tf

keras = tf.keras

WINDOWS = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D"}
"""Layers that see a window of their input."""

POINTWISE = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Relu", "Relu6", "Sigmoid", "Silu", "HardSwish",
    "Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Average", "Maximum", "Minimum", "Concatenate",
    "BatchNormalization", "Rescaling", "Normalization", "Dense", "Identity",
    "Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ZeroPadding2D", "Cropping2D",
}  # fmt: skip
"""Layers and operations whose positions each see one position of their input (padding and cropping included)."""


@dataclass(frozen=True)
class Reach:
    """A receptive field as rows and columns in picture pixels, None if unknown, and the stride along both."""

    seen: tuple[int, int] | None
    jump: tuple[int, int]


START = Reach((1, 1), (1, 1))


def reach(operation: Any, *arguments: Any, **named: Any) -> Reach:
    """The receptive field of the operation's result; the widest of several branches."""
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
    """Rows and columns of the window, including a dilated one's gaps, and its strides."""
    sides = getattr(operation, "kernel_size", None) or operation.pool_size
    spread = getattr(operation, "dilation_rate", (1, 1))
    rows, columns = ((side - 1) * gap + 1 for side, gap in zip(sides, spread, strict=True))
    return (rows, columns), tuple(operation.strides)
