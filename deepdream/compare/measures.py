"""The measures of a dream, with units and descriptions: the columns of a comparison's table.

MEASURES: name -> Measure                        one row for each, in the order of the columns
take(original, dream) -> numbers, chance         all of them for one finished dream, and what noise would have
kept(original, picture) -> (distance, ssim, outlines)    the three that are also taken after every step

A new measure is one row here and the function that the row names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deepdream import images
from deepdream.compare import null, similarity, spectrum, texture
from deepdream.compare.null import Chance
from deepdream.images import scale
from deepdream.settings import Size

SIDE = 400
"""Longest side in pixels at which similarity is measured: the picture as a whole, and fast enough for every step."""


@dataclass(frozen=True, eq=False)
class Change:
    """A picture and its original; what several measures share is computed once and cached.

    Attributes:
        original: [H, W, 3] float RGB in 0..1.
        picture: [h, w, 3] of any size, such as that of another octave.
    """

    original: np.ndarray
    picture: np.ndarray

    @cached_property
    def added(self) -> np.ndarray:
        """What the dream added, [h, w, 3], at the picture's size."""
        return self.picture - _at(self.original, (self.picture.shape[0], self.picture.shape[1]))

    @cached_property
    def repetition(self) -> texture.Repetition:
        """The strongest repeat of what was added."""
        return texture.repetition(self.added)

    @cached_property
    def orientation(self) -> texture.Orientation:
        """The directions of the strokes."""
        return texture.orientation(self.added)

    @cached_property
    def reduced(self) -> tuple[np.ndarray, np.ndarray]:
        """The original shrunk to `SIDE`, and the same plus what was added, at that size.

        This makes pictures of different octaves comparable: each is treated as if the dream had stopped there.
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
        by_chance: whether the number is compared with those of noises with the spectrum of what was added, added to the
            original. Not for what such noises share by construction: the spectrum itself, and the distance.
        excess: whether the number is the excess over the noises' mean.
    """

    title: str
    unit: str
    digits: int
    meaning: str
    of: Callable[[Change], float]
    by_chance: bool = False
    excess: bool = False


MEASURES: dict[str, Measure] = {
    "wavelength": Measure(
        "dominant wavelength", "px", 1, "The half octave of waves that holds most of what was added.",
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
        by_chance=True,
    ),
    "repetition": Measure(
        "repetitiveness", "", 3,
        "How much more of what was added comes again at its strongest repeat than of noise with its spectrum.",
        lambda change: change.repetition.height,
        by_chance=True, excess=True,
    ),
    "repeat": Measure(
        "repeat distance", "px", 1, "How far away that repeat is.",
        lambda change: change.repetition.distance,
    ),
    "spread": Measure(
        "orientation spread", "", 2, "0 when all strokes run in one direction, 1 when none is preferred.",
        lambda change: change.orientation.spread,
        by_chance=True,
    ),
    "angle": Measure(
        "main orientation", "°", 0, "The direction of most strokes, counter-clockwise from horizontal.",
        lambda change: change.orientation.angle,
    ),
    "grid": Measure(
        "fit to a grid", "", 2, "How well the strokes fit two perpendicular directions, 0 to 1.",
        lambda change: change.orientation.grid,
        by_chance=True,
    ),
    "outlines": Measure(
        "outlines kept", "", 2, "Correlation of the original's edges with the dream's, 1 when all stay.",
        lambda change: similarity.outlines(*change.reduced),
        by_chance=True,
    ),
    "ssim": Measure(
        "structure kept (SSIM)", "", 2, "Structural similarity with the original, 1 for the same picture.",
        lambda change: similarity.ssim(*change.reduced),
        by_chance=True,
    ),
    "distance": Measure(
        "distance", "", 3, "Root mean square difference from the original, 0 to 1.",
        lambda change: similarity.distance(*change.reduced),
    ),
    "colourfulness": Measure(
        "colourfulness", "", 0, "Hasler and Süsstrunk's scale: 0 grey, 15 slight, 109 extreme.",
        lambda change: similarity.colourfulness(np.clip(change.picture, 0, 1)),
        by_chance=True,
    ),
}  # fmt: skip


def take(original: np.ndarray, dream: np.ndarray) -> tuple[dict[str, float], dict[str, Chance]]:
    """Every measure of a dream, NaN where there is nothing to measure; and by chance, those that noise has as well.

    Args:
        original: [H, W, 3] float RGB in 0..1.
        dream: [h, w, 3]; if its size differs, it is compared with the original resized to it.
    """
    change = Change(original, dream)
    base = _at(original, (dream.shape[0], dream.shape[1]))

    def by_chance(measure: Measure) -> Callable[[np.ndarray], float]:
        return lambda added: measure.of(Change(base, base + added))

    measured = {name: by_chance(measure) for name, measure in MEASURES.items() if measure.by_chance}
    noise = null.chance(change.added, measured)
    values = {name: measure.of(change) for name, measure in MEASURES.items()}
    above = {name: values[name] - noise[name].mean for name, measure in MEASURES.items() if measure.excess}
    return values | above, noise


def spectrum_of(original: np.ndarray, dream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The radially averaged spectrum of what was added: frequencies and densities."""
    return spectrum.curve(Change(original, dream).added)


def kept(original: np.ndarray, picture: np.ndarray) -> tuple[float, float, float]:
    """Distance, SSIM and outlines kept: the measures that are quick enough to be taken after every step."""
    change = Change(original, picture)
    distance, ssim, outlines = (MEASURES[name].of(change) for name in ("distance", "ssim", "outlines"))
    return distance, ssim, outlines


def _at(picture: np.ndarray, size: Size) -> np.ndarray:
    """The picture at a size; the same array if it has that size already."""
    return picture if picture.shape[:2] == tuple(size) else images.resize(picture, size)
