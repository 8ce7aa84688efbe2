"""A live dream: strokes between steps, bits outside the paint, replay, healing, and nothing that ends it."""

import numpy as np
import pytest

import deepdream
from deepdream import images
from deepdream.errors import DreamError
from deepdream.images.compositing import distance
from deepdream.network.weights import lookup
from deepdream.pipeline import execution
from deepdream.pipeline.session import Session
from deepdream.runtime import tf
from deepdream.settings import recipes

live_room = pytest.importorskip("deepdream.studio.live")

CHANNELS = (("block4_conv2", 12), ("block4_conv2", 30), ("block3_conv3", 7))


@pytest.fixture(scope="module")
def network():
    return lookup.load("pocket")


@pytest.fixture(scope="module")
def session():
    return Session()


@pytest.fixture
def begin(network, session):
    def begin(picture, **given):
        settings, _ = execution.decided(recipes.resolve({"breath": 0.03, **given}, "pocket"), network)
        return live_room.Live(images.from_array(picture), settings, network, session)

    return begin


@pytest.fixture(scope="module")
def photo():
    return images.read(deepdream.SAMPLE, max_side=180).pixels


def stroke(number, brush, *points, radius=12.0, **others):
    points = [list(point) for point in points]
    return {"stroke": {"number": number, "brush": brush, "points": points, "radius": radius, **others}}


def activation(network, picture, layer, channel):
    """[h, w] of one channel."""
    return network.activations((layer,))(tf.constant(picture[None]))[layer].numpy()[0, ..., channel]


