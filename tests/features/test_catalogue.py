"""The catalogue's page: every channel is on it, it stays within its limit, and a browser reports no errors."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream.network.vgg import architecture
from tests.support import random_picture
from tools.catalogue import build
from tools.catalogue.page import Section, data_uri, page

DOCS = Path(__file__).resolve().parents[2] / "docs"
TABLE = architecture.layers((4, 5, 6, 7, 8))


@pytest.fixture(scope="module")
def sections():
    return [
        Section(layer, tuple((channel, 1.5, random_picture(48, 48, channel)) for channel in range(layer.channels)))
        for layer in TABLE[:3]
    ]


def test_every_channel_of_every_layer_is_there_once(sections):
    text = page("pocket", "0123456789abcdef", sections, limit=10**7)
    for section in sections:
        part = text.split(f'<section id="{section.layer.name}">')[1].split("</section>")[0]
        assert re.findall(r'data-c="(\d+)"', part) == [str(n) for n in range(section.layer.channels)]
        assert f'href="#{section.layer.name}"' in text
    assert "12 pictures from 3 layers" in text
    assert "the weights 0123456789ab," in text


def test_nothing_is_loaded_from_elsewhere(sections):
    text = page("pocket", "0" * 64, sections, limit=10**7)
    sources = re.findall(r'(?:src|href)="([^"]*)"', text)
    outside = {source for source in sources if not source.startswith(("data:", "#"))}
    assert outside == {"https://distill.pub/2017/feature-visualization"}  # a link to read, not something that is loaded
    assert "{{" not in text


def test_a_thumbnail_is_the_picture(sections):
    picture = random_picture(48, 40)
    head, data = data_uri(picture, 80).split(",")
    assert head == "data:image/webp;base64"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"), np.float32) / 255
    assert shown.shape == picture.shape
    assert np.abs(shown - picture).mean() < 0.1


def test_the_quality_drops_until_the_page_fits_the_limit(sections):
    best = len(page("pocket", "0" * 64, sections, limit=10**7).encode())
    small = page("pocket", "0" * 64, sections, limit=best - 1)
    assert len(small.encode()) < best
    with pytest.raises(ValueError, match="does not fit into 1000 bytes"):
        page("pocket", "0" * 64, sections, limit=1000)


def test_it_is_built_from_pictures_that_are_made_once(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "EFFORT", {"block1": build.Effort(24, 2)})
    arguments = ["--layers", "block1_conv1:0-2,block1_pool:5", "-o", str(tmp_path / "page.html")]
    assert build.main(arguments) == 0
    first = (tmp_path / "page.html").read_text()
    assert re.findall(r'data-c="(\d+)"', first) == ["0", "1", "2", "5"]
    assert "block1_conv1: 3 pictures" in capfd.readouterr().err
    assert build.main(arguments) == 0
    assert "pictures," not in capfd.readouterr().err  # nothing was left to make
    assert (tmp_path / "page.html").read_text() == first
    assert build.main(["--layers", "blok"]) == 2


LINE = "document.querySelector('footer code').textContent"
LINE_IS_SEEN = "document.querySelector('footer').checkVisibility()"


@pytest.mark.parametrize(("width", "height"), [(375, 740), (1400, 900)])
def test_in_a_browser_channels_are_picked_without_errors_or_requests(window, sections, tmp_path, width, height):
    file = tmp_path / "catalogue.html"
    file.write_text(page("pocket", "0" * 64, sections, limit=10**7), encoding="utf-8")
    window.open(file, width=width, height=height)
    assert window.run("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    assert not window.run(LINE_IS_SEEN)
    for button in ("#block1_pool [data-c='2']", "#block1_conv1 [data-c='3']", "#block1_conv1 [data-c='0']"):
        window.tap(button)
    assert window.run(LINE_IS_SEEN)
    assert window.run(LINE) == "deepdream dream photo.jpg --network pocket --layers block1_conv1:0+3,block1_pool:2"
    window.tap("#block1_conv1 [data-c='3']")  # tapped again: deselected
    assert window.run(LINE).endswith(" --layers block1_conv1:0,block1_pool:2")
    window.tap("[data-do=clear]")
    assert not window.run(LINE_IS_SEEN)
    loaded = [address for address in window.requests if not address.startswith(("data:", "about:"))]
    assert loaded == [file.resolve().as_uri()]
    assert window.errors == []
