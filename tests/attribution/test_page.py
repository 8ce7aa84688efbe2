"""The page of an attribution: one self-contained file, tried in a real browser if there is one."""

import re

import pytest

from deepdream.attribution import outputs
from deepdream.attribution.request import understand
from deepdream.attribution.run import Explanation, Progress, run
from deepdream.attribution.settings import AttributionSettings
from deepdream.images import from_array
from tests.support import SMALL, random_arrays, random_picture, vgg


@pytest.fixture(scope="module")
def events():
    settings = AttributionSettings(steps=8, patch=30, curve_steps=4)
    request = understand(from_array(random_picture(75, 110)), "block3_conv2:1", settings, vgg(random_arrays(SMALL)))
    return request, list(run(request))


@pytest.fixture(scope="module")
def made(events, tmp_path_factory):
    request, (*_, explanation) = events
    folder = tmp_path_factory.mktemp("made") / "out"
    return outputs.write(folder, request, explanation, "photo <1>.png")[-1]


def test_a_run_ends_with_the_explanation_and_its_progress_only_grows(events):
    _, (*before, explanation) = events
    assert isinstance(explanation, Explanation)
    fractions = [event.fraction for event in before if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] == pytest.approx(1)


def test_the_page_has_the_sum_the_difference_and_the_error(events, made):
    _, (*_, explanation) = events
    text = made.read_text(encoding="utf-8")
    total = explanation.attributions["integrated-gradients"].map.sum(dtype=float)
    change = explanation.value - explanation.baseline_value
    assert explanation.error("integrated-gradients") == pytest.approx(total - change)
    words = " ".join(re.sub(r"<[^>]+>", "", text).split())
    assert f"integrated gradients add up to {total:.6g}, the difference between picture and baseline is" in words
    share = 100 * abs((total - change) / change)
    assert f"is {change:.6g}: an error of {total - change:.2g}, or {share:.2g} %." in words
    assert "photo &lt;1&gt;.png" in text
    assert "photo <1>" not in text


def test_the_page_loads_nothing_from_outside(made):
    text = re.sub(r"data:image/webp;base64,[A-Za-z0-9+/=]+", "", made.read_text(encoding="utf-8"))
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert "default-src 'none'" in text
    assert "nan" not in re.findall(r">([^<]*)<", text)


@pytest.mark.parametrize(("width", "height"), [(390, 740), (1280, 900)])
def test_in_a_browser_heat_maps_are_laid_over_the_picture(window, made, width, height):
    window.open(made, width=width, height=height)
    assert window.run("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    assert window.run("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    assert window.run("[...document.images].every(image => image.alt)")
    window.run("document.querySelector('.pictures button[data-show=occlusion]').click()")
    assert window.run("document.querySelector('.stage .right').textContent") == "Occlusion"
    assert window.run("document.querySelector('.over').src === document.getElementById('picture-occlusion').src")
    assert window.run("document.querySelectorAll('.plots svg').length") == 2
    assert window.run("document.querySelectorAll('.plots polyline').length") == 2 * 5
    assert window.errors == []
    assert [address for address in window.requests if not address.startswith("data:")] == [made.resolve().as_uri()]
