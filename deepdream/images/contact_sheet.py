"""Contact sheets: labelled thumbnails on white.

sheet(rows, cell=...) -> [H, W, 3] float32 RGB in 0..1             each picture labelled
valued(name, value) -> a label: "87 (5240)"
grid(rows, title=..., cell=...) -> [H, W, 3] float32 RGB in 0..1   rows and columns labelled, under a title
"""

import unicodedata
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from deepdream.images.scale import scaled
from deepdream.settings import Size

MARGIN, LABEL, TEXT = 12, 26, 15
"""In pixels: between cells, a label's height, and its font size."""

LOOKALIKES = {"×": "x", "–": "-", "—": "-", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l", "œ": "oe", "đ": "d"}
"""What stands for letters and signs that Pillow's font lacks and that are no letter with an accent."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

Row = tuple[str, Sequence[tuple[str, np.ndarray | None]]]
"""(row label, (column label, [H, W, 3] float32 RGB in 0..1 or None for a gap) of each cell)."""

LINE = TEXT + 5
"""Pixels from one line of text to the next."""

GAP = (225, 225, 225)
"""Colour of a cell without a picture."""


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
            middle = (left + wide // 2, top + high + LABEL // 2)
            draw.text(
                middle, short(spelled(label, font), font, wide + MARGIN - 4), fill="black", font=font, anchor="mm"
            )
    return np.asarray(canvas, np.float32) / 255


def valued(name: str, value: float) -> str:
    """A label with a value of three digits, without a power of ten below a million."""
    return f"{name} ({float(f'{value:.3g}'):g})"


def grid(rows: Sequence[Row], *, title: str, cell: Size) -> np.ndarray:
    """Pictures on white, each fitted into a cell; text is wrapped, never truncated.

    Args:
        rows: at least one; they may differ in length.
        title: above everything.
        cell: (height, width) of a cell in pixels.

    Returns: [H, W, 3] float32 RGB in 0..1.
    """
    font = ImageFont.load_default(TEXT)
    high, wide = cell
    sides = [wrapped(spelled(label, font), font, wide) for label, _ in rows]
    heads = [[wrapped(spelled(head, font), font, wide) for head, _ in cells] for _, cells in rows]
    side = max(_width(lines, font) for lines in sides)
    left = MARGIN + (side + MARGIN if side else 0)
    width = left + max(len(cells) for _, cells in rows) * (wide + MARGIN)
    above = wrapped(spelled(title, font), font, width - 2 * MARGIN)
    tops, down = [], MARGIN + len(above) * LINE
    for lines in heads:
        down += MARGIN + LINE * max(map(len, lines))
        tops.append(down)
        down += high
    canvas = Image.new("RGB", (width, down + MARGIN), "white")
    draw = ImageDraw.Draw(canvas)
    _write(draw, above, (MARGIN, MARGIN), font, "la")
    for (_, cells), label, row_heads, top in zip(rows, sides, heads, tops, strict=True):
        _write(draw, label, (left - MARGIN, top + (high - LINE * len(label)) // 2), font, "ra")
        for number, ((_, pixels), head) in enumerate(zip(cells, row_heads, strict=True)):
            x = left + number * (wide + MARGIN)
            _write(draw, head, (x + wide // 2, top - LINE * len(head)), font, "ma")
            _paste(canvas, pixels, (x, top), cell)
    return np.asarray(canvas, np.float32) / 255


def fitted(pixels: np.ndarray, cell: int | Size) -> Image.Image:
    """A picture resized to fit a cell, with its aspect ratio."""
    height, width = pixels.shape[:2]
    high, wide = (cell, cell) if isinstance(cell, int) else cell
    size = scaled((height, width), min(high / height, wide / width))
    whole = Image.fromarray(np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    return whole.resize(size[::-1], Image.Resampling.LANCZOS)


def spelled(text: str, font: Font) -> str:
    """The text in letters that the font has: without accents, in look-alikes, or with ? in place of others."""
    missing = bytes(font.getmask("\uffff"))

    def letter(sign: str) -> str:
        if sign.isspace() or bytes(font.getmask(sign)) != missing:
            return sign
        bare = unicodedata.normalize("NFKD", LOOKALIKES.get(sign.lower(), sign))
        bare = "".join(one for one in bare if not unicodedata.combining(one))
        known = all(bytes(font.getmask(one)) != missing for one in bare)
        return (bare.upper() if sign.lower() in LOOKALIKES and sign.isupper() else bare) if known else "?"

    return "".join(letter(sign) for sign in unicodedata.normalize("NFC", text))


def short(text: str, font: Font, width: int) -> str:
    """The text, with dots in place of its middle where it is wider than this."""
    kept = text
    for count in range(len(text) - 1, 1, -1):
        if font.getlength(kept) <= width:
            break
        kept = f"{text[: count // 2]}...{text[len(text) - (count - count // 2) :]}"
    return kept


def wrapped(text: str, font: Font, width: int) -> list[str]:
    """The text in lines that fit; broken at spaces and after commas, anywhere if need be."""
    lines: list[str] = []
    for word in text.replace(",", ", ").split():  # drawn with a space after a comma, which the value does not have
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        lines.append(word)
        while font.getlength(lines[-1]) > width and len(lines[-1]) > 1:
            fits = next(n for n in range(len(lines[-1]) - 1, 0, -1) if n == 1 or font.getlength(lines[-1][:n]) <= width)
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return lines


def _width(lines: Sequence[str], font: Font) -> int:
    return max((round(font.getlength(line)) for line in lines), default=0)


def _write(draw: ImageDraw.ImageDraw, lines: Sequence[str], at: tuple[int, int], font: Font, anchor: str) -> None:
    """Draw lines of text below each other, the first one's top at this point."""
    for number, line in enumerate(lines):
        draw.text((at[0], at[1] + number * LINE), line, fill="black", font=font, anchor=anchor)


def _paste(canvas: Image.Image, pixels: np.ndarray | None, at: tuple[int, int], cell: Size) -> None:
    """Paste the picture centred in its cell, or grey if there is none."""
    high, wide = cell
    picture = Image.new("RGB", (wide, high), GAP) if pixels is None else fitted(pixels, cell)
    canvas.paste(picture, (at[0] + (wide - picture.width) // 2, at[1] + (high - picture.height) // 2))
