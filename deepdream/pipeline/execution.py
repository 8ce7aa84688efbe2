"""How an octave is computed: algorithm, precision and tile, chosen by operations, bytes and the processor.

decide(settings, octaves, network, plain=...) -> Execution
decided(settings, network) -> settings, note           with "auto" resolved to a precision
algorithms(settings, octaves, choices) -> names        of `gradient.engine.ALGORITHMS`
seconds(algorithms, octaves, rate) -> seconds          estimated, of all steps
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
from deepdream.settings import Settings, schedules
from deepdream.settings.fields import FLOAT32


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
    names = algorithms(settings, octaves, ("direct",) if plain else network.algorithms)
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
        for name in set(names)
    ]
    return Execution(names, settings.precision, settings.tile, max(held))


SLOW = "bfloat16 is slow here: this processor does not multiply it natively; float32 is faster."


def decided(settings: Settings, network: Network) -> tuple[Settings, str]:
    """The settings with the precision "auto" resolved; the recipe records it.

    Args:
        settings: of the dream.
        network: the network.

    Returns:
        the settings, and a note if bfloat16 was requested and the processor does not multiply it natively.
    """
    choices = network.precisions if FLOAT32.isdisjoint(settings.convolutions) else ("float32",)
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


WINOGRADS = ("strips", "winograd")
"""Winograd's convolution, compiled once for all sizes and compiled for each, which serves long dreams."""


def algorithms(settings: Settings, octaves: Sequence[Octave], choices: Sequence[str]) -> tuple[str, ...]:
    """The algorithm of each octave, one of `engine.ALGORITHMS`: by default the fastest by measured costs, of all
    octaves together, since what is compiled once serves them all.

    Args:
        settings: `precision`, then `convolution` take precedence, unless "auto".
        octaves: their sizes, steps and targets; a schedule of convolutions has one for each of them, as a record has.
        choices: for "auto", some of the network's algorithms; "direct" is one of them.
    """
    if settings.precision == "bfloat16":
        return ("bfloat16",) * len(octaves)
    measured = [name for name in (_tensorflows(), *WINOGRADS) if name in choices]
    fastest = min(measured, key=lambda name: seconds([name] * len(octaves), octaves), default="direct")
    named = schedules.expand(settings.convolution, len(octaves), str)
    return tuple(fastest if name == "auto" else name for name in named)


def seconds(algorithms: Sequence[str], octaves: Sequence[Octave], rate: float = cost.RATE) -> float:
    """Estimated seconds of all steps by the measured costs, over all targets.

    Args:
        algorithms: of each octave.
        octaves: their sizes, steps and targets.
        rate: see `cost.seconds`.
    """
    total, begun = 0.0, set()
    for name, octave in zip(algorithms, octaves, strict=True):
        for part in octave.parts:
            operations = octave.steps * cost.operations(part.table, octave.shown)
            total += cost.COSTS[name].size + cost.seconds(name, part.table, operations, rate)
            begun.add((name, part))
    return total + sum(cost.COSTS[name].start for name, _ in begun)


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
    ways = set(algorithms(settings, octaves, network.algorithms))
    if ways.isdisjoint(WINOGRADS) or settings.convolution != "auto":
        sides = [_tile(settings, octaves, network, way) for way in ways]
        return replace(settings, tile=min((side for side in sides if side is not None), default=None)), ""
    slow, name = _tensorflows(), ways.pop()
    plain = replace(settings, convolution=slow, tile=_tile(settings, octaves, network, slow))
    try:
        fast = replace(settings, tile=_tile(settings, octaves, network, name))
    except SettingError:
        fast = None
    if fast and _overlap(fast, octaves) < cost.COSTS[name].gain * _overlap(plain, octaves):
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
    largest = max(octaves, key=lambda octave: octave.shown)
    sides = [
        memory.tile(
            target.table,
            tuple(choice.layer for choice in target.choices),
            largest.size,
            allowed=settings.memory or memory.budget(),
            weights=network.nbytes,
            wraps=settings.wraps,
            mirrored=largest.mirrored,
            algorithm=algorithm,
        )
        for target in dict.fromkeys(target for octave in octaves for target in octave.targets)
    ]
    return min((side for side in sides if side is not None), default=None)


def _tensorflows() -> str:
    """The faster of TensorFlow's two convolutions on this processor."""
    return "direct" if _avx512() else "transpose"


@functools.cache
def _avx512() -> bool:
    """Whether the processor has AVX-512, for which oneDNN's plain convolution is optimised."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return any("AVX512" in name or name == "X86_V4" for name in found)
