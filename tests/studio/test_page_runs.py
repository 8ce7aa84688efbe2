"""Films, zooms and batches in a browser: made from the forms, listed, played."""

import re
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.film import made
from tests.studio.browser import MARKS, SAMPLE, expect, fits, give, ready

pytest.importorskip("av", reason="films need PyAV: pip install av")
pytestmark = MARKS

PLAYED = """async () => {
  const film = document.getElementById("film-player");
  film.muted = true;
  await film.play();
  await new Promise((resume) => film.addEventListener("timeupdate", () => film.currentTime > 0 && resume()));
  film.pause();
  film.currentTime = 0.5 * film.duration;
  await new Promise((resume) => film.addEventListener("seeked", resume, { once: true }));
  return [film.videoWidth, film.videoHeight, Math.round(film.duration * 100)];
}"""
"""Plays a film, goes to its middle, and has its size and length."""


def small(page):
    page.fill("#set-steps", "2")
    page.fill("#set-max_side", "72")


def test_a_film_and_a_batch_are_dreamt_with_the_settings_of_the_form(visit, tmp_path):
    made.video(tmp_path / "in.mp4", 3, size=(48, 72))
    page = visit()
    small(page)
    page.click("#tab-film")
    page.set_input_files("#filmFile", str(tmp_path / "in.mp4"))
    expect(page.locator("#filmAbout")).to_contain_text("in.mp4: 72x48, 3 frames")
    page.fill("#film-renewal", "0.5")
    page.click("#filmStart")
    expect(page.locator("#list li >> nth=0")).to_have_text("film")
    expect(page.locator("#notes")).to_contain_text("Flashes: none to warn of")
    assert page.evaluate(PLAYED) == [72, 48, 12]
    expect(page.locator("#compare")).to_be_hidden()
    expect(page.locator("#blending")).to_be_hidden()
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "film.mp4"
    other = visit()
    file = tmp_path / "dream.mp4"
    download.value.save_as(file)
    other.click("#tab-film")
    give(other, "body", "drop", file)
    expect(other.locator("#filmAbout")).to_contain_text("A film of this tool: its settings are in the forms.")
    expect(other.locator("#film-renewal")).to_have_value("0.5")
    expect(other.locator("#set-steps")).to_have_value("2")
    expect(other.locator("#set-max_side")).to_have_value("72")

    page.click("#tab-batch")
    page.set_input_files("#batchFile", [SAMPLE, SAMPLE])
    expect(page.locator("#batchAbout")).to_have_text("2 pictures.")
    assert fits(page)
    page.click("#batchStart")
    expect(page.locator("#list li >> nth=1")).to_have_text("batch")
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "dreams.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.namelist() == ["sample-2.jpg", "sample.jpg"]
    expect(page.locator("#film-player")).to_be_hidden()


def test_a_zoom_falls_into_the_picture_by_its_keyframes(visit, tmp_path):
    (tmp_path / "turn.toml").write_text("[[keyframe]]\nseconds = 0\ndegrees = 45\n")
    page = visit()
    ready(page)
    small(page)
    page.focus("#tab-film")
    page.keyboard.press("ArrowRight")
    page.fill("#zoom-seconds", "0.4")
    page.fill("#zoom-fps", "10")
    page.set_input_files("#zoomForm input[type=file]", str(tmp_path / "turn.toml"))
    expect(page.locator("#zoom-keyframes")).to_have_value((tmp_path / "turn.toml").read_text())
    page.focus("#zoomStart")
    page.keyboard.press("Enter")
    expect(page.locator("#list li >> nth=1")).to_have_text("zoom")
    assert page.evaluate(PLAYED) == [72, 48, 40]
    page.click("#copy")
    expect(page.locator("#status")).to_contain_text("--fps 10.0 --keyframes keyframes.toml")
    page.click("#list button >> nth=0")
    expect(page.locator("#film-player")).to_be_hidden()
    expect(page.locator("#compare")).to_be_visible()
    page.click("#list button >> nth=1")
    expect(page.locator("#film-player")).to_be_visible()
    page.click("#tab-live")
    expect(page.locator("#film-player")).to_be_hidden()


def test_after_a_film_the_picture_is_painted_on_and_not_the_film(visit, tmp_path):
    made.video(tmp_path / "in.mp4", 2, size=(48, 96))
    page = visit()
    ready(page)
    page.click("#tab-film")
    page.set_input_files("#filmFile", str(tmp_path / "in.mp4"))
    expect(page.locator("#filmAbout")).to_contain_text("in.mp4: 96x48, 2 frames in 0.08 s")
    ratio = "document.getElementById('paint').width / document.getElementById('paint').height"
    assert abs(page.evaluate(ratio) - 2) < 0.02
    page.click("#tab-live")
    assert abs(page.evaluate(ratio) - 1.5) < 0.02


def test_keyframes_that_are_none_are_refused_in_the_command_line_s_words(visit):
    page = visit()
    ready(page)
    page.click("#tab-zoom")
    page.fill("#zoom-keyframes", "[[keyframe]]\nseconds = 1\nstrength = 0.5\n")
    page.click("#zoomStart")
    expect(page.locator("#message")).to_contain_text(
        "Keyframe 1 of keyframes.toml has 'strength', which does not change over time."
    )
    assert ["status of 400" in line for line in visit.console] == [True]
    visit.console.clear()


def test_several_stills_are_a_film_in_the_order_of_their_names(visit, tmp_path):
    for name, grey in (("2", 60), ("10", 180)):
        Image.new("RGB", (72, 48), (grey, grey, grey)).save(tmp_path / f"{name}.png")
    page = visit()
    small(page)
    page.click("#tab-film")
    page.set_input_files("#filmFile", [str(tmp_path / "10.png"), str(tmp_path / "2.png")])
    expect(page.locator("#filmAbout")).to_contain_text("2 stills of 72x48, in the order of their names.")
    page.fill("#film-rate", "4")
    page.select_option("#film-format", "gif")
    page.click("#filmStart")
    expect(page.locator("#list li >> nth=0")).to_have_text("film")
    expect(page.locator("#after")).to_have_attribute("src", re.compile("/api/jobs/[^/]+/file$"))
    after = "document.getElementById('after')"
    assert page.evaluate(f"{after}.decode().then(() => {after}.naturalWidth)") == 72
    with page.expect_download() as download:
        page.click("#download")
    with Image.open(download.value.path()) as film:
        means = []
        for number in range(2):
            film.seek(number)
            means.append(np.asarray(film.convert("L"), float).mean())
        assert (film.n_frames, film.info["duration"]) == (2, 250)
    assert means[0] < means[1] - 60
