"""How an octave is computed: by which convolution, in which tiles. Decided from operations, bytes and the processor.

decided(settings, network) -> settings, note                                  with the precision that "auto" comes to
algorithm(settings, octave, plain=...) -> "direct", "transpose" or "winograd"  see `gradient.engine.ALGORITHMS`
fit(settings, octaves, network) -> settings, note                             with the tile that memory asks for
"""

import functools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from deepdream.errors import SettingError
from deepdream.gradient import cost, memory, precision, tiles
from deepdream.network.network import Network
from deepdream.pipeline import limits
from deepdream.pipeline.plan import Octave
from deepdream.settings import Settings

FLOAT32 = ("transpose", "winograd")
"""Convolutions that are computed in float32 alone."""

SLOW = "bfloat16 is slow here: this processor does not multiply it itself; float32 is the faster one."


def decided(settings: Settings, network: Network) -> tuple[Settings, str]:
    """The settings with the precision that "auto" comes to; the recipe records it.

    Args:
        settings: how to dream.
        network: what dreams.

    Returns:
        the settings, and a sentence where the processor does not multiply bfloat16, which was asked for.
    """
    if settings.precision != "auto":
        asked = settings.precision == "bfloat16"
        return settings, SLOW if asked and not precision.native() else ""
    plain = not network.cuts or settings.convolution in FLOAT32
    return replace(settings, precision="float32" if plain else precision.fastest()), ""


def algorithm(settings: Settings, octave: Octave, *, plain: bool) -> str:
    """What an octave is computed by, one of `engine.ALGORITHMS`: the fastest by the costs that were measured.

    Args:
        settings: `precision`, then `convolution` decide, unless it is "auto".
        octave: its size, steps and targets.
        plain: whether TensorFlow's own convolution is the one to take, unless another is asked for.
    """
    if settings.precision == "bfloat16":
        return "bfloat16"
    if settings.convolution != "auto":
        return settings.convolution
    ours = _tensorflows()
    return "direct" if plain else min((ours, "winograd"), key=lambda name: _seconds(name, octave))


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
    ways = {algorithm(settings, octave, plain=False) for octave in octaves}
    if "winograd" not in ways or settings.convolution != "auto":
        return replace(settings, tile=_tile(settings, octaves, network, ways.pop())), ""
    slow = _tensorflows()
    plain = replace(settings, convolution=slow, tile=_tile(settings, octaves, network, slow))
    try:
        fast = replace(settings, tile=_tile(settings, octaves, network, "winograd"))
    except SettingError:
        fast = None
    if fast and _overlap(fast, octaves) < cost.COSTS["winograd"].gain * _overlap(plain, octaves):
        return fast, ""
    return plain, "Winograd's convolution, the faster one, was left out: its kernels leave too little memory for tiles."


def _overlap(settings: Settings, octaves: Sequence[Octave]) -> float:
    """How often a pixel of the picture is computed, since tiles overlap by their margins."""
    if settings.tile is None:
        return 1.0
    margins = [
        tiles.margin(target.table, tuple(choice.layer for choice in target.choices))
        for octave in octaves
        for target in octave.targets
    ]
    return (1 + 2 * max(margins) / settings.tile) ** 2


def _tile(settings: Settings, octaves: Sequence[Octave], network: Network, algorithm: str) -> int | None:
    """The smallest of the tiles that the octaves' targets need; None where all fit at once."""
    sides = [
        memory.tile(
            target.table,
            tuple(choice.layer for choice in target.choices),
            max(octave.size for octave in octaves),
            allowed=settings.memory or memory.budget(),
            weights=network.nbytes,
            wraps=settings.wraps,
            algorithm=algorithm,
        )
        for target in dict.fromkeys(target for octave in octaves for target in octave.targets)
    ]
    return min((side for side in sides if side is not None), default=None)


def _seconds(algorithm: str, octave: Octave) -> float:
    """What the octave's steps are worth by the measured costs, all targets together."""
    return sum(
        cost.seconds(algorithm, target.table, octave.steps * cost.operations(target.table, octave.size))
        for target in octave.targets
    )


def _tensorflows() -> str:
    """The faster of TensorFlow's two ways on this processor."""
    return "direct" if _avx512() else "transpose"


@functools.cache
def _avx512() -> bool:
    """Whether the processor has AVX-512, for which oneDNN's plain convolution is as fast as can be."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any("AVX512" in name or name == "X86_V4" for name in found)
