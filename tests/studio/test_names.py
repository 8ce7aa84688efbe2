"""Names of files as people gave them are made safe, and no two dreams of a batch have one."""

import pytest

from deepdream.studio import names


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("IMG_0042.JPG", "IMG_0042.JPG"),
        ("Straße am Meer (2).jpeg", "Straße am Meer (2).jpeg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("/", ""),
        ("..", ""),
        (".hidden.png", "hidden.png"),
        ("--output.png", "output.png"),
        ("a\0b\nc<d>|e.png", "a-b-c-d-e.png"),
        ('x"; rm.png', "x- rm.png"),
        ("con.png", "_con.png"),
        ("Con", "_Con"),
        ("console.png", "console.png"),
        ("ends with a dot.", "ends with a dot"),
        ("e\u0301.png", "\u00e9.png"),
        ("あ" * 300 + ".png", "あ" * 40 + ".png"),
        ("a." + "x" * 300, "a." + "x" * 9),
    ],
)
def test_a_name_keeps_what_every_system_takes(given, clean):
    assert names.clean(given) == clean


def test_dreams_of_one_name_are_numbered_also_where_cases_are_not_told_apart():
    given = ["a.jpg", "A.JPG", "a-2.jpg", "a.jpg", "b.heic", "b.heic.png"]
    found = names.distinct(given)
    assert found == ["a.jpg", "A-2.JPG", "a-2-2.jpg", "a-3.jpg", "b.heic", "b.heic-2.png"]
    assert names.dreamt("b.heic") == "b.heic.png"
    dreams = {names.dreamt(name).casefold() for name in found}
    assert len(dreams) == len(given)
