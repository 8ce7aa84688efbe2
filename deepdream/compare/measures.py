"""What is measured of each dream, with units and words; the table of a comparison has these columns.

MEASURES: name -> Measure                        the list, in the order of the columns
take(original, dream) -> {name: number}          all of them for one finished dream
kept(original, picture) -> (distance, ssim, outlines)    the three that are also taken after every step
"""

from dataclasses import dataclass

import numpy as np

from deepdream import images
from deepdream.compare import similarity, spectrum, texture
from deepdream.settings import Size

SIDE = 400
"""Longest side in pixels at which likeness is measured: the picture as one sees it whole, and quick after each step."""


@dataclass(frozen=True)
class Measure:
    """One column.

    Attributes:
        title: as a heading.
        unit: "" for a plain number.
        digits: after the point, when printed.
        meaning: what a number says, in a sentence.
    """

    title: str
    unit: str
    digits: int
    meaning: str


MEASURES: dict[str, Measure] = {
    "wavelength": Measure(
        "dominant wavelength", "px", 1, "The half octave of waves that holds the most of what was added."
    ),
    "slope": Measure(
        "spectral slope", "", 2, "Exponent of the added power over frequency: 0 for grain, -2 for soft, natural shapes."
    ),
    "part_size": Measure("size of parts", "px", 1, "Side of the coherent light or dark parts of what was added."),
    "repetition": Measure(
        "repetitiveness", "", 3, "How much of the added texture comes again at its strongest repeat, 0 to 1."
    ),
    "repeat": Measure("repeat distance", "px", 1, "How far away that repeat is."),
    "spread": Measure("orientation spread", "", 2, "0 when all strokes run one way, 1 when no way is preferred."),
    "angle": Measure("main orientation", "°", 0, "The way that most strokes run, counter-clockwise from horizontal."),
    "grid": Measure("fit to a grid", "", 2, "How well the strokes fit two perpendicular ways, 0 to 1."),
    "outlines": Measure(
        "outlines kept", "", 2, "Correlation of the original's edges with the dream's, 1 when all stay."
    ),
    "ssim": Measure("structure kept (SSIM)", "", 2, "Structural similarity with the original, 1 for the same picture."),
    "distance": Measure(
        "distance", "", 3, "Root of the mean square difference from the original, of the range 0 to 1."
    ),
    "colourfulness": Measure("colourfulness", "", 0, "Hasler and Süsstrunk's scale: 0 grey, 15 slight, 109 extreme."),
}


def take(original: np.ndarray, dream: np.ndarray) -> dict[str, float]:
    """Every measure of a dream; NaN where there is nothing to measure.

    Args:
        original: [H, W, 3] float RGB in 0..1.
        dream: [h, w, 3]; where it has another size, it is compared with the original resized to it.
    """
    added = dream - _at(original, (dream.shape[0], dream.shape[1]))
    repeat, way = texture.repetition(added), texture.orientation(added)
    distance, ssim, outlines = kept(original, dream)
    return {
        "wavelength": spectrum.wavelength(added),
        "slope": spectrum.slope(added),
        "part_size": texture.part_size(added),
        "repetition": repeat.height,
        "repeat": repeat.distance,
        "spread": way.spread,
        "angle": way.angle,
        "grid": way.grid,
        "outlines": outlines,
        "ssim": ssim,
        "distance": distance,
        "colourfulness": similarity.colourfulness(dream),
    }


def spectrum_of(original: np.ndarray, dream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The radially averaged spectrum of what was added: frequencies and densities."""
    return spectrum.curve(dream - _at(original, (dream.shape[0], dream.shape[1])))


def kept(original: np.ndarray, picture: np.ndarray) -> tuple[float, float, float]:
    """Distance, SSIM and outlines kept, of the original shrunk to `SIDE` with what was added, shrunk or enlarged to it.

    So pictures of every octave can be set against each other: each counts as the picture one would have, had the
    dream stopped there.
    """
    height, width = original.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = _at(original, size)
    added = picture - _at(original, (picture.shape[0], picture.shape[1]))
    seen = np.clip(small + _at(added, size), 0, 1) if added.any() else small
    return similarity.distance(small, seen), similarity.ssim(small, seen), similarity.outlines(small, seen)


def text(name: str, value: float) -> str:
    """A number of a measure with its unit, as one reads it."""
    measure = MEASURES[name]
    return f"{value:.{measure.digits}f}{'' if measure.unit in ('', '°') else ' '}{measure.unit}"


def _at(picture: np.ndarray, size: Size) -> np.ndarray:
    """The picture at a size; the same array where it has it already."""
    return picture if picture.shape[:2] == tuple(size) else images.resize(picture, size)
