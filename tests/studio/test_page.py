"""The page in a browser: nothing from elsewhere, nothing on the console, accessible, on a phone and by keyboard."""

import numpy as np
import pytest

from deepdream import images
from tests.studio.browser import KINDS, MARKS, SAMPLE, expect, fits, ready, violations

pytestmark = MARKS


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
