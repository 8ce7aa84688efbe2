"""The page of an atlas: one self-contained file, tried in a real browser if there is one."""

import re

import numpy as np
import pytest

from deepdream import images
from deepdream.features.atlas import outputs
from deepdream.features.atlas.request import understand
from deepdream.features.atlas.run import Atlas, run
from deepdream.features.atlas.settings import AtlasSettings
from tests.support import SMALL, random_arrays, random_picture, vgg


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A request, its atlas and the files."""
    folder = tmp_path_factory.mktemp("made")
    for number in range(2):
        images.write(folder / f"<{number}>.png", random_picture(60, 90, number))
    settings = AtlasSettings(samples=80, grid=4, steps=2)
    paths = sorted(folder.glob("*.png"))
    request = understand(paths, "block3_conv1", settings, vgg(random_arrays(SMALL)))
    *_, atlas = run(request)
    return request, atlas, outputs.write(folder / "out", request, atlas, "two & more")


def test_cells_have_the_mean_of_their_members_and_crops_of_their_pictures(made):
    request, atlas, _ = made
    assert isinstance(atlas, Atlas)
    members = np.concatenate([cell.members for cell in atlas.cells])
    assert len(set(members.tolist())) == len(members)
    assert {len(cell.members) >= 2 for cell in atlas.cells} == {True}
    pixels = request.read(0).pixels
    seen = outputs.seen(pixels, np.array([2, 88]), request.layer)
    side = request.layer.receptive_field // 2
    np.testing.assert_array_equal(seen, pixels[:side, -side:])  # moved inside


def test_the_map_has_an_icon_in_each_cell_and_white_elsewhere(made):
    _, atlas, (file, _) = made
    pixels = images.read(file).pixels
    assert pixels.shape == (4 * 96, 4 * 96, 3)
    shown = {(row, column) for row in range(4) for column in range(4)
             if (pixels[96 * row + 48, 96 * column + 48] < 1).any()}  # fmt: skip
    assert shown == {(cell.row, cell.column) for cell in atlas.cells}
    record = images.read_recipe(file)
    assert (record["kind"], record["layer"], record["settings"]["grid"]) == ("atlas", "block3_conv1", 4)
    assert len(record["inputs"]) == 2


def test_the_page_loads_nothing_from_outside_and_escapes_names(made):
    text = re.sub(r"data:image/webp;base64,[A-Za-z0-9+/=]+", "", made[2][1].read_text(encoding="utf-8"))
    assert "http" not in text.replace("http-equiv", "")
    assert "two &amp; more" in text
    assert "&lt;0&gt;.png" in text
    assert "<0>" not in text


@pytest.mark.parametrize(("width", "height"), [(390, 740), (1280, 900)])
def test_in_a_browser_a_cell_shows_where_it_comes_from(window, made, width, height):
    _, atlas, (_, page) = made
    window.open(page, width=width, height=height)
    assert window.run("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window"
    assert window.run("[...document.images].every(image => image.complete && image.naturalWidth > 0 && image.alt)")
    assert window.run("document.querySelectorAll('.map button').length") == len(atlas.cells)
    cell = atlas.cells[1]
    window.tap(f"[data-cell='{cell.row}-{cell.column}']")
    shown = "[...document.querySelectorAll('.cell')].filter(cell => cell.checkVisibility()).map(cell => cell.id)"
    assert window.run(shown) == [f"cell-{cell.row}-{cell.column}"]
    assert f"{len(cell.members)} places" in window.run(
        f"document.getElementById('cell-{cell.row}-{cell.column}').textContent"
    )
    assert window.errors == []
    assert [address for address in window.requests if not address.startswith("data:")] == [page.resolve().as_uri()]
