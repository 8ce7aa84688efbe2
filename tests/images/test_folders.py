"""Pictures of a folder: natural order, and what is no picture."""

from pathlib import Path

import pytest

from deepdream.images import folders


def test_pictures_are_in_natural_order_without_hidden_files_and_other_kinds(tmp_path):
    for name in ("b10.png", "b9.PNG", "a.jpg", "._a.jpg", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in folders.pictures(tmp_path)] == ["a.jpg", "b9.PNG", "b10.png"]


@pytest.mark.parametrize(
    ("first", "second"), [("a1²2.png", "a2²1.png"), ("07.png", "7.png"), ("A1.png", "a1.png"), ("x٣.png", "x٤.png")]
)
def test_digits_of_every_kind_and_names_alike_but_for_case_or_zeros_have_one_order(first, second):
    assert folders.natural(Path(first)) < folders.natural(Path(second))
