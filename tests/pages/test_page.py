"""What pages are made of: embedded pictures and plots, and the browser that they are tried in."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from deepdream.errors import ImageError, StorageError
from deepdream.pages import page, svg
from tests.support import random_picture


def test_pictures_of_the_page_are_small_enough_and_readable():
    picture = np.clip(random_picture(600, 900) + np.random.default_rng(0).normal(0, 0.05, (600, 900, 3)), 0, 1)
    address = page.data_uri(picture.astype(np.float32), page.LARGE)
    assert address.startswith("data:image/webp;base64,")
    assert len(address) < 6e6 / 10
    assert len(page.data_uri(picture.astype(np.float32), page.SMALL)) < len(address) / 2


def test_a_folder_in_its_place_is_a_bad_request(tmp_path):
    with pytest.raises(ImageError) as refused:
        page.write_text(tmp_path, "text")
    assert str(refused.value) == f"{tmp_path} is a folder; the output is a file."


def test_a_full_disk_is_reported_with_what_to_do(tmp_path, monkeypatch):
    def full(self, *args, **how):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    path = tmp_path / "table.csv"
    with pytest.raises(StorageError) as refused:
        page.write_csv(path, [("a", 1)])
    assert str(refused.value) == (
        f"{path} could not be written: No space left on device. Make room, or name another output."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("low", "high", "log"), [(0, 1, False), (3, 1234, False), (2, 60, True), (1e-3, 1e6, True)])
def test_ticks_are_few_round_and_inside(low, high, log):
    ticks = svg.Axis("", low, high, log).ticks()
    assert 2 <= len(ticks) <= 11
    assert all(low <= tick <= high for tick in ticks)


def test_curves_without_numbers_are_drawn_empty():
    axis = svg.spanning("x", [float("nan")])
    drawing = svg.lines([("a", [1], [float("nan")])], axis, axis, summary="none")
    assert 'points=""' in drawing
    assert "nan" not in drawing
    assert "none" in svg.bars(["a"], [float("nan")], digits=1, unit="px", summary="s")


def test_the_browser_test_can_fail(window, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<!doctype html><img src="gone.png"><script>console.error("seen"); undefined.here</script>')
    window.open(bad, width=400, height=400)
    assert any("seen" in error for error in window.errors)
    assert any("TypeError" in error for error in window.errors)
    assert any(address.endswith("gone.png") for address in window.requests)
