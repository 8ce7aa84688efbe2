"""The page in a browser: nothing from elsewhere, nothing on the console, accessible, on a phone and by keyboard."""

import os
import shutil

import numpy as np
import pytest

pytest.importorskip("playwright", reason="no Playwright is installed, so no browser looks at the studio's page")
pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from deepdream import images
from tests.film import made
from tests.studio.conftest import ROOT

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        BROWSER is None or os.name != "posix", reason="no Chromium is here to look at the studio's page"
    ),
]

SAMPLE = str(ROOT / "deepdream" / "sample.jpg")
KINDS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "desktop-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"},
}

END_LIVES = """fetch("/api/lives").then((reply) => reply.json()).then((lives) =>
  Promise.all(lives.map(({ id }) => fetch(`/api/lives/${id}`, { method: "DELETE" }))))"""

PATIENCE = 60
"""Seconds to wait for what takes a moment."""

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, studio):
    """Opens the page as somebody new; afterwards it must have been silent and asked for nothing elsewhere."""
    contexts, console, foreign = [], [], []

    def visit(kind="desktop", axe=False):
        context = chromium.new_context(**KINDS[kind], bypass_csp=axe)  # axe is put into the page, which CSP forbids
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: console.append(f"{message.text} {message.location.get('url')}"))
        page.on("pageerror", lambda error: console.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto(studio.address)
        expect(page.locator("#status")).to_have_text("Ready.")
        return page

    def asked(url):
        if not url.startswith((studio.address, "blob:", "data:")):
            foreign.append(url)

    visit.console = console
    yield visit
    heard = list(console)  # what ends now is missed by the page
    for context in contexts:
        context.pages[0].evaluate(END_LIVES)
        context.close()
    assert heard == []
    assert foreign == []


def ready(page, file=SAMPLE):
    """Give it a picture and wait for the preview that comes by itself."""
    page.set_input_files("#file", file)
    expect(page.locator("#finish")).to_be_visible()


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_accessible_and_fits_from_the_first_look_to_the_painting(visit, kind):
    page = visit(kind, axe=True)
    assert violations(page) == []
    assert fits(page)
    ready(page)
    for heading in page.locator("summary").all():
        heading.click()
    assert violations(page) == []
    assert fits(page)
    page.click("#tab-live")
    page.click("#liveStart")
    expect(page.locator("#liveControls")).to_be_visible()
    assert violations(page) == []
    assert fits(page)
    for tab in ("film", "batch"):
        page.click(f"#tab-{tab}")
        assert violations(page) == []
        assert fits(page)


def test_a_picture_brings_a_preview_and_four_looks_without_another_click(visit):
    page = visit()
    ready(page)
    expect(page.locator("#lookList li")).to_have_count(4)
    expect(page.locator("#lookList img[src]")).to_have_count(4)
    page.click("#lookList button >> nth=1")
    expect(page.locator("#set-layers")).to_have_value("block3_conv3")


def test_a_whole_job_by_keyboard_alone(visit):
    page = visit()
    ready(page)
    page.focus("#set-max_side")
    page.keyboard.type("100")
    page.focus("#set-steps")
    page.keyboard.type("2")
    page.focus("#start")
    page.keyboard.press("Enter")
    expect(page.locator("#list li")).to_have_count(2)
    expect(page.locator("#list li >> nth=1")).to_contain_text("block4")
    page.focus("#cut")
    page.keyboard.press("Home")
    assert page.evaluate("document.getElementById('before').style.clipPath") == "inset(0px 0px 0px 0%)"
    page.keyboard.press("End")
    page.focus("#download")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "dream.png"
    recipe = images.read_recipe(download.value.path())
    assert (recipe["settings"]["max_side"], recipe["settings"]["steps"]) == (100, 2)


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


def strokes(page, count):
    """The strokes that the server has recorded, once there are so many."""
    for _ in range(PATIENCE * 5):
        record = page.evaluate("fetch(document.getElementById('strokes').href).then((reply) => reply.json())")
        found = [event for event in record["events"] if "stroke" in event]
        if len(found) >= count:
            return found
        page.wait_for_timeout(200)
    raise AssertionError(found)


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


def test_a_refresh_in_mid_run_loses_nothing(visit):
    page = visit()
    ready(page)
    page.fill("#set-steps", "400")
    page.fill("#set-max_side", "200")
    page.click("#start")
    expect(page.locator("#progress")).to_be_visible()
    page.reload()
    expect(page.locator("#left")).to_contain_text("Octave")
    page.click("#stop")
    expect(page.locator("#resume")).to_be_enabled()
    expect(page.locator("#download")).to_be_visible()


def test_a_dream_that_is_dropped_brings_its_settings_back(visit, tmp_path):
    page = visit()
    ready(page)
    page.fill("#set-layers", "block3_conv1:3")
    page.fill("#set-max_side", "90")
    page.click("#start")
    expect(page.locator("#list li >> nth=1")).to_contain_text("block3_conv1:3")
    with page.expect_download() as download:
        page.click("#download")
    file = tmp_path / "dream.png"
    download.value.save_as(file)
    other = visit()
    other.set_input_files("#file", str(file))
    expect(other.locator("#set-layers")).to_have_value("block3_conv1:3")


def test_what_has_no_effect_is_greyed_with_its_reason(visit):
    page = visit()
    box = page.locator(".setting", has=page.locator("#set-feather"))
    assert "unused" in box.get_attribute("class")
    assert box.locator(".why").text_content() == "No effect without a mask."


def test_a_refusal_is_shown_in_the_command_line_s_words(visit):
    page = visit()
    ready(page)
    page.fill("#set-layers", "block9")
    page.click("#start")
    expect(page.locator("#message")).to_contain_text(
        "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool."
    )
    assert ["status of 400" in line for line in visit.console] == [True]  # Chromium logs every refusal by itself
    visit.console.clear()


def test_a_film_and_a_batch_are_dreamt_with_the_settings_of_the_form(visit, tmp_path):
    pytest.importorskip("av")
    made.video(tmp_path / "in.mp4", 3, size=(48, 72))
    page = visit()
    page.fill("#set-steps", "2")
    page.fill("#set-max_side", "72")
    page.click("#tab-film")
    page.set_input_files("#filmFile", str(tmp_path / "in.mp4"))
    expect(page.locator("#filmAbout")).to_contain_text("in.mp4: 72x48, 3 frames")
    page.fill("#film-renewal", "0.5")
    page.click("#filmStart")
    expect(page.locator("#list li >> nth=0")).to_have_text("film")
    expect(page.locator("#notes")).to_contain_text("Flashes: none to warn of")
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "film.mp4"

    page.click("#tab-batch")
    page.set_input_files("#batchFile", [SAMPLE, SAMPLE])
    expect(page.locator("#batchAbout")).to_have_text("2 pictures.")
    assert fits(page)
    page.click("#batchStart")
    expect(page.locator("#list li >> nth=1")).to_have_text("batch")
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "dreams.zip"


def test_a_painted_mask_keeps_what_is_black(visit, tmp_path):
    page = visit()
    ready(page)
    page.fill("#set-max_side", "150")
    page.click("text=Paint it")
    page.fill("#maskSoft", "0")
    box = page.locator("#mask").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.up()
    page.click("#maskDone")
    expect(page.locator("#set-mask")).to_have_value("painted mask")
    page.click("#start")
    expect(page.locator("#list li >> nth=1")).to_contain_text("block4")
    with page.expect_download() as download:
        page.click("#download")
    made, original = images.read(download.value.path()).pixels, images.read(SAMPLE, max_side=150).pixels
    assert np.abs(made[60:, 75:] - original[60:, 75:]).max() < 1 / 255
    assert np.abs(made - original).max() > 0.1
