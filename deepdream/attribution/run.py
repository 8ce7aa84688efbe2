"""From a checked request to maps and curves, with progress.

run(request) -> iterator of Progress, an Attribution for each method, and at the end the Explanation
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np

from deepdream.attribution import faithfulness, methods
from deepdream.attribution import target as targets
from deepdream.attribution.baselines import BASELINES
from deepdream.attribution.methods import METHODS, Question
from deepdream.attribution.request import Request
from deepdream.attribution.target import Target
from deepdream.images import Picture, heatmap
from deepdream.objectives.layers import layer_objective
from deepdream.objectives.targets import bias
from deepdream.pipeline import aims
from deepdream.pipeline.session import Session

SEED = 0
"""Of the random order of pixels that the curves are compared with."""

NEGLIGIBLE = 1e-6
"""Share of the larger value below which picture and baseline excite the target alike: nothing is left to attribute."""


@dataclass(frozen=True)
class Progress:
    """The share of a run that is done, 0..1, and what it is doing."""

    doing: str
    fraction: float


@dataclass(frozen=True, eq=False)
class Curves:
    """The target as an order of pixels has it, 1 for the picture and 0 for the baseline; empty if not asked for.

    Attributes:
        deletion: while the baseline replaces the picture, most important pixels first, [steps + 1].
        insertion: while the picture replaces the baseline, likewise.
    """

    deletion: np.ndarray
    insertion: np.ndarray

    @property
    def deletion_area(self) -> float:
        """Area under `deletion`, lower is better; nan without a curve."""
        return faithfulness.area(self.deletion) if len(self.deletion) else float("nan")

    @property
    def insertion_area(self) -> float:
        """Area under `insertion`, higher is better; nan without a curve."""
        return faithfulness.area(self.insertion) if len(self.insertion) else float("nan")


NONE = Curves(np.empty(0), np.empty(0))


@dataclass(frozen=True, eq=False)
class Attribution:
    """What one method found.

    Attributes:
        method: its name in `methods.METHODS`.
        map: [H, W] float32, in the target's units.
        curves: of the pixels in the order of this map.
        seconds: that the map took.
    """

    method: str
    map: np.ndarray
    curves: Curves
    seconds: float

    @property
    def total(self) -> float:
        """The sum of the map."""
        return float(self.map.sum(dtype=np.float64))

    @property
    def peak(self) -> tuple[int, int]:
        """(row, column) of the largest value."""
        row, column = np.unravel_index(np.argmax(self.map), self.map.shape)
        return int(row), int(column)


@dataclass(frozen=True, eq=False)
class Explanation:
    """What all methods found about one picture.

    Attributes:
        picture, baseline: [H, W, 3] float32 RGB in 0..1.
        value, baseline_value: the target on each.
        attributions: by method.
        random: the curves of pixels in random order, to compare with.
    """

    picture: np.ndarray
    baseline: np.ndarray
    value: float
    baseline_value: float
    attributions: dict[str, Attribution]
    random: Curves

    @property
    def change(self) -> float:
        """How much more the picture excites the target than the baseline does."""
        return self.value - self.baseline_value

    @property
    def negligible(self) -> bool:
        """Whether both excite it alike, so that there are no curves."""
        return abs(self.change) <= NEGLIGIBLE * max(abs(self.value), abs(self.baseline_value), 1e-30)

    @property
    def remark(self) -> str:
        """A sentence where the baseline does not serve; "" where it does."""
        if self.negligible:
            finding = "Picture and baseline excite the target alike: no pixel makes a difference."
        elif self.change < 0:
            finding = "The picture excites the target less than the baseline: the curves run backwards."
        else:
            return ""
        return f"{finding} Choose another --baseline."

    def overlay(self, method: str) -> Picture:
        """A method's map over the picture: warm pixels raise the target, cold ones lower it."""
        return Picture(heatmap.signed(self.picture, self.attributions[method].map))

    def error(self, method: str) -> float:
        """How far the map's sum is from `change`: 0 for a method that is complete."""
        return self.attributions[method].total - self.change


def run(request: Request) -> Iterator[Progress | Attribution | Explanation]:
    """Attribute, method by method.

    Args:
        request: a checked request.

    Raises:
        SettingError: the picture does not fit in memory.
        SelectionError, ImageError: a target can't be computed.
    """
    settings, pixels = request.settings, request.picture.pixels
    baseline = BASELINES[settings.baseline](pixels)
    size = (pixels.shape[0], pixels.shape[1])
    choices = aims.of(request.choices, request.network, request.picture, Session())
    target = targets.of(request.network, layer_objective(choices), size, bias=bias(request.network, choices))
    assert settings.patch is not None  # filled in by the request
    question = Question(target, pixels, baseline, settings.steps, settings.patch, request.cam.name, request.cam.stride)
    value, baseline_value = target.values([pixels, baseline])
    bare = Explanation(pixels, baseline, value, baseline_value, {}, NONE)
    steps = 0 if bare.negligible else settings.curve_steps
    part = 1 / (len(settings.methods) + (1 if steps else 0))
    found: dict[str, Attribution] = {}
    for number, name in enumerate(settings.methods):
        title, start = METHODS[name].title, time.perf_counter()
        map = yield from _mapped(METHODS[name].work(question), title, number * part, part / 2)
        seconds = time.perf_counter() - start
        order = faithfulness.ranking(map)
        curves = yield from _curves(bare, target, order, steps, title, (number + 0.5) * part, part / 2)
        found[name] = Attribution(name, map, curves, seconds)
        yield found[name]
    order = np.random.default_rng(SEED).permutation(size[0] * size[1])
    random = yield from _curves(bare, target, order, steps, "Random order", 1 - part, part)
    yield replace(bare, attributions=found, random=random)


def _mapped(work: methods.Working, doing: str, start: float, share: float) -> Generator[Progress, None, np.ndarray]:
    """A method's map; its progress within the run's."""
    while True:
        try:
            done = next(work)
        except StopIteration as end:
            return end.value
        yield Progress(doing, start + share * done)


def _curves(
    bare: Explanation, target: Target, order: np.ndarray, steps: int, doing: str, start: float, share: float
) -> Generator[Progress, None, Curves]:
    """Both curves of an order of pixels; its progress within the run's."""
    if not steps:
        return NONE
    found = []
    for number, (first, last) in enumerate(((bare.picture, bare.baseline), (bare.baseline, bare.picture))):
        values = []
        for value in faithfulness.curve(target, first, last, order, steps):
            values.append((value - bare.baseline_value) / bare.change)
            yield Progress(doing, start + share * (number + len(values) / (steps + 1)) / 2)
        found.append(np.array(values))
    return Curves(*found)
