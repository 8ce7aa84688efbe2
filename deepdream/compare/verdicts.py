"""The three rules that judge a claim by the numbers of one run only.

trend, pairs, fade -> Judgement       pure functions of numbers

A claim holds, does not hold, or is inconclusive; the sentence gives the numbers, and the rule the condition. All
thresholds are defined here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import spearmanr

from deepdream.compare.null import TWICE
from deepdream.errors import plural

HOLDS, FAILS, OPEN = "holds", "does not hold", "inconclusive"

TREND_RANK, TREND_GROUPS = 0.9, 3
"""Rank correlation with depth and number of groups that a trend needs; among five groups this allows one swap."""

PAIR_SHARE, PAIR_COUNT = 0.8, 3
"""Share of the pairs that have to agree, and number of pairs that a comparison needs."""

FADE_RANK, FADE_LOST, FADE_LITTLE, FADE_STEP, FADE_STEPS = 0.8, 0.3, 0.1, 0.5, 5
"""Fading: rank correlation with the steps, share that must be lost to hold, share below which nothing is lost, largest
share of the loss in one step, minimum number of steps."""


BY_CHANCE = f" A difference below {TWICE:g} times the spread of noises with the same spectrum may be chance."


@dataclass(frozen=True)
class Effect:
    """How two values of a measure are compared, and how large an effect the claim needs.

    Attributes:
        sign: 1 when the claim expects the second to be larger, -1 smaller.
        least: the ratio (above 1), or the difference where `ratio` is False, that the claim needs.
        ratio: whether `least` is a ratio.
    """

    sign: int
    least: float
    ratio: bool = True

    def of(self, first: float, second: float) -> float:
        """Effect size in the claimed direction: above 0 agrees with the claim, at least 1 is large enough."""
        if not self.ratio:
            return self.sign * (second - first) / self.least
        if first <= 0 or second <= 0:
            return math.nan
        return self.sign * math.log(second / first) / math.log(self.least)

    def words(self, first: float, second: float) -> str:
        """The ratio or difference of the second to the first, in words."""
        if self.ratio:
            return f"{second / first:.2f} times" if first > 0 else "not comparable with"
        difference = f"{abs(second - first):.2f}"
        return "level with" if difference == "0.00" else f"{difference} {'above' if second > first else 'below'}"

    def rule(self) -> str:
        """The effect needed, in words."""
        if self.ratio:
            return f"at least {self.least:g} times" if self.sign > 0 else f"at most 1/{self.least:g} of"
        return f"at least {self.least:g} {'above' if self.sign > 0 else 'below'}"


@dataclass(frozen=True)
class Judgement:
    """A verdict, a sentence with its numbers, the rule applied, and whether there was enough data to judge."""

    verdict: str
    sentence: str
    rule: str
    enough: bool = True


def trend(
    names: Sequence[str],
    values: Sequence[float],
    effect: Effect,
    *,
    digits: int,
    unit: str = "",
    spreads: Sequence[float] = (),
) -> Judgement:
    """Whether a measure changes with depth as claimed.

    Args:
        names: of groups, from shallow to deep.
        values: one each.
        effect: from the median of the earlier half to that of the later half; a middle group is in neither.
        digits: decimals of the numbers in the sentence.
        unit: of these numbers.
        spreads: each value's spread by chance; empty for measures that have none.
    """
    direction = "rising" if effect.sign > 0 else "falling"
    rule = (
        f"Holds when the rank correlation with depth is {direction}, {TREND_RANK:g} or stronger, and the later half's "
        f"median is {effect.rule()} the earlier half's; does not hold when either has the opposite sign; inconclusive "
        f"in between. Needs {TREND_GROUPS} groups at different depths."
    )
    known = [(name, value) for name, value in zip(names, values, strict=True) if math.isfinite(value)]
    spread = max((one for one in spreads if math.isfinite(one)), default=0.0)
    rule += BY_CHANCE if spread else ""
    if len(known) < TREND_GROUPS:
        return Judgement(
            OPEN, f"Only {plural(len(known), 'group')} at different depths could be measured.", rule, enough=False
        )
    numbers = [value for _, value in known]
    half = len(numbers) // 2
    early, late = median(numbers[:half]), median(numbers[-half:])
    rank, size = _rank(numbers), effect.of(early, late)
    listed = ", ".join(f"{name} {value:.{digits}f}" for name, value in known)
    sentence = (
        f"{listed}{_unit(unit)}: rank correlation with depth {rank:+.2f}; the later half's median {late:.{digits}f} is "
        f"{effect.words(early, late)} the earlier half's {early:.{digits}f}."
    )
    if spread and abs(late - early) < TWICE * spread:
        return Judgement(OPEN, f"{sentence} {_by_chance(spread, digits)}", rule)
    holds = effect.sign * rank >= TREND_RANK and size >= 1
    return _judged(sentence, rule, holds=holds, fails=effect.sign * rank <= 0 or size <= 0)


def pairs(
    values: Sequence[tuple[str, float, float]],
    effect: Effect,
    *,
    digits: int,
    unit: str = "",
    spreads: Sequence[float] = (),
) -> Judgement:
    """Whether the second of each pair differs from the first as claimed.

    Args:
        values: name, first and second value of each pair.
        effect: from first to second.
        digits: decimals of the numbers in the sentence.
        unit: of these numbers.
        spreads: the spread by chance of each pair's difference; empty for measures that have none.
    """
    rule = (
        f"Holds when the second is, in the median pair, {effect.rule()} the first, and at least {PAIR_SHARE:.0%} "
        f"of the pairs agree; does not hold when the median pair disagrees; inconclusive in between. Needs "
        f"{PAIR_COUNT} pairs."
    )
    rule += BY_CHANCE if any(spreads) else ""
    measured = [pair for pair in values if math.isfinite(effect.of(pair[1], pair[2]))]
    known = sorted((effect.of(first, second), name, first, second) for name, first, second in measured)
    if len(known) < PAIR_COUNT:
        return Judgement(OPEN, f"Only {plural(len(known), 'pair')} could be measured.", rule, enough=False)
    agree = sum(size > 0 for size, *_ in known)
    size, name, first, second = known[(len(known) - 1) // 2]  # of two in the middle, the smaller effect
    listed = ", ".join(f"{pair} {a:.{digits}f} → {b:.{digits}f}" for pair, a, b in measured)
    sentence = (
        f"{listed}{_unit(unit)}: {agree} of {len(known)} agree with the claim; in the median pair, {name}, the second "
        f"is {effect.words(first, second)} the first."
    )
    spread = dict(zip((pair for pair, *_ in values), spreads, strict=True)).get(name, 0.0) if spreads else 0.0
    if spread and abs(second - first) < TWICE * spread:
        return Judgement(OPEN, f"{sentence} {_by_chance(spread, digits)}", rule)
    return _judged(sentence, rule, holds=size >= 1 and agree >= PAIR_SHARE * len(known), fails=size <= 0)


def fade(name: str, values: Sequence[float]) -> Judgement:
    """Whether a measure that is 1 in the original falls gradually over the steps.

    Args:
        name: of the group.
        values: after each step.
    """
    rule = (
        f"Holds when at least {FADE_LOST:.0%} is lost, no step takes more than {FADE_STEP:.0%} of that, and the rank "
        f"correlation with the steps is -{FADE_RANK:g} or stronger; does not hold when at most {FADE_LITTLE:.0%} is "
        f"lost or the correlation is not negative; inconclusive in between. Needs {FADE_STEPS} steps."
    )
    if len(values) < FADE_STEPS or not all(map(math.isfinite, values)):
        return Judgement(OPEN, f"Only {plural(len(values), 'step')} of {name} could be measured.", rule, enough=False)
    course = [1.0, *values]
    lost, rank = 1.0 - values[-1], _rank(course)
    largest = max(before - after for before, after in zip(course, values, strict=False))
    sentence = (
        f"{name}: 1 before the first step, {values[len(values) // 2 - 1]:.2f} half way and {values[-1]:.2f} after "
        f"{len(values)} steps, rank correlation with the steps {rank:+.2f}; the largest single step took {largest:.2f}."
    )
    gradual = rank <= -FADE_RANK and largest <= FADE_STEP * lost
    return _judged(sentence, rule, holds=gradual and lost >= FADE_LOST, fails=lost <= FADE_LITTLE or rank >= 0)


def _judged(sentence: str, rule: str, *, holds: bool, fails: bool) -> Judgement:
    """A claim that fails, holds, or neither."""
    return Judgement(FAILS if fails else HOLDS if holds else OPEN, sentence, rule)


def _rank(values: Sequence[float]) -> float:
    """Spearman's rank correlation with the order; 0 if all are equal."""
    if min(values) == max(values):
        return 0.0
    return round(float(spearmanr(range(len(values)), values).statistic), 6)


def _by_chance(spread: float, digits: int) -> str:
    return f"That is within twice the spread of noises with the same spectrum, {spread:.{digits}f}."


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""
