"""The page in a browser: nothing from elsewhere, nothing on the console, accessible, on a phone and by keyboard."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from tests.studio.browser import KINDS, MARKS, SAMPLE, expect, fits, give, ready, violations

pytestmark = MARKS


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_accessible_and_fits_from_the_first_look_to_the_painting(visit, kind):
    page = visit(kind, axe=True)
    assert violations(page) == []
    assert fits(page)
    ready(page)
    page.click("text=Paint it")
    assert violations(page) == []
    assert fits(page)
    page.click("#maskCancel")
    for heading in page.locator("summary").all():
        heading.click()
    assert violations(page) == []
    assert fits(page)
    page.click("#tab-live")
    page.click("#liveStart")
    expect(page.locator("#liveControls")).to_be_visible()
    page.focus("#paint")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#fires button")).to_have_count(8)
    assert violations(page) == []
    assert fits(page)
    page.click("#lapse")
    page.click("#list button >> nth=1")
    expect(page.locator("#film-player")).to_be_in_viewport()
    assert violations(page) == []
    assert fits(page)
    for tab in ("film", "zoom", "batch"):
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


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_picture_that_is_dropped_or_pasted_is_taken_as_well(visit, kind):
    page = visit()
    give(page, "body", kind, SAMPLE)
    expect(page.locator("#finish")).to_be_visible()


def test_a_guide_is_dropped_onto_its_setting(visit):
    page = visit()
    ready(page)
    page.click("summary:has-text('What to see')")
    give(page, ".setting:has(#set-guide) .buttons", "drop", SAMPLE)
    expect(page.locator("#set-guide")).to_have_value("sample.jpg")
    page.fill("#set-max_side", "72")
    page.fill("#set-steps", "1")
    page.click("#start")
    expect(page.locator("#list li >> nth=1")).to_contain_text("block4")
    page.click("#copy")
    expect(page.locator("#status")).to_contain_text("--guide guide-")


def test_the_original_is_under_the_handle_and_while_the_button_is_held(visit):
    page = visit()
    ready(page)
    before = "getComputedStyle(document.getElementById('before')).clipPath"
    assert page.evaluate(before) == "inset(0px 0px 0px 100%)"
    page.focus("#hold")
    page.keyboard.down(" ")
    assert page.evaluate(before) == "none"
    page.keyboard.up(" ")
    assert page.evaluate(before) == "inset(0px 0px 0px 100%)"
    box = page.locator("#hold").bounding_box()
    page.mouse.move(box["x"] + 9, box["y"] + 9)
    page.mouse.down()
    assert page.evaluate(before) == "none"
    page.mouse.up()
    page.fill("#cut", "40")
    assert page.evaluate(before) == "inset(0px 0px 0px 40%)"


def test_strength_and_colours_of_the_finished_dream_change_at_once(visit):
    page = visit()
    ready(page)
    seen = page.locator("#after").get_attribute("src")
    with page.expect_response("**/blend") as blended:
        page.fill("#blend", "0.3")
    assert blended.value.request.post_data_json == {"strength": 0.3, "colour": "dream"}
    expect(page.locator("#after")).not_to_have_attribute("src", seen)
    with page.expect_response("**/blend"):
        page.select_option("#blendColour", "lightness")
    expect(page.locator("#list li")).to_have_count(1)
    page.click("#copy")
    expect(page.locator("#status")).to_contain_text("--strength 0.3 --colour lightness")


def test_what_changed_between_two_dreams_is_told_and_their_settings_can_be_used_again(visit):
    page = visit()
    ready(page)
    page.fill("#set-max_side", "90")
    for number, steps in enumerate(("1", "2"), start=1):
        page.fill("#set-steps", steps)
        page.click("#start")
        expect(page.locator("#list li")).to_have_count(number + 1)
        expect(page.locator(f"#list li >> nth={number}")).to_contain_text("block4")
    page.click("#list button >> nth=1")
    page.click("#list button >> nth=2")
    expect(page.locator("#changed")).to_have_text("What changed: steps 1 → 2.")
    page.click("#list button >> nth=1")
    expect(page.locator("#changed")).to_have_text("What changed: steps 2 → 1.")
    page.click("#reuse")
    expect(page.locator("#set-steps")).to_have_value("1")
    page.click("#delete")
    expect(page.locator("#list li")).to_have_count(2)
    expect(page.locator("#finish")).to_be_hidden()


def test_the_queue_tells_each_their_place_and_nothing_of_each_other(visit):
    first, second = visit(), visit()
    ready(first)
    ready(second)
    for page in (first, second):
        page.fill("#set-steps", "400")
        page.fill("#set-max_side", "150")
    first.click("#start")
    expect(first.locator("#left")).to_contain_text("s left.")
    second.click("#start")
    expect(second.locator("#left")).to_have_text("Place 2 in the queue.")
    expect(second.locator("#list li")).to_have_count(2)
    first.click("#stop")
    expect(second.locator("#left")).to_contain_text("Octave")
    second.click("#stop")
    expect(second.locator("#download")).to_be_visible()


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
    expect(page.locator("#blendWhy")).to_have_text("Only a finished dream can be blended anew: continue it first.")
    page.click("#resume")
    expect(page.locator("#left")).to_contain_text("Octave")
    page.click("#stop")
    expect(page.locator("#resume")).to_be_enabled()


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


def test_a_mask_is_painted_by_keyboard_undone_and_erased(visit):
    page = visit()
    ready(page)
    page.click("text=Paint it")
    page.fill("#maskSoft", "0")

    def white():
        """How many pixels of the mask are."""
        url = page.evaluate("document.getElementById('mask').toDataURL()")
        return int((np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))))[..., 0] > 200).sum())

    page.focus("#mask")
    page.keyboard.press("Enter")
    dot = white()
    assert dot > 1000
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert white() > 1.2 * dot
    page.focus("#maskUndo")
    page.keyboard.press("Enter")
    assert white() == dot
    page.focus("#maskErase")
    page.keyboard.press("Enter")
    page.focus("#mask")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert white() == 0
    page.focus("#maskDone")
    page.keyboard.press("Enter")
    expect(page.locator("#set-mask")).to_have_value("painted mask")
