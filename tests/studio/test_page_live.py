"""Painting live in a browser: by touch and by keyboard, and what fires where the pointer rests."""

import re

import numpy as np

from tests.studio.browser import MARKS, expect, ready, strokes

pytestmark = MARKS


def test_painting_live_by_keyboard_and_undo(visit):
    page = visit()
    ready(page)
    page.focus("#tab-dream")
    page.keyboard.press("ArrowRight")
    page.focus("#liveStart")
    page.keyboard.press("Enter")
    expect(page.locator("#liveControls")).to_be_visible()
    page.focus("#paint")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    events = strokes(page, 1)
    assert events[0]["stroke"]["brush"] == "block4_conv2:0"
    page.focus("#undo")
    page.keyboard.press("Enter")
    expect(page.locator("#liveStatus")).to_contain_text("pictures a second")


def test_a_live_stroke_by_touch_draws_a_line_and_survives_a_refresh(visit):
    page = visit("phone")
    ready(page)
    page.tap("#tab-live")
    page.tap("#liveStart")
    expect(page.locator("#liveControls")).to_be_visible()
    page.evaluate("window.scrollTo(0, 0)")
    box = page.locator("#paint").bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, x=None):
        points = [] if x is None else [{"x": box["x"] + x * box["width"], "y": box["y"] + box["height"] / 2}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.2)
    for x in np.linspace(0.25, 0.8, 12):
        touch("touchMove", float(x))
        page.wait_for_timeout(20)
    touch("touchEnd")
    page.wait_for_timeout(2000)  # until the last parts have arrived
    points = [point for event in strokes(page, 3) for point in event["stroke"]["points"]]
    across = [point[0] for point in points]
    assert max(across) - min(across) > 200  # of 480 pixels: a line, not a dot

    page.reload()
    expect(page.locator("#liveControls")).to_be_visible()
    expect(page.locator("#liveStatus")).to_contain_text("Step")
    assert len(strokes(page, 3)) >= 3


def painting(visit):
    page = visit()
    ready(page)
    page.click("#tab-live")
    page.click("#liveStart")
    expect(page.locator("#liveControls")).to_be_visible()
    return page


def test_what_fires_where_the_pointer_rests_is_shown_and_a_click_makes_it_the_brush(visit):
    page, asked = painting(visit), []
    page.on("request", lambda request: asked.append(request.url) if "/channels?" in request.url else None)
    box = page.locator("#paint").bounding_box()
    for x in np.linspace(0.2, 0.5, 10):  # on its way it asks nothing
        page.mouse.move(box["x"] + float(x) * box["width"], box["y"] + box["height"] / 2)
    expect(page.locator("#fires button")).to_have_count(8)
    assert len(asked) == 1
    expect(page.locator("#firesAt")).to_have_text("At column 240, row 160, in block4_conv2, times as excited as usual:")
    shown = page.locator("#fires button").all_inner_texts()
    times = [float(text.split(": ×")[1]) for text in shown]
    assert times == sorted(times, reverse=True)
    page.click("#fires button >> nth=2")
    channel = shown[2].split(":")[0]
    expect(page.locator("#brushes input:checked")).to_have_value(f"block4_conv2:{channel}")
    expect(page.locator("#liveStatus")).to_contain_text(f"Brush: block4_conv2:{channel}.")


def test_what_fires_is_shown_by_keyboard_and_for_each_layer(visit):
    page = painting(visit)
    page.focus("#paint")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#firesAt")).to_have_text(re.compile("^At column 259, row 160, in block4_conv2,"))
    page.focus("#layer")
    page.keyboard.press("Home")
    expect(page.locator("#firesAt")).to_have_text(re.compile("^At column 259, row 160, in block1_conv1,"))
    page.focus("#fires button >> nth=0")
    page.keyboard.press("Enter")
    expect(page.locator("#brushes input:checked")).to_have_value(re.compile("^block1_conv1:"))


def test_painting_asks_nothing_of_the_place(visit):
    page, asked = painting(visit), []
    page.on("request", lambda request: asked.append(request.url) if "/channels?" in request.url else None)
    box = page.locator("#paint").bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    page.mouse.down()
    page.wait_for_timeout(700)
    page.mouse.move(box["x"] + 120, box["y"] + 90)
    page.wait_for_timeout(700)
    assert strokes(page, 2)
    assert asked == []
    page.mouse.up()


def test_the_session_is_kept_as_a_time_lapse_that_plays(visit):
    page = painting(visit)
    page.focus("#paint")
    page.keyboard.press("Enter")
    strokes(page, 1)
    expect(page.locator("#liveStatus")).to_contain_text(re.compile(r"Step \d\d"))
    page.click("#lapse")
    expect(page.locator("#status")).to_have_text("Kept among the dreams below.")
    page.click("#list button >> nth=1")
    expect(page.locator("#film-player")).to_be_visible()
    expect(page.locator("#film-player")).to_have_js_property("videoWidth", 480)
    expect(page.locator("#blending")).to_be_hidden()
