"""A labelled contact sheet: pictures in rows, each with its name under it.

sheet(rows, cell=...) -> [H, W, 3] float32 RGB in 0..1
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MARGIN, LABEL, TEXT = 12, 26, 15
"""Pixels between cells, of a label's height, and of its letters."""


def sheet(rows: Sequence[Sequence[tuple[str, np.ndarray]]], *, cell: int = 240) -> np.ndarray:
    """Pictures side by side on white, each fitted into a square cell and labelled.

    Args:
        rows: per row, (label, [H, W, 3] float32 RGB in 0..1); rows may differ in length.
        cell: side of a cell in pixels.

    Returns: [H, W, 3] float32 RGB in 0..1.
    """
    columns = max(len(row) for row in rows)
    size = (MARGIN + columns * (cell + MARGIN), MARGIN + len(rows) * (cell + LABEL + MARGIN))
    canvas = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT)
    for down, row in enumerate(rows):
        for across, (label, pixels) in enumerate(row):
            left, top = MARGIN + across * (cell + MARGIN), MARGIN + down * (cell + LABEL + MARGIN)
            picture = fitted(pixels, cell)
            canvas.paste(picture, (left + (cell - picture.width) // 2, top + (cell - picture.height) // 2))
            draw.text((left + cell // 2, top + cell + LABEL // 2), label, fill="black", font=font, anchor="mm")
    return np.asarray(canvas, np.float32) / 255


def fitted(pixels: np.ndarray, cell: int) -> Image.Image:
    """A picture made as large as a square cell allows, its shape kept."""
    height, width = pixels.shape[:2]
    scale = cell / max(height, width)
    whole = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    return whole.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
