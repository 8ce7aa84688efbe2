"""How an octave is computed: by which convolution, in which tiles. Decided from operations, bytes and the processor.

algorithm(settings, octave, plain=...) -> "direct", "transpose" or "winograd"  see `gradient.engine.ALGORITHMS`
fit(settings, octaves, network) -> settings, note                             with the tile that memory asks for
"""

import functools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from deepdream.errors import SettingError
from deepdream.gradient import cost, memory, tiles
from deepdream.network.network import Network
from deepdream.pipeline import limits
from deepdream.pipeline.plan import Aim, Octave
from deepdream.settings import Settings

COMPILED_OPERATIONS = 8e12
"""Floating-point operations that one region of an octave has ahead, above which compiling its gradient is worth the
wait: on two cores some twenty seconds of plain computing, of which Winograd's convolution saves more than half, while
preparing and compiling it takes about ten for each size of picture."""

WIDE = 64
"""Channels in and out from which Winograd's convolution is the faster one; with fewer its transforms eat the gain, so a
narrow network such as the pocket network stays plain."""


def algorithm(settings: Settings, octave: Octave, *, plain: bool) -> str:
    """The convolution that an octave is computed by.

    Args:
        settings: `convolution` decides, unless it is "auto".
        octave: its size, steps and aims.
        plain: whether TensorFlow's own convolution is the one to take, unless another is asked for.
    """
    if settings.convolution != "auto":
        return settings.convolution
    if plain:
        return "direct"
    return "winograd" if any(_pays(octave, aim) for aim in octave.aims) else _tensorflows()


def fit(settings: Settings, octaves: Sequence[Octave], network: Network) -> tuple[Settings, str]:
    """The settings with the tile that memory asks for, where the user names none; the recipe records it.

    Args:
        settings: how to dream.
        octaves: what each scale does.
        network: what dreams.

    Returns:
        the settings, and a sentence where Winograd's convolution had to be left out; what Keras computes has no tiles.

    Raises:
        SettingError: the memory allowed is too little.
    """
    if not network.cuts:
        limits.check_memory(settings, octaves, network)
        return settings, ""
    if settings.tile is not None:
        return settings, ""
    if all(algorithm(settings, octave, plain=False) != "winograd" for octave in octaves):
        return replace(settings, tile=_tile(settings, octaves, network, winograd=False)), ""
    if settings.convolution != "auto":
        return replace(settings, tile=_tile(settings, octaves, network, winograd=True)), ""
    plain = replace(settings, convolution=_tensorflows(), tile=_tile(settings, octaves, network, winograd=False))
    try:
        fast = replace(settings, tile=_tile(settings, octaves, network, winograd=True))
    except SettingError:
        fast = None
    if fast and _overlap(fast, octaves) < cost.WINOGRAD_GAIN * _overlap(plain, octaves):
        return fast, ""
    return plain, "Winograd's convolution, the faster one, was left out: its kernels leave too little memory for tiles."


def _overlap(settings: Settings, octaves: Sequence[Octave]) -> float:
    """How often a pixel of the picture is computed, since tiles overlap by their margins."""
    if settings.tile is None:
        return 1.0
    margins = [
        tiles.margin(aim.table, tuple(choice.layer for choice in aim.choices))
        for octave in octaves
        for aim in octave.aims
    ]
    return (1 + 2 * max(margins) / settings.tile) ** 2


def _tile(settings: Settings, octaves: Sequence[Octave], network: Network, *, winograd: bool) -> int | None:
    """The smallest of the tiles that the octaves' aims need; None where all fit at once."""
    sides = [
        memory.tile(
            aim.table,
            tuple(choice.layer for choice in aim.choices),
            max(octave.size for octave in octaves),
            allowed=settings.memory or memory.budget(),
            weights=network.nbytes,
            wraps=settings.wraps,
            winograd=winograd,
        )
        for aim in dict.fromkeys(aim for octave in octaves for aim in octave.aims)
    ]
    return min((side for side in sides if side is not None), default=None)


def _pays(octave: Octave, aim: Aim) -> bool:
    """Whether compiling an aim's gradient is worth the wait."""
    ahead = octave.steps * cost.operations(aim.table, octave.size)
    wide = tuple(layer for layer in aim.table if min(layer.inputs, layer.channels) >= WIDE)
    return ahead > COMPILED_OPERATIONS and octave.steps * cost.operations(wide, octave.size) > 0.9 * ahead


def _tensorflows() -> str:
    """The faster of TensorFlow's two ways on this processor."""
    return "direct" if _avx512() else "transpose"


@functools.cache
def _avx512() -> bool:
    """Whether the processor has AVX-512, for which oneDNN's plain convolution is as fast as can be."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any("AVX512" in name or name == "X86_V4" for name in found)
