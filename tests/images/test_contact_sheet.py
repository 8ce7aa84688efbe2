"""Contact sheets: pictures in their cells, and the labels around them."""

import numpy as np
import pytest
from PIL import ImageFont

from deepdream.images.contact_sheet import (
    GAP,
    LABEL,
    LINE,
    MARGIN,
    TEXT,
    fitted,
    grid,
    sheet,
    short,
    spelled,
    valued,
    wrapped,
)

RED = np.broadcast_to(np.float32([1, 0, 0]), (30, 60, 3))
BLUE = np.broadcast_to(np.float32([0, 0, 1]), (50, 20, 3))
FONT = ImageFont.load_default(TEXT)


def test_each_picture_is_centred_in_its_cell_with_its_aspect_ratio():
    page = sheet([[("a", RED), ("b", BLUE)], [("c", BLUE)]], cell=40)
    assert page.shape == (MARGIN + 2 * (40 + LABEL + MARGIN), MARGIN + 2 * (40 + MARGIN), 3)
    assert page.dtype == np.float32
    top = page[MARGIN : MARGIN + 40, MARGIN : MARGIN + 40]
    red = (top == [1, 0, 0]).all(axis=-1)
    assert red.sum() == 40 * 20
    assert red[10:30].all()


@pytest.mark.parametrize(
    ("value", "written"),
    [(12.3456, "7 (12.3)"), (5236.0, "7 (5240)"), (-0.01234, "7 (-0.0123)"), (3.2e7, "7 (3.2e+07)")],
)
def test_a_value_has_three_digits_and_no_power_of_ten_below_a_million(value, written):
    assert valued("7", value) == written


def test_labels_are_written_under_the_cells_and_empty_cells_stay_white():
    page = sheet([[("a", RED), ("b", BLUE)], [("c", BLUE)]], cell=40)
    under = page[MARGIN + 40 : MARGIN + 40 + LABEL]
    assert (under[:, MARGIN : MARGIN + 40] < 0.5).any()
    assert (under[:, MARGIN + 40 + MARGIN :] < 0.5).any()
    second = page[MARGIN + 40 + LABEL + MARGIN :, MARGIN + 40 + MARGIN :]
    assert (second == 1).all()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gradient × input", "gradient x input"),
        ("Größe – Łódź, Ærø", "Grosse - Lodz, AEro"),
        ("e\N{COMBINING ACUTE ACCENT}té", "ete"),
        ("жук 中 3", "??? ? 3"),
        ("plain_text (1.2), %", "plain_text (1.2), %"),
        ("", ""),
    ],
)
def test_labels_have_no_letter_that_the_font_lacks(text, written):
    assert spelled(text, FONT) == written
    assert np.array_equal(sheet([[(text, RED)]]), sheet([[(written, RED)]]))
    rows = [[(label, [(label, RED)])] for label in (text, written)]
    assert np.array_equal(*(grid(row, title=row[0][0], cell=(40, 90)) for row in rows))


def test_a_label_never_reaches_into_the_next_cell():
    name = "caricature(/home/me/pictures/of/a/long/holiday.jpg) (0.595)"
    page = sheet([[(name, RED), ("", BLUE)]], cell=100)
    under = page[MARGIN + 100 : MARGIN + 100 + LABEL]
    assert (under[:, : MARGIN + 100 + MARGIN] < 0.5).any()
    assert (under[:, MARGIN + 100 + MARGIN :] == 1).all()
    cut = short(name, FONT, 100)
    assert (cut[:3], cut[-3:], "..." in cut) == ("car", "95)", True)
    assert short("12 (0.5)", FONT, 100) == "12 (0.5)"


def test_a_thin_picture_keeps_at_least_one_pixel():
    assert fitted(np.ones((1, 900, 3), np.float32), 40).size == (40, 1)


def places(page, colour):
    """The bounds of a colour: top, bottom, left, right."""
    rows, columns = np.nonzero(np.abs(page - np.float32(colour)).max(axis=-1) < 0.01)
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def test_rows_and_columns_have_labels_and_pictures_their_aspect_ratio():
    page = grid([("", [("a", RED), ("b", BLUE)])], title="t", cell=(40, 40))
    first = MARGIN + LINE + MARGIN + LINE  # below the title and the heads
    assert page.shape == (first + 40 + MARGIN, MARGIN + 2 * (40 + MARGIN), 3)
    assert page.dtype == np.float32
    assert places(page, (1, 0, 0)) == (first + 10, first + 30, MARGIN, MARGIN + 40)
    assert places(page, (0, 0, 1)) == (first, first + 40, 2 * MARGIN + 40 + 12, 2 * MARGIN + 40 + 28)
    assert (page[first - LINE : first, MARGIN : MARGIN + 40] < 0.5).any()  # "a"


def test_a_row_label_moves_the_cells_to_the_right():
    page = grid([("row one", [("", RED)]), ("two", [("", None)])], title="t", cell=(40, 40))
    side = round(max(FONT.getlength(line) for line in wrapped("row one", FONT, 40)))
    assert places(page, (1, 0, 0))[2] == MARGIN + side + MARGIN
    assert (page[:, MARGIN : MARGIN + side] < 0.5).any()
    second = page[-MARGIN - 40 : -MARGIN, MARGIN + side + MARGIN : -MARGIN]
    assert np.allclose(second, np.float32(GAP) / 255)


def test_text_is_wrapped_and_never_truncated():
    for text in ("layers block2,block3=0.5,block4_conv4", "unbreakable" * 9, "", "a b"):
        lines = wrapped(text, FONT, 80)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(FONT.getlength(line) <= 80 for line in lines)
    assert wrapped("a,b", FONT, 80) == ["a, b"]
