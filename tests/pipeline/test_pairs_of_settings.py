"""Every pair of controls: they combine, or one sentence says that they exclude each other."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import SettingError
from deepdream.images import canvases, compositing, paint
from deepdream.pipeline import plan, run
from deepdream.pipeline.events import Done
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from tests.images import seam
from tests.support import random_picture

pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 48, 70
PREVIEW = 60  # so that a preview of so small a picture has something to leave out

CONTROLS: dict[str, dict[str, Any]] = {
    "guide": {"guide": "guide.png"},
    "mask": {"mask": "inside.png", "feather": 2.0},
    "regions": {"regions": "parts.toml"},
    "paint": {"paint": "paint.png", "brushes": "block2;block1_conv2:1"},
    "breath": {"breath": 0.1},
    "pyramid": {"shape": "laplacian"},
    "cascade": {"shape": "cascade"},
    "tv": {"tv": 0.3},
    "l2": {"l2": 0.5},
    "adam": {"optimizer": "adam"},
    "keep": {"colour": "keep"},
    "palette": {"palette": "guide.png"},
    "hold": {"hold": True},
    "canvas": {"start": "clouds", "size": f"{WIDTH}x{HEIGHT}"},
    "tileable": {"tileable": True},
    "panorama": {"panorama": True},
    "strength": {"strength": 0.5},
    "distance": {"distance": 0.01},
    "preview": {"preview": True, "octaves": 2},
    "schedule": {"steps": "2/1", "step_size": "0.02..0.01", "octaves": 2},
    "suppression": {"layers": "block2,block1_conv2=-0.5"},
    "tiles": {"tile": 32},
}
"""Name -> its settings."""

APART = {
    ("mask", "regions"),
    ("regions", "paint"),
    ("guide", "paint"),
    ("keep", "palette"),
    ("tileable", "panorama"),
    ("pyramid", "cascade"),
}
"""Pairs that exclude each other; the last two are values of one setting."""

PAIRS = list(itertools.combinations(CONTROLS, 2))


@dataclass(frozen=True)
class Made:
    request: Request
    picture: np.ndarray
    original: np.ndarray


def scene() -> np.ndarray:
    """A picture to dream on: 1/f noise, without lines that could hide a seam."""
    return canvases.canvas("pink", (HEIGHT, WIDTH), np.random.default_rng(5))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the files that the controls use."""
    folder = tmp_path_factory.mktemp("craft")
    Image.fromarray((random_picture(40, 56, seed=1) * [255, 160, 60]).astype(np.uint8)).save(folder / "guide.png")
    for name, rows, columns in (("inside", (12, 36), (14, 50)), ("corner", (0, 20), (0, 30))):
        levels = np.zeros((HEIGHT, WIDTH), np.uint8)
        levels[slice(*rows), slice(*columns)] = 255
        Image.fromarray(levels).save(folder / f"{name}.png")
    index = np.zeros((HEIGHT, WIDTH), np.uint8)
    index[8:30, 5:30], index[20:40, 40:60] = 1, 2
    (folder / "paint.png").write_bytes(paint.png(index))
    (folder / "parts.toml").write_text(
        '[[region]]\nmask = "inside.png"\nfeather = 2\nlayers = "block1"\n'
        '[[region]]\nmask = "corner.png"\nstrength = 0.5\nguide = "guide.png"\n'
    )
    return folder


@pytest.fixture(scope="module")
def make(folder):
    """Settings -> their dream. Compiled gradients are shared by dreams that differ only in their steps."""
    session = Session()

    def make(given: dict[str, Any]) -> Made:
        picture = None if "start" in given else scene()
        plain = {"layers": "block2", "octaves": 1, "steps": 2, "step_size": 0.02, "jitter": 4, "network": "pocket"}
        request = understand(picture, plain | given, session=session)
        *_, done = run.run(request, session=session)
        assert isinstance(done, Done)
        return Made(request, done.picture, images.resize(request.picture.pixels, done.picture.shape[:2]))

    return make


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(plan, "PREVIEW_SIDE", PREVIEW)


def chroma(picture: np.ndarray) -> np.ndarray:
    """Cb and Cr, BT.601 in JFIF's range."""
    return picture @ np.array([[-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]).T


def check(pair: tuple[str, ...], made: Made) -> None:
    """Check what holds for any dream, and what each control guarantees in any combination."""
    picture, original = made.picture, made.original
    assert np.isfinite(picture).all()
    assert 0 <= picture.min() <= picture.max() <= 1
    assert np.abs(picture - original).max() > 1e-3
    if {"mask", "regions", "paint"} & set(pair):
        outside = np.all([mask[..., 0] == 0 for mask in made.request.masks], axis=0)
        assert 0.2 < outside.mean() < 0.9
        assert np.array_equal(picture[outside], original[outside])
    if "keep" in pair:
        assert np.abs(chroma(picture) - chroma(original)).max() < 1 / 255
    if "distance" in pair and "palette" not in pair:  # a palette is laid on at the end
        assert compositing.distance(picture, original) < 0.0101
    if "tileable" in pair:
        assert not any(seam.measure(picture, axis=axis).visible for axis in (0, 1))
    assert (max(picture.shape) <= PREVIEW) == ("preview" in pair)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_alone(make, control):
    check((control,), make(CONTROLS[control]))


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in APART], ids="+".join)
def test_a_pair_of_controls(make, pair):
    first, second = (CONTROLS[name] for name in pair)
    check(pair, make(first | second))


@pytest.mark.parametrize("pair", sorted(APART - {("pyramid", "cascade")}), ids="+".join)
def test_what_excludes_each_other_is_reported_in_one_sentence(folder, pair):
    first, second = (CONTROLS[name] for name in pair)
    with pytest.raises(SettingError) as refused:
        understand(scene(), first | second | {"network": "pocket"})
    assert "exclude each other." in refused.value.message
    for given in (first, second):
        assert any(name in refused.value.message for name in given)


def test_many_controls_at_once(make):
    """Guide with mask with tiles with seamless, and more."""
    names = ("guide", "mask", "pyramid", "tv", "adam", "keep", "hold", "tileable", "strength", "tiles", "schedule")
    given = {key: value for name in names for key, value in CONTROLS[name].items()}
    check(names, make(given))
