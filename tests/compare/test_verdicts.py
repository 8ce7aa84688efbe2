"""Every verdict from made-up measures: what holds, what does not, what is inconclusive, with the numbers stated."""

import math

import pytest

from deepdream.compare import claims, verdicts
from deepdream.compare.verdicts import FAILS, HOLDS, OPEN, Effect
from tests.compare.results import CONVOLUTIONS, POOLS, blocks, pairs, result

LONGER = Effect(1, 1.25)
NAMES = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("values", "effect", "verdict"),
    [
        ((4, 6, 9, 14, 20), LONGER, HOLDS),
        ((4, 6, 9, 20, 14), LONGER, HOLDS),  # one swap of neighbours
        ((4, 9, 6, 20, 14), LONGER, OPEN),  # two swaps
        ((10, 10.1, 10.2, 10.3, 10.4), LONGER, OPEN),  # in order, but hardly
        ((20, 14, 9, 6, 4), LONGER, FAILS),
        ((4, 20, 9, 6, 5), LONGER, FAILS),
        ((7, 7, 7, 7, 7), LONGER, FAILS),
        ((20, 14, 9, 6, 4), Effect(-1, 1.25), HOLDS),
        ((-1.0, -1.2, -1.5, -1.9, -2.2), Effect(-1, 0.3, ratio=False), HOLDS),
        ((-1.0, -1.05, -1.1, -1.15, -1.2), Effect(-1, 0.3, ratio=False), OPEN),
        ((-2.0, -1.9, -1.5, -1.2, -1.0), Effect(-1, 0.3, ratio=False), FAILS),
        ((4, 6, 9), LONGER, HOLDS),
        ((4, 6), LONGER, OPEN),
        ((4, math.nan, math.nan, 14, math.nan), LONGER, OPEN),
        ((0, 0, 0, 0, 0.1), LONGER, OPEN),  # no ratio to nothing
    ],
)
def test_a_trend(values, effect, verdict):
    assert verdicts.trend(NAMES[: len(values)], values, effect, digits=1).verdict == verdict


def test_the_sentence_and_rule_of_a_trend():
    found = verdicts.trend(NAMES, (4, 6, 9, 14, 20), LONGER, digits=1, unit="px")
    assert found.sentence == (
        "a 4.0, b 6.0, c 9.0, d 14.0, e 20.0 px: rank correlation with depth +1.00; the later half's median 17.0 is "
        "3.40 times the earlier half's 5.0."
    )
    assert found.rule == (
        "Holds when the rank correlation with depth is rising, 0.9 or stronger, and the later half's median is at "
        "least 1.25 times the earlier half's; does not hold when either has the opposite sign; inconclusive in "
        "between. Needs 3 groups at different depths."
    )
    fewer = verdicts.trend(NAMES[:1], (4.0,), LONGER, digits=1)
    assert fewer.sentence == "Only 1 group at different depths could be measured."
    slopes = verdicts.trend(NAMES, (-1, -1, -1.5, -2, -2), Effect(-1, 0.3, ratio=False), digits=2)
    assert "the later half's median -2.00 is 1.00 below the earlier half's -1.00." in slopes.sentence
    assert "at least 0.3 below the earlier half's" in slopes.rule


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (((1, 1.3), (1, 1.2), (1, 1.5), (1, 1.3)), HOLDS),
        (((1, 1.3), (1, 1.2), (1, 1.5), (1, 0.9)), OPEN),  # one disagrees
        (((1, 1.3), (1, 1.2), (1, 1.5), (1, 0.9), (1, 2)), HOLDS),  # one of five may
        (((1, 1.01), (1, 1.02), (1, 1.03)), OPEN),  # all agree, but hardly
        (((1, 0.9), (1, 0.8), (1, 1.5)), FAILS),
        (((1, 1), (1, 1), (1, 1)), FAILS),
        (((1, 2), (1, 2)), OPEN),
        (((1, 2), (1, 2), (1, math.nan)), OPEN),
    ],
)
def test_pairs(values, verdict):
    named = [(f"block{n}", *both) for n, both in enumerate(values, 1)]
    assert verdicts.pairs(named, Effect(1, 1.1), digits=1).verdict == verdict


def test_the_sentence_of_pairs():
    found = verdicts.pairs([("one", 10, 12), ("two", 10, 15), ("six", 10, 9)], Effect(1, 1.1), digits=1, unit="px")
    assert found.sentence == (
        "one 10.0 → 12.0, two 10.0 → 15.0, six 10.0 → 9.0 px: 2 of 3 agree with the claim; in the median pair, one, "
        "the second is 1.20 times the first."
    )
    assert found.verdict == OPEN
    level = verdicts.pairs([("a", 1, 1), ("b", 1, 1), ("c", 1, 1)], Effect(-1, 0.1, ratio=False), digits=1)
    assert level.sentence.endswith("the second is level with the first.")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6], HOLDS),
        ([0.3, 0.3, 0.29, 0.28, 0.27, 0.26], OPEN),  # at once, not gradually
        ([0.97, 0.95, 0.92, 0.9, 0.85, 0.8], OPEN),  # falling, but most is still there
        ([0.99, 0.98, 0.97, 0.96, 0.95], FAILS),
        ([1.0] * 8, FAILS),
        ([0.4, 0.5, 0.6, 0.7, 0.8, 0.89], FAILS),  # it comes back
        ([0.8, 0.6, 0.4, 0.2], OPEN),  # too few steps
        ([0.9, 0.8, math.nan, 0.6, 0.5, 0.4], OPEN),
    ],
)
def test_fading(values, verdict):
    assert verdicts.fade("pooling", values).verdict == verdict


