"""How an octave is computed: by which convolution. Decided from the operations ahead, the device and the processor.

path(settings, octave, plain=...) -> "direct", "transpose" or "winograd"      see `network.convolution`
"""

import functools

import numpy as np

from deepdream.aims import Octave
from deepdream.gradient import cost
from deepdream.settings import Settings

COMPILED_OPERATIONS = 8e12
"""Floating-point operations that one region of an octave has ahead, above which compiling its gradient is worth the
wait: on two cores some twenty seconds of plain computing, of which Winograd's convolution saves more than half, while
XLA takes about six seconds for each size of picture."""


def path(settings: Settings, octave: Octave, *, plain: bool) -> str:
    """The convolution that an octave is computed by.

    Args:
        settings: `convolution` as typed decides; `compile` says whether Winograd's, which XLA compiles, may be taken.
        octave: its size, steps and aims.
        plain: whether TensorFlow's own convolution is the one to take, unless another is asked for.
    """
    if settings.convolution != "auto":
        return settings.convolution
    if settings.compile == "yes":
        return "winograd"
    if plain:
        return "direct"
    ahead = max(octave.steps * cost.operations(aim.table, octave.size) for aim in octave.aims)
    if settings.compile == "auto" and ahead > COMPILED_OPERATIONS:
        return "winograd"
    return "direct" if _avx512() else "transpose"


@functools.cache
def _avx512() -> bool:
    """Whether the processor has AVX-512, for which oneDNN's plain convolution is as fast as can be."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any("AVX512" in name or name == "X86_V4" for name in found)
