"""The pictures of docs/research.md: all are made by one command, and all are shown."""

import sys
from pathlib import Path

import numpy as np
import pytest

from deepdream import SAMPLE, images
from tools import research


def test_every_sheet_is_there_and_shown_and_every_picture_of_the_page_is_a_sheet():
    page = (research.DOCS / "research.md").read_text(encoding="utf-8")
    shown = {part.partition(")")[0] for part in page.split("](") if part.partition(")")[0].endswith(".webp")}
    assert shown == {f"{name}.webp" for name in research.SHEETS}
    assert all((research.DOCS / name).is_file() for name in shown)
    assert sum((research.DOCS / name).stat().st_size for name in shown) < 2_500_000


def test_the_sample_picture_is_cut_without_a_rest(tmp_path):
    research.cut(tmp_path)
    whole, (sky, shore) = (
        images.read(SAMPLE).pixels,
        (images.read(tmp_path / f"{n}.png").pixels for n in ("sky", "shore")),
    )
    np.testing.assert_allclose(np.concatenate([sky, shore]), whole, atol=0.5 / 255)
    assert [len(list((tmp_path / name).iterdir())) for name in ("high", "low", "tiles")] == [4, 4, 12]


def test_a_target_names_parts_of_the_sample_picture_by_their_paths(tmp_path):
    research.cut(tmp_path)
    filled = research.Artist(parts=tmp_path)._filled
    assert (
        filled("block4:difference(shore.png,sky.png)") == f"block4:difference({tmp_path}/shore.png,{tmp_path}/sky.png)"
    )
    assert filled("block4:concept(low,high)") == f"block4:concept({tmp_path}/low,{tmp_path}/high)"
    assert (filled("block4:like(sample)"), filled("sample")) == (f"block4:like({SAMPLE})", str(SAMPLE))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["atlas"], "the sheets by VGG16 need --weights FILE"),
        (["nothing"], f"nothing is none of {', '.join(research.SHEETS)}"),
    ],
)
def test_what_it_can_not_make_is_refused(monkeypatch, capsys, words, message):
    monkeypatch.setattr(sys, "argv", [str(Path("tools/research.py")), *words])
    with pytest.raises(SystemExit) as ended:
        research.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith(message)
