"""How an octave is computed: algorithm, precision and tile, chosen by operations, bytes and the processor.

decide(settings, octaves, network, plain=...) -> Execution
decided(settings, network) -> settings, note           with "auto" resolved to a precision
algorithm(settings, octave, choices) -> name           of `gradient.engine.ALGORITHMS`
fit(settings, octaves, network) -> settings, note      with a tile that fits in memory
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from deepdream.errors import SettingError
from deepdream.gradient import cost, memory, precision, tiles
from deepdream.network.network import Network
from deepdream.pipeline import limits
from deepdream.pipeline.plan import Octave
from deepdream.settings import Settings


@dataclass(frozen=True)
class Execution:
    """How a dream is computed: decided once, read by the estimate, the run and the record.

    Attributes:
        algorithms: for each octave, coarse to fine, one of `engine.ALGORITHMS`.
        precision: "float32" or "bfloat16": of kernels and activations.
        tile: side of the tiles' cores in pixels; None for the whole picture at once.
        memory: estimated peak of the whole process, in bytes.
    """

    algorithms: tuple[str, ...]
    precision: str
    tile: int | None
    memory: int


def decide(settings: Settings, octaves: Sequence[Octave], network: Network, *, plain: bool) -> Execution:
    """The execution of a dream.

    Args:
        settings: resolved, with their precision and tile.
        octaves: what each scale does.
        network: the network.
        plain: whether "auto" is limited to TensorFlow's own convolution.
    """
    choices = ("direct",) if plain else network.algorithms
    algorithms = tuple(algorithm(settings, octave, choices) for octave in octaves)
    largest = max(octave.shown for octave in octaves)
    held = [
        cost.process(
            target.table,
            largest,
            tiles.window(
                largest,
                core=settings.tile or max(largest),
                margin=tiles.margin(target.table, tuple(choice.layer for choice in target.choices)),
                wraps=settings.wraps,
            ),
            weights=network.nbytes,
            algorithm=name,
        )
        for octave in octaves
        for target in octave.targets
        for name in set(algorithms)
    ]
    return Execution(algorithms, settings.precision, settings.tile, max(held))


FLOAT32 = ("transpose", "winograd")
"""Convolutions that support only float32."""

SLOW = "bfloat16 is slow here: this processor does not multiply it natively; float32 is faster."


def decided(settings: Settings, network: Network) -> tuple[Settings, str]:
    """The settings with the precision "auto" resolved; the recipe records it.

    Args:
        settings: of the dream.
        network: the network.

    Returns:
        the settings, and a note if bfloat16 was requested and the processor does not multiply it natively.
    """
    choices = ("float32",) if settings.convolution in FLOAT32 else network.precisions
    name, note = resolved_precision(settings.precision, choices)
    return replace(settings, precision=name), note


def resolved_precision(name: str, choices: Sequence[str]) -> tuple[str, str]:
    """The precision that "auto" stands for, and a note if bfloat16 was requested and the processor does not multiply it
    natively.

    Args:
        name: as requested.
        choices: that can be used.
    """
    if name == "auto":
        return precision.fastest(choices), ""
    return name, SLOW if name == "bfloat16" and not precision.native() else ""


def algorithm(settings: Settings, octave: Octave, choices: Sequence[str]) -> str:
    """The algorithm of an octave, one of `engine.ALGORITHMS`: by default the fastest by measured costs.

    Args:
        settings: `precision`, then `convolution` take precedence, unless "auto".
        octave: its size, steps and targets.
        choices: for "auto", some of the network's algorithms; "direct" is one of them.
    """
    if settings.precision == "bfloat16":
        return "bfloat16"
    if settings.convolution != "auto":
        return settings.convolution
    measured = [name for name in (_tensorflows(), "winograd") if name in choices]
    return min(measured, key=lambda name: _seconds(name, octave), default="direct")


def fit(settings: Settings, octaves: Sequence[Octave], network: Network) -> tuple[Settings, str]:
    """The settings with a tile that fits in memory, unless the user gave one; the recipe records it.

    Args:
        settings: of the dream.
        octaves: the plan of each scale.
        network: the network; a Keras network has no tiles.

    Returns:
        the settings, and a note if Winograd's convolution does not fit in memory.

    Raises:
        SettingError: not even the smallest tile fits in the memory allowed.
    """
    if not network.cuts:
        limits.check_memory(settings, octaves, network)
        return settings, ""
    if settings.tile is not None:
        return settings, ""
    ways = {algorithm(settings, octave, network.algorithms) for octave in octaves}
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
    """How often each pixel of the picture is computed, since tiles overlap by their margins."""
    if settings.tile is None:
        return 1.0
    margins = [
        tiles.margin(target.table, tuple(choice.layer for choice in target.choices))
        for octave in octaves
        for target in octave.targets
    ]
    return (1 + 2 * max(margins) / settings.tile) ** 2


def _tile(settings: Settings, octaves: Sequence[Octave], network: Network, algorithm: str) -> int | None:
    """The smallest of the tiles that the octaves' targets need; None if the whole picture fits at once."""
    sides = [
        memory.tile(
            target.table,
            tuple(choice.layer for choice in target.choices),
            max(octave.shown for octave in octaves),
            allowed=settings.memory or memory.budget(),
            weights=network.nbytes,
            wraps=settings.wraps,
            algorithm=algorithm,
        )
        for target in dict.fromkeys(target for octave in octaves for target in octave.targets)
    ]
    return min((side for side in sides if side is not None), default=None)


def _seconds(algorithm: str, octave: Octave) -> float:
    """Estimated seconds of the octave's steps by the measured costs, over all targets."""
    return sum(
        cost.seconds(algorithm, part.table, octave.steps * cost.operations(part.table, octave.shown))
        for part in octave.parts
    )


def _tensorflows() -> str:
    """The faster of TensorFlow's two convolutions on this processor."""
    return "direct" if _avx512() else "transpose"


@functools.cache
def _avx512() -> bool:
    """Whether the processor has AVX-512, for which oneDNN's plain convolution is optimised."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any("AVX512" in name or name == "X86_V4" for name in found)
