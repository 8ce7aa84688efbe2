"""A labelled contact sheet: pictures in rows, each with its name under it.

sheet(rows, cell=...) -> [H, W, 3] float32 RGB in 0..1
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deepdream.settings import Size

MARGIN, LABEL, TEXT = 12, 26, 15
"""Pixels between cells, of a label's height, and of its letters."""


def sheet(rows: Sequence[Sequence[tuple[str, np.ndarray]]], *, cell: int | Size = 240) -> np.ndarray:
    """Pictures side by side on white, each fitted into a cell and labelled.

    Args:
        rows: per row, (label, [H, W, 3] float32 RGB in 0..1); rows may differ in length.
        cell: side of a square cell in pixels, or (height, width).

    Returns: [H, W, 3] float32 RGB in 0..1.
    """
    columns = max(len(row) for row in rows)
    high, wide = (cell, cell) if isinstance(cell, int) else cell
    size = (MARGIN + columns * (wide + MARGIN), MARGIN + len(rows) * (high + LABEL + MARGIN))
    canvas = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT)
    for down, row in enumerate(rows):
        for across, (label, pixels) in enumerate(row):
            left, top = MARGIN + across * (wide + MARGIN), MARGIN + down * (high + LABEL + MARGIN)
            picture = fitted(pixels, (high, wide))
            canvas.paste(picture, (left + (wide - picture.width) // 2, top + (high - picture.height) // 2))
            draw.text((left + wide // 2, top + high + LABEL // 2), label, fill="black", font=font, anchor="mm")
    return np.asarray(canvas, np.float32) / 255


def fitted(pixels: np.ndarray, cell: int | Size) -> Image.Image:
    """A picture made as large as a cell allows, its shape kept."""
    height, width = pixels.shape[:2]
    high, wide = (cell, cell) if isinstance(cell, int) else cell
    scale = min(high / height, wide / width)
    whole = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    return whole.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.LANCZOS)