def test_twenty_strokes_of_three_channels(begin, network, session, photo):
    live = begin(photo)
    live.take({"step_size": 0.015})
    bands = {0: 20, 1: 60, 2: 100}
    for number in range(20):
        which = number % 3
        layer, channel = CHANNELS[which]
        x = 15 + 8 * (number // 3) * 2.4
        live.take(stroke(number + 1, f"{layer}:{channel}", (x, bands[which]), (x + 14, bands[which]), radius=14))
        live.step()
        live.step()
    for _ in range(60):
        live.step()

    outside = live.index == 0
    assert 0.2 < outside.mean() < 0.8
    assert np.array_equal(live.picture[outside], photo[outside])

    for layer, channel in CHANNELS:
        number = live.brushes.index(f"{layer}:{channel}") + 1
        before, after = (activation(network, picture, layer, channel) for picture in (photo, live.picture))
        stride = 8 if layer.startswith("block4") else 4
        middles = (live.index == number)[stride // 2 :: stride, stride // 2 :: stride]
        there = middles[: before.shape[0], : before.shape[1]]
        assert after[there].mean() >= 3 * before[there].mean(), (layer, channel)

    again = live_room.replay(live.record(), live.source, network, session)
    assert again.steps == live.steps == 100
    assert np.array_equal(again.picture, live.picture)
    assert np.array_equal(again.index, live.index)


def test_a_channel_that_is_silent_where_it_is_painted_ends_nothing(begin, network):
    flat = np.full((64, 80, 3), 0.5, np.float32)
    maps = network.activations(("block4_conv2",))(tf.constant(flat[None]))["block4_conv2"].numpy()[0]
    dead = int(np.flatnonzero(maps.max(axis=(0, 1)) == 0)[0])
    live = begin(flat, jitter=0)
    live.take(stroke(1, f"block4_conv2:{dead}", (40, 32), radius=20))
    for _ in range(5):
        live.step()
    assert live.silent
    assert live.steps == 5
    assert np.array_equal(live.picture, flat)


def test_nothing_painted_is_no_end_either(begin, photo):
    live = begin(photo)
    live.step()
    assert live.steps == 1
    assert np.array_equal(live.picture, photo)


def test_where_paint_is_wiped_off_the_picture_heals(begin, photo):
    live = begin(photo)
    live.take(stroke(1, "block3", (90, 60), radius=70))
    for _ in range(15):
        live.step()
    painted = distance(live.picture, photo)
    live.take(stroke(2, None, (90, 60), radius=200))
    for _ in range(60):
        live.step()
    assert not live.index.any()
    assert distance(live.picture, photo) < 0.25 * painted


def test_undo_takes_back_a_whole_stroke_that_came_in_parts(begin, photo):
    live = begin(photo)
    live.take(stroke(1, "block3", (20, 20)))
    first = live.index.copy()
    live.take(stroke(2, "block4", (60, 60)))
    live.take(stroke(2, "block4", (60, 60), (120, 90)))
    live.take({"undo": True})
    assert np.array_equal(live.index, first)
    live.take({"clear": True})
    assert not live.index.any()


def test_a_stroke_past_the_border_is_cut_off_there(begin, photo):
    live = begin(photo)
    live.take(stroke(1, "block3", (-30, -30), (20, 20), radius=10))
    assert live.index[0, 0] == 1
    assert live.index[-1].max() == 0


def test_a_soft_stroke_fades_towards_its_edge_and_is_dreamt_as_strongly_as_it_is_painted(
    begin, photo, network, session
):
    live = begin(photo, jitter=0, headroom=0, breath=0)
    live.take(stroke(1, "block3", (60, 60), (120, 60), radius=30, soft=1))
    profile = live.amount[60:91, 90].astype(int)
    assert profile[0] == 255
    assert profile[-1] <= 8
    assert live.index[92, 90] == 0
    assert (np.diff(profile) <= 0).all()
    assert np.allclose(profile, np.linspace(255, 0, 31), atol=17)
    assert np.array_equal(live.index > 0, live.amount > 0)

    live.step()
    soft = live.picture - photo
    hard = begin(photo, jitter=0, headroom=0, breath=0)
    hard.take(stroke(1, "block3", (60, 60), (120, 60), radius=30))
    assert set(np.unique(hard.amount)) == {0, 255}
    hard.index = live.index.copy()  # the same area, all of it fully painted
    hard.amount = np.where(live.index, np.uint8(255), np.uint8(0))
    hard.step()
    inside = (photo > 0.1) & (photo < 0.9)  # no step is cut off at black or white there
    wanted = (hard.picture - photo) * live.amount[..., None] / 255
    assert np.allclose(soft[inside], wanted[inside], atol=1e-6)

    again = live_room.replay(live.record(), live.source, network, session)
    assert np.array_equal(again.picture, live.picture)


def test_a_soft_stroke_leaves_no_hole_in_paint_below_and_its_parts_add_up_to_no_more(begin, photo):
    live = begin(photo)
    live.take(stroke(1, "block3", (60, 60), radius=40))
    live.take(stroke(2, "block4", (80, 60), radius=30, soft=1))
    assert (live.amount[30:91, 55:66] == 255).all()
    assert live.index[60, 80] == 2
    assert live.index[60, 60] == 1  # covered by a third: it stays the first brush's
    painted = live.index.copy(), live.amount.copy()
    live.take(stroke(2, "block4", (80, 60), radius=30, soft=1))
    assert all(np.array_equal(*pair) for pair in zip(painted, (live.index, live.amount), strict=True))


def test_a_soft_eraser_leaves_paint_at_its_edge(begin, photo):
    live = begin(photo)
    live.take(stroke(1, "block3", (60, 60), radius=50))
    live.take(stroke(2, None, (60, 60), radius=30, soft=1))
    assert live.amount[60, 60] == live.index[60, 60] == 0
    assert 0 < live.amount[60, 75] < 255
    assert live.index[60, 75] == 1


def test_step_size_and_breath_take_effect_and_are_recorded(begin, photo):
    live = begin(photo)
    live.take({"breath": 0.1})
    live.take({"step_size": 0.02})
    live.step()
    assert live.record()["events"] == [{"step": 0, "breath": 0.1}, {"step": 0, "step_size": 0.02}]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({}, "A live event has one name: stroke, undo, clear, step_size or breath."),
        ({"jump": 1}, "'jump' is no live event: stroke, undo, clear, step_size and breath are."),
        ({"breath": 2}, "breath 2.0 is out of its bounds: 0.0 to 1.0."),
        ({"stroke": {}}, "A stroke has a number, a brush, a radius, and points of x and y."),
        (stroke(1, "block3"), "A stroke has 0 points: 1 to 2000 are taken at once."),
        (stroke(1, "block3", (1, 1), radius=0), "The stroke's radius 0 is out of its bounds: 0.5 to 100000."),
        (stroke(1, "block3", (1, float("nan"))), "A stroke has a point further than 100000 pixels from the picture."),
        (stroke(1, "block3", (1, 1), soft=2), "The stroke's softness 2 is out of its bounds: 0 to 1."),
        (
            stroke(1, "block4_conv2:like(/etc/passwd)", (1, 1)),
            "like(/etc/passwd) is not taken here: it names files, and the studio opens none of the server's.",
        ),
        (stroke(1, 5, (1, 1)), "A stroke's brush is a selection, or null to erase."),
        (
            stroke(1, "block9", (1, 1)),
            "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool.",
        ),
    ],
)
def test_a_bad_event_is_refused_and_changes_nothing(begin, photo, event, message):
    live = begin(photo)
    with pytest.raises(DreamError) as refused:
        live.take(event)
    assert refused.value.message == message
    assert not live.index.any()
    assert live.record()["events"] == []
