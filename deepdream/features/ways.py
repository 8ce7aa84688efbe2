"""Ways to make a picture from numbers that are free, and to look at it: Fourier, pixels, MaCo.

WAYS: name -> Way; a new way is one row
of(settings) -> Way
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from deepdream.features import maco, parameterization, transforms
from deepdream.features.settings import PARTS, FeatureSettings
from deepdream.images import magnitude, natural
from deepdream.runtime import tf
from deepdream.settings import Size

START = 0.02
"""Standard deviation of the noise that a picture starts from, before the sigmoid; as in the code of Olah et al."""

JITTER = 8
"""Largest shift for a neuron, whose position matters, and for a picture with borders; a channel's picture may be
shifted by any amount."""

View = tuple[np.ndarray, np.ndarray]
"""What `see` takes beside pictures: one random view of them."""


@dataclass(frozen=True)
class Way:
    """How pictures come from free numbers.

    Attributes:
        start: (size, rng) -> the numbers to start from.
        scale: (size, decay, mean spectrum of pictures) -> an array that all pictures share.
        components: (free [N, ...], scale, size) -> [N, H, W, 3], before colours are mixed.
        view: (rng, size, settings, seen) -> View; `seen` is the side in pixels that the network is shown.
        see: (pictures, *view) -> what the network is shown, `parts` of each picture.
        parts: how many of each picture at a step.
        mixed: whether components are mixed as natural colours are.
    """

    start: Callable[[Size, np.random.Generator], np.ndarray]
    scale: Callable[[Size, float, np.ndarray | None], np.ndarray]
    components: Callable[[tf.Tensor, tf.Tensor, Size], tf.Tensor]
    view: Callable[[np.random.Generator, Size, FeatureSettings, int], View]
    see: Callable[..., tf.Tensor]
    parts: int = 1
    mixed: bool = True

    def pictures(self, free: tf.Tensor, scale: tf.Tensor, size: Size, base: tf.Tensor | None = None) -> tf.Tensor:
        """The pictures of these numbers, [N, H, W, 3] in 0..1.

        Args:
            free: [N, ...], as `start` makes them.
            scale: from `scale`.
            size: (H, W).
            base: [N, H, W, 3], components of pictures that the numbers are added to.
        """
        found = self.components(free, scale, size)
        found = found if base is None else found + base
        return parameterization.to_rgb(found) if self.mixed else tf.sigmoid(found)


def of(settings: FeatureSettings) -> Way:
    """The way that the settings name."""
    return WAYS["pixels" if settings.plain else "maco" if settings.maco else "fourier"]


def _fourier_start(size: Size, rng: np.random.Generator) -> np.ndarray:
    return natural.noise(size, rng, deviation=START)


def _pixels_start(size: Size, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, START, (*size, 3)).astype(np.float32)


def _fourier(free: tf.Tensor, scale: tf.Tensor, size: Size) -> tf.Tensor:
    return parameterization.picture(free, scale, tf.constant(size))


def _magnitude(size: Size, decay: float, spectrum: np.ndarray | None) -> np.ndarray:
    assert spectrum is not None
    return magnitude.laid_out(spectrum, size)


def _turned(rng: np.random.Generator, size: Size, settings: FeatureSettings, seen: int) -> View:
    """A random shift, rotation and scale; little of a shift where a picture has a position or borders."""
    jitter = JITTER if settings.neuron or settings.accentuate else None
    view = transforms.draw(rng, size, jitter=jitter, scale=settings.scale, turn=settings.turn)
    return np.array(view.shift), view.affine


def _parts(rng: np.random.Generator, size: Size, settings: FeatureSettings, seen: int) -> View:
    return maco.draw(rng, seen)


WAYS = {
    "fourier": Way(
        start=_fourier_start,
        scale=lambda size, decay, spectrum: natural.spectrum(size, decay),
        components=_fourier,
        view=_turned,
        see=transforms.see,
    ),
    "pixels": Way(
        start=_pixels_start,
        scale=lambda size, decay, spectrum: np.zeros(0, np.float32),
        components=lambda free, scale, size: free,
        view=lambda rng, size, settings, seen: (np.zeros(0), np.zeros(0)),
        see=lambda pictures, *view: pictures,
        mixed=False,
    ),
    "maco": Way(
        start=maco.start,
        scale=_magnitude,
        components=maco.picture,
        view=_parts,
        see=maco.see,
        parts=PARTS,
    ),
}
"""By name: the default, and the flags `plain` and `maco`."""
