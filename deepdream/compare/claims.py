"""The original project's claims about layers, each tied to measures of a comparison.

judge(results) -> (Claim with its findings, ...)

The claims are those of the student project that this tool grew from. A finding picks its groups by their layers, not by
their names, so groups other than the defaults are judged where possible.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepdream.compare import verdicts
from deepdream.compare.measures import MEASURES
from deepdream.compare.tables import Result
from deepdream.compare.verdicts import Effect, Judgement

NEIGHBOURS = 2
"""A group has a depth if its layers span at most this many blocks."""


@dataclass(frozen=True)
class Finding:
    """One statement of a claim, and its judgement."""

    statement: str
    judgement: Judgement


@dataclass(frozen=True)
class Claim:
    """A claim as the original project meant it, and its findings."""

    title: str
    findings: tuple[Finding, ...]
    remark: str = ""


_WITH_DEPTH = (
    ("Later layers add coarser waves than early ones.", "wavelength", Effect(1, 1.25)),
    ("The spectrum of what later layers add falls more steeply.", "slope", Effect(-1, 0.3, ratio=False)),
    ("Later layers add larger shapes.", "part_size", Effect(1, 1.25)),
    ("Early layers repeat themselves more.", "repetition", Effect(-1, 0.02, ratio=False)),
    ("Early layers draw more of a grid.", "grid", Effect(-1, 0.05, ratio=False)),
    ("Later layers draw in more directions.", "spread", Effect(1, 0.05, ratio=False)),
)
_POOLED = (
    (
        "Pooling layers repeat themselves more than the convolutions before them.",
        "repetition",
        Effect(1, 0.02, ratio=False),
    ),
    ("Pooling layers discard fine detail: what they add has longer waves.", "wavelength", Effect(1, 1.1)),
    ("Pooling layers discard fine detail: its spectrum falls more steeply.", "slope", Effect(-1, 0.1, ratio=False)),
    ("Pooling layers add larger parts than the convolutions before them.", "part_size", Effect(1, 1.1)),
)  # fmt: skip


def judge(results: Sequence[Result]) -> tuple[Claim, ...]:
    """Every claim, judged by the numbers of this run."""
    return (
        Claim(
            "Early layers give fine, repetitive, grid-like detail; later ones larger, more complex shapes",
            tuple(_with_depth(results, *entry) for entry in _WITH_DEPTH),
            "Complexity has no measure of its own here: size and the spread of directions stand for it.",
        ),
        Claim(
            "Pooling gives more repetitive patterns than convolution and discards fine detail",
            tuple(_pooled(results, *entry) for entry in _POOLED),
            "Each pooling layer is compared with the last convolution before it, at equal depth: convolution → pool.",
        ),
        Claim(
            "Under pooling the picture gradually disappears with more steps",
            (
                _fading(results, "Under pooling layers the outlines go, step by step.", "outlines"),
                _fading(results, "Under pooling layers the structure (SSIM) goes, step by step.", "ssim"),
                _more(
                    results,
                    "More of the outlines goes under pooling layers than under the convolutions before them.",
                    "outlines",
                ),
            ),
        ),
    )


def judged(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims without the findings that these groups are too few for, or have nothing to do with."""
    found = (replace(claim, findings=tuple(f for f in claim.findings if f.judgement.enough)) for claim in claims)
    return tuple(claim for claim in found if claim.findings)


def _with_depth(results: Sequence[Result], statement: str, name: str, effect: Effect) -> Finding:
    """A measure over the groups that have a depth, from shallow to deep."""
    by_depth = sorted(
        (depth, index)
        for index, result in enumerate(results)
        if not result.group.paired and (depth := _depth(result)) is not None
    )
    chosen = [results[index] for _, index in by_depth]
    if len({depth for depth, _ in by_depth}) < len(by_depth):
        chosen = []  # two groups at one depth have no order
    return Finding(
        statement,
        verdicts.trend(
            [result.group.name for result in chosen],
            [result.measures[name] for result in chosen],
            effect,
            spreads=[_spread(result, name) for result in chosen],
            digits=MEASURES[name].digits,
            unit=MEASURES[name].unit,
        ),
    )


def _pooled(results: Sequence[Result], statement: str, name: str, effect: Effect) -> Finding:
    """A measure over the pairs of a pooling layer and the convolution before it."""
    single = {result.layers[0]: result for result in results if result.group.paired}
    values, spreads = list[tuple[str, float, float]](), list[float]()
    for layer, pool in single.items():
        block = layer.removesuffix("_pool")
        before = [other for other in single if other.startswith(f"{block}_conv")]
        if layer.endswith("_pool") and before:
            values.append((block, single[before[-1]].measures[name], pool.measures[name]))
            spreads.append(math.hypot(_spread(single[before[-1]], name), _spread(pool, name)))
    measure = MEASURES[name]
    return Finding(statement, verdicts.pairs(values, effect, digits=measure.digits, unit=measure.unit, spreads=spreads))


def _spread(result: Result, name: str) -> float:
    """How far a measure varies by chance; 0 for one that noise has no value of."""
    return result.noise[name].spread if name in result.noise else 0.0


def _fading(results: Sequence[Result], statement: str, name: str) -> Finding:
    """A curve over the steps of the group of pooling layers."""
    pool = _of_kind(results, "pool")
    values = [getattr(moment, name) for moment in pool.moments] if pool else []
    judgement = verdicts.fade(pool.group.name if pool else "a group of pooling layers", values)
    if pool and name in pool.noise and judgement.enough:
        digits, chance = MEASURES[name].digits, pool.noise[name]
        beside = f"Noise with the spectrum of what was added would keep {chance.mean:.{digits}f}."
        judgement = replace(judgement, sentence=f"{judgement.sentence} {beside}")
    return Finding(statement, judgement)


def _more(results: Sequence[Result], statement: str, name: str) -> Finding:
    """What is kept at the end, pooling layers versus convolutions: the two groups, and every pair."""
    pool, conv = _of_kind(results, "pool"), _of_kind(results, "conv")
    finding = _pooled(results, statement, name, Effect(-1, 0.05, ratio=False))
    if pool is None or conv is None:
        return finding
    digits = MEASURES[name].digits
    sentence = (
        f"All pooling layers together keep {pool.measures[name]:.{digits}f}, all convolutions "
        f"{conv.measures[name]:.{digits}f}. {finding.judgement.sentence}"
    )
    return Finding(statement, replace(finding.judgement, sentence=sentence))


def _of_kind(results: Sequence[Result], kind: str) -> Result | None:
    """The first group whose layers are all of one kind ("pool" or "conv") and span several blocks."""
    for result in results:
        alike = all(layer.partition("_")[2].startswith(kind) for layer in result.layers)
        if alike and len(_blocks(result)) > NEIGHBOURS:
            return result
    return None


def _depth(result: Result) -> float | None:
    """The mean block of a group's layers; None if they are spread over the network, or if their names carry no block,
    as in networks other than VGG.
    """
    if result.group.depth is not None:
        return result.group.depth
    blocks = _blocks(result)
    return sum(blocks) / len(blocks) if 0 < len(blocks) <= NEIGHBOURS else None


def _blocks(result: Result) -> set[int]:
    found = [re.match(r"block(\d+)_(?:conv\d|pool)", layer) for layer in result.layers]
    return {int(match[1]) for match in found if match} if all(found) else set()