def test_the_sentence_of_fading():
    assert verdicts.fade("pooling", [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]).sentence == (
        "pooling: 1 before the first step, 0.70 half way and 0.40 after 6 steps, rank correlation with the steps "
        "-1.00; the largest single step took 0.10."
    )


def verdict(results, statement: str) -> str:
    found = [
        finding.judgement.verdict
        for claim in claims.judge(results)
        for finding in claim.findings
        if finding.statement == statement
    ]
    assert len(found) == 1
    return found[0]


WITH_DEPTH = {
    "Later layers add coarser waves than early ones.": ("wavelength", (4, 6, 9, 14, 20)),
    "The spectrum of what later layers add falls more steeply.": ("slope", (-1, -1.2, -1.5, -1.9, -2.2)),
    "Later layers add larger shapes.": ("part_size", (4, 6, 9, 14, 20)),
    "Early layers repeat themselves more.": ("repetition", (0.5, 0.4, 0.3, 0.2, 0.1)),
    "Early layers draw more of a grid.": ("grid", (0.5, 0.4, 0.3, 0.2, 0.1)),
    "Later layers draw in more directions.": ("spread", (0.5, 0.6, 0.7, 0.8, 0.9)),
}
POOLED = {
    "Pooling layers repeat themselves more than the convolutions before them.": ("repetition", (0.2, 0.3)),
    "Pooling layers discard fine detail: what they add has longer waves.": ("wavelength", (8, 12)),
    "Pooling layers discard fine detail: its spectrum falls more steeply.": ("slope", (-1, -1.4)),
    "Pooling layers add larger parts than the convolutions before them.": ("part_size", (8, 12)),
    "More of the outlines goes under pooling layers than under the convolutions before them.": ("outlines", (0.8, 0.5)),
}


@pytest.mark.parametrize("statement", WITH_DEPTH)
def test_each_claim_about_depth_has_its_sign_right(statement):
    name, values = WITH_DEPTH[statement]
    assert verdict(blocks(name, values), statement) == HOLDS
    assert verdict(blocks(name, values[::-1]), statement) == FAILS
    assert verdict(blocks(name, values)[:2], statement) == OPEN
    assert verdict(blocks(name, values)[::-1], statement) == HOLDS  # depth follows from the layers, not from the order


@pytest.mark.parametrize("statement", POOLED)
def test_each_claim_about_pooling_has_its_sign_right(statement):
    name, both = POOLED[statement]
    assert verdict(pairs(name, [both] * 4), statement) == HOLDS
    assert verdict(pairs(name, [both[::-1]] * 4), statement) == FAILS
    assert verdict(pairs(name, [both] * 2), statement) == OPEN
    assert verdict(blocks(name, (1, 2, 3, 4, 5)), statement) == OPEN


def test_fading_is_that_of_the_group_of_pooling_layers():
    statement = "Under pooling layers the outlines go, step by step."
    gone = [1 - 0.08 * step for step in range(1, 11)]
    assert verdict([result("p", POOLS, kept=gone), result("c", CONVOLUTIONS)], statement) == HOLDS
    assert verdict([result("p", POOLS, kept=[0.99] * 10), result("c", CONVOLUTIONS, kept=gone)], statement) == FAILS
    assert verdict([result("c", CONVOLUTIONS, kept=gone)], statement) == OPEN


def test_both_groups_are_reported_beside_the_pairs():
    results = [
        result("p", POOLS, outlines=0.5),
        result("c", CONVOLUTIONS, outlines=0.6),
        *pairs("outlines", [(1, 1)] * 3),
    ]
    sentence = claims.judge(results)[2].findings[2].judgement.sentence
    assert sentence.startswith("All pooling layers together keep 0.50, all convolutions 0.60. block1 1.00 → 1.00,")


def test_groups_spread_over_the_network_or_at_one_depth_are_left_out_of_a_trend():
    statement = "Later layers add larger shapes."
    spread = [result("p", POOLS), result("c", CONVOLUTIONS)]
    assert verdict([*blocks("part_size", (4, 6, 9)), *spread], statement) == HOLDS
    same = [result("x", ("block1_conv1",)), result("y", ("block1_conv2",)), result("z", ("block3_conv1",))]
    assert verdict(same, statement) == OPEN


def test_no_verdict_at_all_without_numbers():
    results = [result(f"block{n}", (f"block{n}_conv1",), others=math.nan, kept=[math.nan] * 9) for n in range(1, 6)]
    judged = [finding.judgement for claim in claims.judge(results) for finding in claim.findings]
    assert {judgement.verdict for judgement in judged} == {OPEN}
    assert not any("nan" in judgement.sentence for judgement in judged)
