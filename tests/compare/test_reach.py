"""The distance that all groups of a comparison reach."""

import numpy as np
import pytest

import deepdream
from deepdream.compare import reach
from deepdream.errors import GradientError, SettingError
from deepdream.pipeline.request import retargeted, understand
from deepdream.pipeline.session import Session
from tests.support import random_picture

GIVEN = {"network": "pocket", "octaves": 2, "steps": 2, "jitter": 3, "layers": "block1,block3"}
BOTH = ("block1", "block3")


def moved(picture, layers, **given):
    """How far a dream of its own ends from its picture."""
    dream = deepdream.dream(picture, **{**GIVEN, "layers": layers, **given})
    return float(np.sqrt(np.square(np.asarray(dream, np.float64) - picture).mean()))


def test_a_small_picture_is_tried_as_it_is_and_the_least_moved_group_decides():
    picture, session = random_picture(61, 83), Session()
    found = reach.common(understand(picture, GIVEN, session=session), BOTH, GIVEN, session=session)
    least = min(moved(picture, layers) for layers in BOTH)
    assert found == pytest.approx(least, rel=0.1)
    assert found <= least


def test_a_large_picture_is_tried_on_a_small_one():
    picture, session, sizes = random_picture(301, 401), Session(), []
    whole = understand(picture, GIVEN, session=session)
    ascend = reach.pipeline.ascend

    def watched(request, *words, **more):
        sizes.append(request.sizes[-1])
        return ascend(request, *words, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reach.pipeline, "ascend", watched)
        assert reach.common(whole, BOTH, GIVEN, session=session) > 0
    assert set(sizes) == {(144, 192)}


def test_strength_does_not_count():
    picture, session = random_picture(45, 61), Session()
    faint = {**GIVEN, "strength": 0.1}
    one, other = (
        reach.common(understand(picture, given, session=session), BOTH, given, session=session)
        for given in (GIVEN, faint)
    )
    assert one == other


def test_a_group_that_can_not_be_dreamt_does_not_count(monkeypatch):
    picture, session = random_picture(45, 61), Session()
    whole, ascend = understand(picture, GIVEN, session=session), reach.pipeline.ascend

    def failing(request, *words, **more):
        if request.settings.layers == retargeted(whole, "block1").settings.layers:
            raise GradientError("The gradient is zero everywhere.")
        return ascend(request, *words, **more)

    alone = reach.common(whole, ["block3"], GIVEN, session=session)
    monkeypatch.setattr(reach.pipeline, "ascend", failing)
    assert reach.common(whole, BOTH, GIVEN, session=session) == alone
    assert reach.common(whole, ["block1"], GIVEN, session=session) is None


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.0837, 0.083), (0.1234, 0.12), (1.06, 1.0), (0.00299, 0.0029), (0, 0)]
)
def test_distances_are_rounded_down(value, rounded):
    assert reach._rounded_down(value) == rounded


def test_what_can_be_equal(tmp_path):
    with pytest.raises(SettingError, match=r"^equal 'size' is not one of distance, steps\.$"):
        deepdream.compare_layers(deepdream.SAMPLE, tmp_path / "out", equal="size", network="pocket")
