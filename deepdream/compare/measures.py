"""What is measured of each dream, with units and words; the table of a comparison has these columns.

MEASURES: name -> Measure                        one row for each, in the order of the columns
take(original, dream) -> {name: number}          all of them for one finished dream
kept(original, picture) -> (distance, ssim, outlines)    the three that are also taken after every step

A new measure is one row here and the function that the row names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deepdream import images
from deepdream.compare import similarity, spectrum, texture
from deepdream.images import scale
from deepdream.settings import Size

SIDE = 400
"""Longest side in pixels at which similarity is measured: the picture as one sees it whole, and quick after a step."""


@dataclass(frozen=True, eq=False)
class Change:
    """A picture beside its original; what several measures need is computed once.

    Attributes:
        original: [H, W, 3] float RGB in 0..1.
        picture: [h, w, 3] of any size, that of another octave for example.
    """

    original: np.ndarray
    picture: np.ndarray

    @cached_property
    def added(self) -> np.ndarray:
        """[h, w, 3] what the dream added, at the picture's size."""
        return self.picture - _at(self.original, (self.picture.shape[0], self.picture.shape[1]))

    @cached_property
    def repetition(self) -> texture.Repetition:
        """The strongest repeat of what was added."""
        return texture.repetition(self.added)

    @cached_property
    def orientation(self) -> texture.Orientation:
        """Which ways the strokes run."""
        return texture.orientation(self.added)

    @cached_property
    def whole(self) -> tuple[np.ndarray, np.ndarray]:
        """The original shrunk to `SIDE`, and the same with what was added, resized to it.

        So pictures of every octave can be compared: each counts as the picture one would have if the dream had stopped
        there.
        """
        size = scale.target(self.original.shape[:2], None, SIDE)
        small = _at(self.original, size)
        return small, np.clip(small + _at(self.added, size), 0, 1) if self.added.any() else small


@dataclass(frozen=True)
class Measure:
    """One column.

    Attributes:
        title: as a heading.
        unit: "" for a plain number.
        digits: after the point, when printed.
        meaning: what a number says, in a sentence.
        of: the function that measures; NaN where there is nothing to measure.
    """

    title: str
    unit: str
    digits: int
    meaning: str
    of: Callable[[Change], float]


MEASURES: dict[str, Measure] = {
    "wavelength": Measure(
        "dominant wavelength", "px", 1, "The half octave of waves that holds the most of what was added.",
        lambda change: spectrum.wavelength(change.added),
    ),
    "slope": Measure(
        "spectral slope", "", 2,
        "Exponent of the added power over frequency: 0 for grain, -2 for soft, natural shapes.",
        lambda change: spectrum.slope(change.added),
    ),
    "part_size": Measure(
        "size of parts", "px", 1, "Side of the coherent light or dark parts of what was added.",
        lambda change: texture.part_size(change.added),
    ),
    "repetition": Measure(
        "repetitiveness", "", 3, "How much of the added texture comes again at its strongest repeat, 0 to 1.",
        lambda change: change.repetition.height,
    ),
    "repeat": Measure(
        "repeat distance", "px", 1, "How far away that repeat is.",
        lambda change: change.repetition.distance,
    ),
    "spread": Measure(
        "orientation spread", "", 2, "0 when all strokes run one way, 1 when no way is preferred.",
        lambda change: change.orientation.spread,
    ),
    "angle": Measure(
        "main orientation", "°", 0, "The way that most strokes run, counter-clockwise from horizontal.",
        lambda change: change.orientation.angle,
    ),
    "grid": Measure(
        "fit to a grid", "", 2, "How well the strokes fit two perpendicular ways, 0 to 1.",
        lambda change: change.orientation.grid,
    ),
    "outlines": Measure(
        "outlines kept", "", 2, "Correlation of the original's edges with the dream's, 1 when all stay.",
        lambda change: similarity.outlines(*change.whole),
    ),
    "ssim": Measure(
        "structure kept (SSIM)", "", 2, "Structural similarity with the original, 1 for the same picture.",
        lambda change: similarity.ssim(*change.whole),
    ),
    "distance": Measure(
        "distance", "", 3, "Root of the mean square difference from the original, of the range 0 to 1.",
        lambda change: similarity.distance(*change.whole),
    ),
    "colourfulness": Measure(
        "colourfulness", "", 0, "Hasler and Süsstrunk's scale: 0 grey, 15 slight, 109 extreme.",
        lambda change: similarity.colourfulness(change.picture),
    ),
}  # fmt: skip


def take(original: np.ndarray, dream: np.ndarray) -> dict[str, float]:
    """Every measure of a dream; NaN where there is nothing to measure.

    Args:
        original: [H, W, 3] float RGB in 0..1.
        dream: [h, w, 3]; where it has another size, it is compared with the original resized to it.
    """
    change = Change(original, dream)
    return {name: measure.of(change) for name, measure in MEASURES.items()}


def spectrum_of(original: np.ndarray, dream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The radially averaged spectrum of what was added: frequencies and densities."""
    return spectrum.curve(Change(original, dream).added)


def kept(original: np.ndarray, picture: np.ndarray) -> tuple[float, float, float]:
    """Distance, SSIM and outlines kept: the measures that are quick enough to be taken after every step."""
    change = Change(original, picture)
    distance, ssim, outlines = (MEASURES[name].of(change) for name in ("distance", "ssim", "outlines"))
    return distance, ssim, outlines


def _at(picture: np.ndarray, size: Size) -> np.ndarray:
    """The picture at a size; the same array where it has it already."""
    return picture if picture.shape[:2] == tuple(size) else images.resize(picture, size)
