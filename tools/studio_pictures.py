"""Records the studio for its documents, in a real browser: python -m tools.studio_pictures (needs Chromium).

Writes docs/studio-live.gif, a session of painting on the sample picture, docs/studio-page.webp, the whole page, and
docs/studio-film.webp and docs/studio-batch.webp with a film and a batch.
"""

import io
import itertools
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from deepdream.settings import SAMPLE

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIDE, COLOURS, MILLISECONDS, LIMIT = 420, 96, 160, 3_000_000
"""Of the GIF: width in pixels, colours of each frame, time of each, largest size in bytes."""

FRAMES = 12
"""Of the film."""

KEYFRAMES = "[[keyframe]]\nseconds = 0\nstrength = 0.6\n\n[[keyframe]]\nseconds = 1\nstrength = 1\n"
"""Of the film: it grows stronger."""

PATIENCE = 600_000
"""Milliseconds to wait for what takes a moment."""

STROKES = (
    (4, ((0.1, 0.2), (0.4, 0.1), (0.62, 0.2), (0.9, 0.14))),
    (1, ((0.1, 0.93), (0.5, 0.88), (0.9, 0.93))),
    (6, ((0.36, 0.5), (0.46, 0.34), (0.56, 0.5), (0.66, 0.6))),
)
"""Which of the first channels of block4_conv2, and the path in shares of the picture."""


def main() -> None:
    """Record all of them."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("No Chromium is here.")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        words = [sys.executable, "-m", "deepdream", "studio", "--no-browser", "--port", "0", "--folder", f"{folder}/s"]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as studio:
            try:
                assert studio.stderr is not None
                address = re.search(r"http://\S+", studio.stderr.readline())
                assert address is not None
                page = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page(
                    viewport={"width": 1280, "height": 900}
                )
                page.set_default_timeout(PATIENCE)
                page.goto(address[0])
                _record(page, Path(folder))
            finally:
                studio.terminate()


def _record(page: Any, folder: Path) -> None:
    page.set_input_files("#file", str(SAMPLE))
    page.wait_for_selector("#finish:visible")
    page.locator("#lookList img[src]").nth(3).wait_for()
    page.wait_for_timeout(1000)
    _shot(page, "page")
    _film(page, _parts(folder))
    _batch(page, _parts(folder))
    page.click("#tab-live")
    page.click("#liveStart")
    page.wait_for_selector("#liveControls:visible")
    page.wait_for_timeout(3000)
    page.fill("#size", "42")
    frames = [_frame(page)]
    for nth, path in STROKES:
        page.click(f"#brushes label >> nth={nth}")
        frames += _stroke(page, path)
        for _ in range(10):
            _wait(page, 4)
            frames.append(_frame(page))
    _write(frames)


def _wait(page: Any, steps: int) -> None:
    """Wait until the page shows a picture so many steps later, however busy the machine is."""
    end = _shown(page) + steps
    while _shown(page) < end:
        page.wait_for_timeout(50)


def _shown(page: Any) -> int:
    found = re.match(r"Step (\d+)", page.locator("#liveStatus").inner_text())
    return int(found[1]) if found else 0


def _stroke(page: Any, path: tuple[tuple[float, float], ...]) -> list[Image.Image]:
    box, frames = page.locator("#paint").bounding_box(), []
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    page.mouse.move(*points[0])
    page.mouse.down()
    for start, end in itertools.pairwise(points):
        for part in range(1, 5):
            page.mouse.move(*(a + (b - a) * part / 4 for a, b in zip(start, end, strict=True)))
            page.wait_for_timeout(90)
            frames.append(_frame(page))
    page.mouse.up()
    return frames


def _frame(page: Any) -> Image.Image:
    box = page.locator("#pictures").bounding_box()
    shot = Image.open(io.BytesIO(page.screenshot(clip=box, type="jpeg", quality=90))).convert("RGB")
    return shot.resize((SIDE, round(shot.height * SIDE / shot.width)), Image.Resampling.LANCZOS)


def _write(frames: list[Image.Image]) -> None:
    """The GIF; it lingers on its end."""
    indexed = [frame.quantize(COLOURS, dither=Image.Dither.NONE) for frame in frames]
    times = [MILLISECONDS] * (len(frames) - 1) + [2500]
    file = DOCS / "studio-live.gif"
    indexed[0].save(file, save_all=True, append_images=indexed[1:], duration=times, loop=0, optimize=True)
    print(f"{file}: {file.stat().st_size / 1e6:.2f} MB, {len(frames)} frames")
    assert file.stat().st_size <= LIMIT


def _parts(folder: Path) -> list[str]:
    """Parts of the sample picture, each a bit further to the right, as files."""
    files = []
    with Image.open(SAMPLE) as sample:
        for number in range(FRAMES):
            left = number * (sample.width // 3) // FRAMES
            part = sample.crop((left, 0, left + sample.width * 2 // 3, sample.height * 2 // 3)).resize((480, 320))
            files.append(str(folder / f"part-{number + 1}.png"))
            part.save(files[-1])
    return files


def _film(page: Any, stills: list[str]) -> None:
    page.click("#tab-film")
    page.set_input_files("#filmFile", stills)
    page.fill("#film-rate", "8")
    page.fill("#film-keyframes", KEYFRAMES)
    page.click("#filmStart:enabled")
    page.wait_for_selector("#film-player:visible")
    page.click("#tab-film")
    page.wait_for_timeout(1000)
    _shot(page, "film")


def _batch(page: Any, pictures: list[str]) -> None:
    page.click("#tab-batch")
    page.set_input_files("#batchFile", pictures[::3])
    page.click("#batchStart:enabled")
    page.locator("#list button", has_text=re.compile("^batch$")).wait_for()
    page.click("#tab-batch")
    page.set_input_files("#batchFile", pictures[1::3])
    page.wait_for_selector("#batchStart:enabled")
    page.wait_for_timeout(1000)
    _shot(page, "batch")


def _shot(page: Any, name: str) -> None:
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.save(DOCS / f"studio-{name}.webp", quality=82)


if __name__ == "__main__":
    main()
