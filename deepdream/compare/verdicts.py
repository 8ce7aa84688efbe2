"""Claims about layers, judged by the numbers of one run and by nothing else.

judge(dreams) -> (Finding, ...)       every claim of `claims`, in its order
trend, pairs, fade                    the three rules, pure functions on numbers

A finding holds, does not hold, or can't be told; its sentence carries the numbers and its rule says what would have
made it hold. The rules' thresholds are stated here and nowhere else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import spearmanr

HOLDS, FAILS, OPEN = "holds", "does not hold", "can't be told"

TREND_RANK, TREND_GROUPS = 0.9, 3
"""A trend with depth needs so high a rank correlation, over so many groups or more; among five, one swap is allowed."""

PAIR_SHARE, PAIR_COUNT = 0.8, 3
"""A comparison of pairs needs so large a share of them to agree, and at least so many pairs."""

FADE_RANK, FADE_LOST, FADE_LITTLE, FADE_STEP, FADE_STEPS = 0.8, 0.3, 0.1, 0.5, 5
"""Fading: rank correlation with the steps, share lost to hold, share lost up to which nothing has gone, largest share
of the loss that one step may take, fewest steps to judge."""


@dataclass(frozen=True)
class Effect:
    """How two numbers of a measure are set against each other, and how much it takes.

    Attributes:
        sign: 1 when the claim expects the second to be larger, -1 smaller.
        least: the ratio (above 1), or the difference where `ratio` is False, that the claim needs.
        ratio: which of the two.
    """

    sign: int
    least: float
    ratio: bool = True

    def of(self, first: float, second: float) -> float:
        """How far it goes the claimed way: above 0 the claimed way, at least 1 far enough."""
        if not self.ratio:
            return self.sign * (second - first) / self.least
        if first <= 0 or second <= 0:
            return math.nan
        return self.sign * math.log(second / first) / math.log(self.least)

    def words(self, first: float, second: float) -> str:
        """The second over the first, or less the first, in words."""
        if self.ratio:
            return f"{second / first:.2f} times" if first > 0 else "not comparable with"
        difference = f"{abs(second - first):.2f}"
        return "level with" if difference == "0.00" else f"{difference} {'above' if second > first else 'below'}"

    def rule(self) -> str:
        """What it takes, in words."""
        if self.ratio:
            return f"at least {self.least:g} times" if self.sign > 0 else f"at most 1/{self.least:g} of"
        return f"at least {self.least:g} {'above' if self.sign > 0 else 'below'}"


@dataclass(frozen=True)
class Judgement:
    """A verdict with its numbers in a sentence, and the rule it was reached by."""

    verdict: str
    sentence: str
    rule: str


def trend(names: Sequence[str], values: Sequence[float], effect: Effect, *, digits: int, unit: str = "") -> Judgement:
    """Whether a measure changes with depth the way that is claimed.

    Args:
        names: of groups, from shallow to deep.
        values: one number each.
        effect: set from the median of the earlier half to that of the later half; a middle group is in neither.
        digits: after the point, of the numbers in the sentence.
        unit: of these numbers.
    """
    way = "rising" if effect.sign > 0 else "falling"
    rule = (
        f"Holds when the rank correlation with depth is {way}, {TREND_RANK:g} or stronger, and the later half's median "
        f"is {effect.rule()} the earlier half's; does not hold when either goes the other way; in between it can't be "
        f"told. It takes {TREND_GROUPS} groups at different depths."
    )
    known = [(name, value) for name, value in zip(names, values, strict=True) if math.isfinite(value)]
    if len(known) < TREND_GROUPS:
        return Judgement(OPEN, f"Only {_several(len(known), 'group')} at different depths could be measured.", rule)
    numbers = [value for _, value in known]
    half = len(numbers) // 2
    early, late = median(numbers[:half]), median(numbers[-half:])
    rank, far = _rank(numbers), effect.of(early, late)
    listed = ", ".join(f"{name} {value:.{digits}f}" for name, value in known)
    sentence = (
        f"{listed}{_unit(unit)}: rank correlation with depth {rank:+.2f}; the later half's median {late:.{digits}f} is "
        f"{effect.words(early, late)} the earlier half's {early:.{digits}f}."
    )
    if effect.sign * rank >= TREND_RANK and far >= 1:
        return Judgement(HOLDS, sentence, rule)
    return Judgement(FAILS if effect.sign * rank <= 0 or far <= 0 else OPEN, sentence, rule)


def pairs(values: Sequence[tuple[str, float, float]], effect: Effect, *, digits: int, unit: str = "") -> Judgement:
    """Whether the second of each pair differs from the first the way that is claimed.

    Args:
        values: per pair, its name and the first's and the second's number.
        effect: from first to second.
        digits: after the point, of the numbers in the sentence.
        unit: of these numbers.
    """
    rule = (
        f"Holds when the second is, in the median pair, {effect.rule()} the first, and at least {PAIR_SHARE:.0%} "
        f"of the pairs agree; does not hold when the median pair does not go the claimed way; in between it "
        f"can't be told. It takes {PAIR_COUNT} pairs."
    )
    measured = [pair for pair in values if math.isfinite(effect.of(pair[1], pair[2]))]
    known = sorted((effect.of(first, second), name, first, second) for name, first, second in measured)
    if len(known) < PAIR_COUNT:
        return Judgement(OPEN, f"Only {_several(len(known), 'pair')} could be measured.", rule)
    agree = sum(far > 0 for far, *_ in known)
    far, name, first, second = known[(len(known) - 1) // 2]  # of two in the middle, the one that says less
    listed = ", ".join(f"{pair} {a:.{digits}f} → {b:.{digits}f}" for pair, a, b in measured)
    sentence = (
        f"{listed}{_unit(unit)}: {agree} of {len(known)} go the claimed way; in the median pair, {name}, the second is "
        f"{effect.words(first, second)} the first."
    )
    if far >= 1 and agree >= PAIR_SHARE * len(known):
        return Judgement(HOLDS, sentence, rule)
    return Judgement(FAILS if far <= 0 else OPEN, sentence, rule)


def fade(name: str, values: Sequence[float]) -> Judgement:
    """Whether something that is 1 in the original goes gradually with the steps.

    Args:
        name: of the group.
        values: after each step.
    """
    rule = (
        f"Holds when at least {FADE_LOST:.0%} is lost, no step takes more than {FADE_STEP:.0%} of that, and the rank "
        f"correlation with the steps is -{FADE_RANK:g} or stronger; does not hold when at most {FADE_LITTLE:.0%} is "
        f"lost or the correlation is not negative; in between it can't be told. It takes {FADE_STEPS} steps."
    )
    if len(values) < FADE_STEPS or not all(map(math.isfinite, values)):
        return Judgement(OPEN, f"Only {_several(len(values), 'step')} of {name} could be measured.", rule)
    course = [1.0, *values]
    lost, rank = 1.0 - values[-1], _rank(course)
    largest = max(before - after for before, after in zip(course, values, strict=False))
    sentence = (
        f"{name}: 1 before the first step, {values[len(values) // 2 - 1]:.2f} half way and {values[-1]:.2f} after "
        f"{len(values)} steps, rank correlation with the steps {rank:+.2f}; the largest single step took {largest:.2f}."
    )
    if lost <= FADE_LITTLE or rank >= 0:
        return Judgement(FAILS, sentence, rule)
    gradual = rank <= -FADE_RANK and largest <= FADE_STEP * lost
    return Judgement(HOLDS if gradual and lost >= FADE_LOST else OPEN, sentence, rule)


def _rank(values: Sequence[float]) -> float:
    """Spearman's rank correlation with the order; 0 where all are equal."""
    if min(values) == max(values):
        return 0.0
    return round(float(spearmanr(range(len(values)), values).statistic), 6)


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
