"""The plot of the losses."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream.errors import ImageError, StorageError
from deepdream.images import figures
from deepdream.pipeline import loss_plot

LOSSES = ((1.0, 2.0, 3.0), (2.5, 3.5), (3.0,))


@pytest.mark.parametrize("suffix", figures.SUFFIXES)
def test_it_is_written_atomically_and_reproducibly(tmp_path, suffix):
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    loss_plot.draw(LOSSES, first)
    loss_plot.draw(LOSSES, second)
    assert first.stat().st_size > 1000
    assert first.read_bytes() == second.read_bytes()  # no clock time in it
    assert sorted(path.name for path in tmp_path.iterdir()) == [first.name, second.name]


def test_the_curve_is_visible(tmp_path):
    loss_plot.draw(LOSSES, tmp_path / "plot.png")
    pixels = np.asarray(Image.open(tmp_path / "plot.png").convert("RGB")).astype(int)
    blue = (pixels[..., 2] - pixels[..., 0]) > 80
    assert blue.sum() > 200
    columns = np.flatnonzero(blue.any(axis=0))
    assert columns[-1] - columns[0] > pixels.shape[1] / 2  # over the whole width


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("plot.jpg", "A loss plot can't be written as plot.jpg: its suffix is not .png, .svg or .pdf."),
        ("plot", "A loss plot can't be written as plot: its suffix is not .png, .svg or .pdf."),
        ("gone/plot.png", "The folder gone of plot.png does not exist. Create it first."),
        ("folder.png", "folder.png is a folder; a loss plot is a file."),
    ],
)
def test_what_cannot_be_written_is_rejected_before_the_dream(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageError) as refusal:
        loss_plot.check(Path(name))
    assert str(refusal.value).startswith(message)


def test_a_failed_write_leaves_the_old_plot(tmp_path, monkeypatch):
    path = tmp_path / "plot.png"
    path.write_text("old")

    def refuse(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(type(path), "replace", refuse)
    with pytest.raises(StorageError, match=r"The loss plot can't be written to .*: No space left on device\."):
        loss_plot.draw(LOSSES, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
