"""A real browser that looks at the studio's page, and what the tests of the page share."""

import base64
import os
import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="no Playwright is installed, so no browser looks at the studio's page")
pytest.importorskip("axe_playwright_python")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.studio.conftest import ROOT

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


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

MARKS = [
    pytest.mark.slow,
    pytest.mark.skipif(
        BROWSER is None or os.name != "posix", reason="no Chromium is here to look at the studio's page"
    ),
]
"""Of every module of tests that needs the browser."""


def ready(page, file=SAMPLE):
    """Give it a picture and wait for the preview that comes by itself."""
    page.set_input_files("#file", file)
    expect(page.locator("#finish")).to_be_visible()


GIVE = """([where, kind, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)), data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const about = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, { ...about, clipboardData: data })
    : new DragEvent(kind, { ...about, dataTransfer: data });
  document.querySelector(where).dispatchEvent(event);
}"""
"""Drops or pastes a file, as a browser does it."""


def give(page, where, kind, file):
    """Drop or paste a file somewhere; `kind` is the event."""
    content = base64.b64encode(Path(file).read_bytes()).decode()
    page.evaluate(GIVE, [where, kind, Path(file).name, content])


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def violations(page):
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def strokes(page, count):
    """The strokes that the server has recorded, once there are so many."""
    for _ in range(PATIENCE * 5):
        record = page.evaluate("fetch(document.getElementById('strokes').href).then((reply) => reply.json())")
        found = [event for event in record["events"] if "stroke" in event]
        if len(found) >= count:
            return found
        page.wait_for_timeout(200)
    raise AssertionError(found)
