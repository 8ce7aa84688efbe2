"""The page of a comparison: one self-contained file, tried in a real browser if there is one."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from deepdream.compare import claims, page
from tests.compare.results import CONVOLUTIONS, POOLS, blocks, pairs, result
from tests.support import random_picture


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A page with all groups and four pairs, in a file."""
    folder = tmp_path_factory.mktemp("page")
    results = blocks("wavelength", (4, 6, 9, 14, 20))
    results += [result("pooling", POOLS), result("convolutions", CONVOLUTIONS), *pairs("repetition", [(0.1, 0.2)] * 4)]
    for number, each in enumerate(results):
        path = folder / f"{each.group.stem}.png"
        Image.fromarray((random_picture(60, 90, number) * 255).astype(np.uint8)).save(path)
        object.__setattr__(each, "path", path)
    subject = page.Subject(
        name="photo <1>.png",
        original=random_picture(60, 90, 99),
        profile=None,
        network="pocket",
        made=[("seed", "0")],
        missing=["b & c"],
        remark="Read me.",
    )
    file = folder / "index.html"
    file.write_text(page.html(subject, results, claims.judge(results)), encoding="utf-8")
    return file


class Reader(HTMLParser):
    """Collects tags and their attributes, and checks that every tag is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "input", "br", "line", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def tags(made):
    reader = Reader()
    reader.feed(made.read_text(encoding="utf-8"))
    assert not reader.open
    return reader.tags


def test_the_page_loads_nothing_from_outside(made, tags):
    for _, attributes in tags:
        for name in ("src", "href"):
            assert attributes.get(name, "data:").startswith("data:")
    text = re.sub(r"data:image/webp;base64,[A-Za-z0-9+/=]+", "", made.read_text(encoding="utf-8"))
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_every_picture_and_plot_has_a_text_alternative(tags):
    pictures = [attributes for tag, attributes in tags if tag == "img" and "src" in attributes]
    assert len(pictures) == 1 + 7 + 8
    assert all(attributes["alt"] for attributes in pictures)
    drawings = [a for tag, a in tags if tag == "svg" and "aria-hidden" not in a]
    assert len(drawings) == 10
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in drawings)
    assert all(a.get("aria-label") for tag, a in tags if tag == "input")


def test_headings_come_in_order(tags):
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_names_are_escaped_and_every_finding_has_its_numbers(made):
    text = made.read_text(encoding="utf-8")
    assert "photo &lt;1&gt;.png" in text
    assert "photo <1>" not in text
    assert "Not dreamt: b &amp; c. What is missing is not judged." in text
    assert "Read me." in text
    assert "4.0, block2 6.0, block3 9.0, block4 14.0, block5 20.0 px" in text
    assert text.count('<p><span class="verdict">') == 13
    assert not re.search(r"\bnan\b", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))


@pytest.mark.parametrize(("width", "height"), [(375, 740), (1400, 900)])
def test_in_a_browser_the_slider_moves_without_errors_or_requests(window, made, width, height):
    window.open(made, width=width, height=height)
    assert window.run("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    assert window.run("document.getElementById('compare').checkVisibility()")
    assert window.run("[...document.images].every(image => image.complete && image.naturalWidth > 0)")

    at = "parseFloat(getComputedStyle(document.getElementById('stage')).getPropertyValue('--at'))"
    assert window.run(at) == 50
    window.run("document.getElementById('range').focus()")
    window.press("ArrowRight", 39)
    assert window.run(at) > 50
    left, top, wide, high = window.run(
        "(box => [box.left, box.top, box.width, box.height])(document.getElementById('stage').getBoundingClientRect())"
    )
    window.drag((left + wide * 0.5, top + high / 2), (left + wide * 0.2, top + high / 2))
    assert window.run(at) == pytest.approx(20, abs=1)
    assert float(window.run("document.getElementById('range').value")) == pytest.approx(20, abs=1)

    window.run("document.querySelectorAll('.choices button')[5].click()")
    assert window.run("document.querySelector('.stage .right').textContent") == "pooling"
    shown = "document.querySelector('.over').src === document.getElementById('picture-pooling').src"
    assert window.run(shown)
    window.run("document.querySelector('.pictures button[data-show=block2]').click()")
    assert window.run("document.querySelector('.choices [aria-pressed=true]').textContent") == "block2"

    assert window.errors == []
    assert [address for address in window.requests if not address.startswith("data:")] == [made.resolve().as_uri()]
