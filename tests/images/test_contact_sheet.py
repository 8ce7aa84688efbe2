"""The contact sheet."""

import numpy as np

from deepdream.images.contact_sheet import LABEL, MARGIN, fitted, sheet

RED = np.broadcast_to(np.float32([1, 0, 0]), (30, 60, 3))
BLUE = np.broadcast_to(np.float32([0, 0, 1]), (50, 20, 3))


def test_each_picture_is_in_the_middle_of_its_cell_with_its_shape():
    page = sheet([[("a", RED), ("b", BLUE)], [("c", BLUE)]], cell=40)
    assert page.shape == (MARGIN + 2 * (40 + LABEL + MARGIN), MARGIN + 2 * (40 + MARGIN), 3)
    assert page.dtype == np.float32
    top = page[MARGIN : MARGIN + 40, MARGIN : MARGIN + 40]
    red = (top == [1, 0, 0]).all(axis=-1)
    assert red.sum() == 40 * 20
    assert red[10:30].all()


def test_labels_are_written_under_the_cells_and_empty_cells_stay_white():
    page = sheet([[("a", RED), ("b", BLUE)], [("c", BLUE)]], cell=40)
    under = page[MARGIN + 40 : MARGIN + 40 + LABEL]
    assert (under[:, MARGIN : MARGIN + 40] < 0.5).any()
    assert (under[:, MARGIN + 40 + MARGIN :] < 0.5).any()
    second = page[MARGIN + 40 + LABEL + MARGIN :, MARGIN + 40 + MARGIN :]
    assert (second == 1).all()


def test_a_thin_picture_keeps_at_least_one_pixel():
    assert fitted(np.ones((1, 900, 3), np.float32), 40).size == (40, 1)
