"""How an octave is computed: by which convolution. Decided from the operations ahead, the device and the processor.

path(settings, octave, plain=...) -> "direct", "transpose" or "winograd"      see `network.convolution`
"""

import functools

import numpy as np

from deepdream.aims import Aim, Octave
from deepdream.gradient import cost
from deepdream.settings import Settings

COMPILED_OPERATIONS = 8e12
"""Floating-point operations that one region of an octave has ahead, above which compiling its gradient is worth the
wait: on two cores some twenty seconds of plain computing, of which Winograd's convolution saves more than half, while
preparing and compiling it takes about ten for each size of picture."""

WIDE = 64
"""Channels in and out from which Winograd's convolution is the faster one; with fewer its transforms eat the gain, so a
narrow network such as the pocket network stays plain."""


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
    if settings.compile == "auto" and any(_pays(octave, aim) for aim in octave.aims):
        return "winograd"
    return "direct" if _avx512() else "transpose"


def _pays(octave: Octave, aim: Aim) -> bool:
    """Whether compiling an aim's gradient is worth the wait."""
    ahead = octave.steps * cost.operations(aim.table, octave.size)
    wide = tuple(layer for layer in aim.table if min(layer.inputs, layer.channels) >= WIDE)
    return ahead > COMPILED_OPERATIONS and octave.steps * cost.operations(wide, octave.size) > 0.9 * ahead


@functools.cache
def _avx512() -> bool:
    """Whether the processor has AVX-512, for which oneDNN's plain convolution is as fast as can be."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any("AVX512" in name or name == "X86_V4" for name in found)
