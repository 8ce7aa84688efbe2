"""The pull of paint, of a dream and of a live one.

pull(parts, index, vectors, settings, ...) -> Pull
by_brush(gradient, index=..., rule=...) -> gradient      each brush's area normalised by itself
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from deepdream.ascent import sphere
from deepdream.ascent.climb import Gradient, Pull, Term
from deepdream.ascent.shaping import SHAPINGS
from deepdream.ascent.transforms import Transform, normalized, weighted
from deepdream.errors import GradientError
from deepdream.network.objective import Paint
from deepdream.pipeline.plan import Target
from deepdream.settings import Settings

FAINT = 0.05
"""A brush whose gradient is fainter than this share of the loudest one's is silent, more or less: what there is in its
area has spread from others', and is not made as loud."""


def pull(
    parts: Sequence[tuple[Target, Gradient]],
    index: np.ndarray,
    vectors: Mapping[str, np.ndarray],
    settings: Settings,
    *,
    weights: Sequence[np.ndarray] = (),
    silence: bool = False,
) -> Pull:
    """The pull of paint on a picture: shaped, and normalised brush by brush; zero where there is no paint.

    Args:
        parts: layers that are shaped alike, and the gradient of their `paint_objective`.
        index: [H, W] uint8, the brush at each pixel.
        vectors: see `objectives.paint`.
        settings: shape, normalize and panorama are read.
        weights: [H, W, 1] each, what the normalised gradient is multiplied by.
        silence: whether the gradient may be zero everywhere.
    """
    shape = SHAPINGS[settings.shape]
    terms = [
        Term(_painted(gradient, target, vectors), shape(settings, target.table[-1].receptive_field or None))
        for target, gradient in parts
    ]
    transforms: list[Transform] = [sphere.limit] if settings.panorama else []
    transforms.append(partial(by_brush, index=index, rule=settings.normalize, silence=silence))
    transforms += [partial(weighted, weight=weight) for weight in weights]
    return Pull(terms, transforms, index=index)


def _painted(gradient: Gradient, target: Target, vectors: Mapping[str, np.ndarray]) -> Gradient:
    """The gradient as a function of pictures and of the index, with the brushes' share of a target's layers."""
    theirs = {name: vectors[name] for name in target.layers}
    return lambda images, index: gradient(images, Paint(index, theirs))


def by_brush(gradient: np.ndarray, *, index: np.ndarray, rule: str, silence: bool = False) -> np.ndarray:
    """The gradient normalised in each brush's area by itself, so that a quiet channel and a small stroke are dreamt as
    strongly as any other.

    Args:
        gradient: [H, W, 3] float32.
        index: [H, W] uint8, the brush at each pixel; where it is 0 the result is.
        rule: see `transforms.normalized`.
        silence: whether it may be zero everywhere.

    Raises:
        GradientError: the gradient is not finite, or is zero everywhere and may not be.
    """
    if index.all() and (index == index[0, 0]).all() and not silence:
        return normalized(gradient, rule=rule)
    areas = [index == number for number in np.unique(index) if number]
    loudness = [float(np.abs(gradient[area]).mean(dtype=np.float64)) for area in areas]
    if not any(loudness) and not silence:
        raise GradientError("The gradient is zero everywhere.")
    result = np.zeros_like(gradient)
    for area, loud in zip(areas, loudness, strict=True):
        if loud:
            strength = min(1.0, loud / (FAINT * max(loudness)))
            result[area] = normalized(gradient[area][:, None], rule=rule, strength=strength)[:, 0]
    return result
