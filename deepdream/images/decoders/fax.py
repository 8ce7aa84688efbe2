"""Fax in a TIFF whose strips end early: libtiff fills in the missing rows, and reports an error for group 4 only.

check_whole(page, file) · ends_early(data, rows, ...)
"""

from typing import Any, BinaryIO

import numpy as np

from deepdream.images.opened import UnreadableError

COMPRESSIONS = (2, 3, 4)
"""TIFF's numbers of fax: group 3's codes in rows of whole bytes; group 3, which marks its rows; group 4."""

MARK, GAP = 11, 24
"""Zeros before the one of an end-of-line mark, which no code has; and zeros in a row that nothing has, with those that
fill a byte before a code."""


def check_whole(page: Any, file: BinaryIO) -> None:
    """Raise if one of a page's strips ends early.

    Args:
        page: tifffile's.
        file: that holds it.

    Raises:
        UnreadableError: it does.
    """
    if page.compression == 4:
        if len(page.treeindex) == 1:
            import imagecodecs  # here: few files need it

            file.seek(0)
            imagecodecs.tiff_decode(file.read(), index=page.index)
        return
    segments = page.parent.filehandle.read_segments(page.dataoffsets, page.databytecounts)
    for data, index in segments if not page.is_tiled else ():
        rows = min(page.rowsperstrip, page.imagelength - index * page.rowsperstrip)
        if ends_early(data, rows, marked=page.compression == 3, reversed_bits=page.fillorder == 2):
            raise UnreadableError


def ends_early(data: bytes, rows: int, *, marked: bool, reversed_bits: bool) -> bool:
    """Whether a strip of group 3's codes has fewer rows than it should.

    Args:
        data: of the strip.
        rows: that it should have.
        marked: whether rows have end-of-line marks, as they should in group 3; some programs leave them out.
        reversed_bits: whether the first bit of a byte is its lowest, TIFF's FillOrder 2.

    Source: ITU-T T.4 (2003), 4.1.2: an end-of-line mark stands before each row; some programs put it between rows.
    """
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little" if reversed_bits else "big")
    ones = np.flatnonzero(bits)
    zeros = np.diff(ones, prepend=-1) - 1
    marks = int((zeros >= MARK).sum())
    if marked and marks:
        return marks < rows - 1
    return bool((zeros >= GAP).any()) or len(bits) - 1 - (ones[-1] if len(ones) else -1) >= GAP
