"""Which pixels of a picture a target depends on, by several methods.

METHODS: name -> Method; a new method is a row, its function and its name in `settings.METHODS`

A method is a generator: it yields the share of its work that is done, 0..1, and returns a map [H, W]. Maps are in the
target's own units. With x the picture, x' the baseline and f the target, a complete method's map sums to f(x) - f(x').
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from deepdream.attribution.target import Target
from deepdream.images.scale import resize

Working = Generator[float, None, np.ndarray]
"""Yields the share done, 0..1; returns the map, [H, W] float32."""


@dataclass(frozen=True, eq=False)
class Question:
    """What a method is asked.

    Attributes:
        target: what to attribute.
        picture, baseline: [H, W, 3] float32 RGB in 0..1.
        steps: on the path of integrated gradients.
        patch: side of the occluding patch, in pixels.
        cam_layer, cam_stride: the layer of Grad-CAM, and its stride in pixels.
    """

    target: Target
    picture: np.ndarray
    baseline: np.ndarray
    steps: int
    patch: int
    cam_layer: str
    cam_stride: int


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        title: its name for people.
        work: from a question to a map.
        says: a sentence on what its map shows.
        source: authors, year, and what differs from them.
        complete: whether the maps' sums are meant to be f(x) - f(x').
        signed: whether its map has negative numbers, too.
    """

    title: str
    work: Callable[[Question], Working]
    says: str
    source: str
    complete: bool
    signed: bool


def gradient_input(question: Question) -> Working:
    """The gradient at the picture, times the picture's difference from the baseline."""
    yield 0.0
    ((_, slope),) = question.target.gradients([question.picture])
    return ((question.picture - question.baseline) * slope).sum(axis=-1)


def integrated_gradients(question: Question) -> Working:
    """The mean gradient on the straight path from the baseline to the picture, times their difference."""
    change = question.picture - question.baseline
    path = (question.baseline + np.float32(share) * change for share in midpoints(question.steps))
    total = np.zeros(question.picture.shape, np.float64)
    for number, (_, slope) in enumerate(question.target.gradients(path), 1):
        total += slope
        yield number / question.steps
    return (change * total / question.steps).sum(axis=-1).astype(np.float32)


def midpoints(count: int) -> np.ndarray:
    """The middles of `count` equal parts of 0..1: exact for gradients that are linear along the path."""
    return (np.arange(count) + 0.5) / count


def grad_cam(question: Question) -> Working:
    """A layer's channels, weighted by the mean of the target's gradient over each, added; positive parts only."""
    yield 0.0
    activation, slope = question.target.channels(question.picture, question.cam_layer)
    coarse = np.maximum(activation @ slope.mean(axis=(0, 1)), 0)  # [h, w]
    return _enlarged(coarse, question.cam_stride, question.picture.shape[:2])


def _enlarged(coarse: np.ndarray, stride: int, size: tuple[int, ...]) -> np.ndarray:
    """A layer's map at the picture's size; rows and columns that belong to no position repeat the last one."""
    rows, columns = coarse.shape
    fine = resize(coarse.astype(np.float32), (rows * stride, columns * stride))
    missing = [(0, max(0, side - length)) for side, length in zip(size, fine.shape, strict=True)]
    return np.maximum(np.pad(fine, missing, mode="edge")[: size[0], : size[1]], 0)


def occlusion(question: Question) -> Working:
    """How much the target falls when a patch shows the baseline: at each pixel the mean over the patches on it."""
    size = question.picture.shape[:2]
    corners = list(product(*(starts(side, question.patch) for side in size)))
    (whole,) = question.target.values([question.picture])
    total, count = np.zeros(size, np.float64), np.zeros(size, np.float64)
    for number, ((row, column), value) in enumerate(
        zip(corners, question.target.values(_occluded(question, corners)), strict=True), 1
    ):
        covered = slice(row, row + question.patch), slice(column, column + question.patch)
        total[covered] += whole - value
        count[covered] += 1
        yield number / len(corners)
    return (total / count).astype(np.float32)


def starts(side: int, patch: int) -> list[int]:
    """Where patches begin along one side: half a patch apart, the last one at the end."""
    last = max(0, side - patch)
    return sorted({*range(0, last, max(1, patch // 2)), last})


def _occluded(question: Question, corners: list[tuple[int, ...]]) -> Iterator[np.ndarray]:
    """The picture with a patch of the baseline at each corner in turn."""
    for row, column in corners:
        covered = slice(row, row + question.patch), slice(column, column + question.patch)
        hidden = question.picture.copy()
        hidden[covered] = question.baseline[covered]
        yield hidden


METHODS = {
    "gradient-input": Method(
        "Gradient × input",
        gradient_input,
        "The slope of the target at the picture, times how far each pixel is from the baseline.",
        "Shrikumar et al. 2016, arXiv:1605.01713; differs: the input is taken relative to the baseline.",
        complete=True,
        signed=True,
    ),
    "integrated-gradients": Method(
        "Integrated gradients",
        integrated_gradients,
        "The mean slope on the way from the baseline to the picture, times how far each pixel is from the baseline.",
        "Sundararajan, Taly and Yan 2017, arXiv:1703.01365; follows, with the midpoint rule.",
        complete=True,
        signed=True,
    ),
    "grad-cam": Method(
        "Grad-CAM",
        grad_cam,
        "Where the channels are active whose activity raises the target, in the last convolution before it.",
        "Selvaraju et al. 2017, arXiv:1610.02391; follows, for any target in place of a class.",
        complete=False,
        signed=False,
    ),
    "occlusion": Method(
        "Occlusion",
        occlusion,
        "How much the target falls when a patch shows the baseline instead.",
        "Zeiler and Fergus 2014, arXiv:1311.2901; differs: each pixel has the mean over the patches that cover it.",
        complete=False,
        signed=True,
    ),
}
"""By the names of `settings.METHODS`."""
