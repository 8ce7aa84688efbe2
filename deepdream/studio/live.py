"""A dream that goes on while it is painted on: one step after another, and between them strokes.

Live(picture, settings, network, session)     live.take(event) · live.step() · live.record()
replay(record, picture, session) -> Live      the same bits, on the same machine

An event is a stroke, undo, clear, a step size or a breath. Each is recorded with the number of steps before it, and
takes effect with the next. Nothing painted, or a channel that is silent where it is painted, ends nothing: the picture
only breathes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from deepdream.ascent import climb, constraints, penalties
from deepdream.ascent.headroom import headroom
from deepdream.ascent.transforms import weighted
from deepdream.errors import SettingError
from deepdream.gradient import engine
from deepdream.images import Picture, paint
from deepdream.network.network import Network
from deepdream.objectives.paint import paint_objective, vectors
from deepdream.pipeline import painting, plan, provenance
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, fields, selection
from deepdream.settings.checks import checked
from deepdream.settings.selection import Choice

POINTS, REACH = 2000, 1e5
"""Most points of a stroke; largest coordinate and radius, in pixels."""


@dataclass(frozen=True)
class Stroke:
    """A line that was painted.

    Attributes:
        number: strokes of one number are one for `undo`, since a long one arrives in parts.
        brush: a selection of layers and channels; None erases.
        points: (x, y) in pixels of the live picture; they may lie outside.
        radius: in pixels.
    """

    number: int
    brush: str | None
    points: tuple[tuple[float, float], ...]
    radius: float


@dataclass
class Live:
    """The state of a live dream.

    Attributes:
        picture: [H, W, 3] float32, as dreamt so far; changed in place.
        index: [H, W] uint8, the brush at each pixel.
        brushes: their selections, in the order of their numbers.
        steps: taken so far.
        silent: whether the last step found nothing to excite where there is paint.
    """

    source: Picture
    settings: Settings
    network: Network
    session: Session
    steps: int = 0
    silent: bool = False
    brushes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.original = self.source.pixels
        self.picture = self.original.copy()
        self.index = np.zeros(self.original.shape[:2], np.uint8)
        self._channels = {layer.name: layer.channels for layer in self.network.table}
        self._rng = np.random.default_rng(self.settings.seed)
        self._strokes: list[Stroke] = []
        self._choices: list[tuple[Choice, ...]] = []
        self._log: list[dict[str, Any]] = []
        self._pull: climb.Pull | None = None
        self._values = {"step_size": float(self.settings.step_size), "breath": self.settings.breath}

    def take(self, event: Mapping[str, Any]) -> None:
        """Take an event: {"stroke": {number, brush, points, radius}}, {"undo": true}, {"clear": true},
        {"step_size": 0.006} or {"breath": 0.03}.

        Raises:
            SettingError: none of these, or out of bounds.
            SelectionError: a brush that the network does not have.
        """
        if len(event) != 1:
            raise SettingError("A live event has one name: stroke, undo, clear, step_size or breath.")
        ((name, value),) = event.items()
        if name == "stroke":
            self._paint(_stroke(value))
        elif name == "undo":
            last = self._strokes[-1].number if self._strokes else 0
            self._repaint([stroke for stroke in self._strokes if stroke.number != last])
        elif name == "clear":
            self._repaint([])
        elif name in self._values:
            self._values[name] = checked(fields.FIELDS[name], value)
        else:
            raise SettingError(f"{name!r} is no live event: stroke, undo, clear, step_size and breath are.")
        self._log.append({"step": self.steps, **event})

    def step(self) -> None:
        """Take a step."""
        if self._pull is None and self.index.any():
            self._pull = self._made()
        self.steps += 1
        if self._pull is None:
            constraints.breathe(self.original, self._values["breath"])(self.picture)
            return
        before = self.picture.copy()
        settings = self.settings
        transforms = [*penalties.chain(settings, self.picture)]
        if settings.headroom:
            transforms.append(partial(headroom, picture=self.picture, width=settings.headroom))
        transforms.append(partial(weighted, weight=paint.mask(self.index)))  # penalties act everywhere
        (value,) = climb.climb(
            self.picture,
            [self._pull],
            steps=1,
            step_size=self._values["step_size"],
            jitter=(int(settings.jitter),) * 2,
            mirrors=settings.mirrors,
            rng=self._rng,
            transforms=transforms,
            constraints=[constraints.breathe(self.original, self._values["breath"]), constraints.clip],
        )
        self.silent = value == 0 and np.array_equal(before, self.picture)

    def record(self) -> dict[str, Any]:
        """All that makes the picture again, ready for JSON."""
        made = provenance.shared(self.settings, self.network, {})
        input_ = {"digest": self.source.digest}
        runtime = provenance.machine()
        return {
            **made,
            "kind": provenance.LIVE,
            "input": input_,
            "runtime": runtime,
            "steps": self.steps,
            "events": self._log,
        }

    def _paint(self, stroke: Stroke) -> None:
        """Paint one stroke over what is there."""
        number = 0
        if stroke.brush is not None:
            if stroke.brush not in self.brushes:
                choices = selection.choose(stroke.brush, self._channels, self.network.name)
                selection.parse_brushes(";".join([*self.brushes, stroke.brush]))
                self.brushes.append(stroke.brush)
                self._choices.append(choices)
            number = self.brushes.index(stroke.brush) + 1
        self._strokes.append(stroke)
        self.index = drawn(self.index, stroke, number)
        self._pull = None

    def _repaint(self, strokes: Sequence[Stroke]) -> None:
        """Paint these strokes on nothing."""
        self._strokes, self.index, self._pull = [], np.zeros_like(self.index), None
        for stroke in strokes:
            self._paint(stroke)

    def _made(self) -> climb.Pull:
        """The pull of the paint that is there; compiled anew only for layers that had no paint before."""
        used = set(np.unique(self.index).tolist()) - {0}
        names = {choice.layer for number in used for choice in self._choices[number - 1]}
        parts = [(part, self._gradient(part)) for part in plan.painted(names, self.settings, self.network).parts()]
        return painting.pull(parts, self.index, vectors(self._choices, self._channels), self.settings, silence=True)

    def _gradient(self, target: plan.Target) -> climb.Gradient:
        """The gradient of paint on a target's layers."""
        settings, network = self.settings, self.network
        algorithm = "bfloat16" if settings.precision == "bfloat16" else "direct"

        def make() -> engine.Gradient:
            objective = paint_objective(target.layers, settings.objective)
            return engine.make(network, objective, space=settings.input, algorithm=algorithm)

        key = ("live", network.digest, target, settings.input, algorithm)
        return self.session.gradient(key, make, nbytes=network.nbytes, tile=None)


def drawn(index: np.ndarray, stroke: Stroke, number: int) -> np.ndarray:
    """The paint [H, W] uint8 with a stroke of the brush of this number over it."""
    image = Image.fromarray(index)
    draw = ImageDraw.Draw(image)
    radius = stroke.radius
    for x, y in stroke.points:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=number)
    draw.line([tuple(point) for point in stroke.points], fill=number, width=max(1, round(2 * radius)))
    return np.asarray(image).copy()


def replay(record: Mapping[str, Any], source: Picture, network: Network, session: Session) -> Live:
    """The live dream of a record, at its last step.

    Args:
        record: see `Live.record`.
        source: the picture that it began with.
        network: that dreamt it.
        session: what it shares.
    """
    live = Live(source, Settings(**record["settings"]), network, session)
    events = list(record["events"])
    for step in range(record["steps"] + 1):
        while events and events[0]["step"] == step:
            live.take({name: value for name, value in events.pop(0).items() if name != "step"})
        if step < record["steps"]:
            live.step()
    return live


def _stroke(value: Any) -> Stroke:
    """A stroke from JSON.

    Raises:
        SettingError: not of its form, or out of bounds.
    """
    try:
        points = tuple((float(x), float(y)) for x, y in value["points"])
        radius, number, brush = float(value["radius"]), int(value["number"]), value["brush"]
    except (TypeError, ValueError, KeyError):
        raise SettingError("A stroke has a number, a brush, a radius, and points of x and y.") from None
    if not 1 <= len(points) <= POINTS:
        raise SettingError(f"A stroke has {len(points)} points: 1 to {POINTS} are taken at once.")
    if not all(math.isfinite(n) and abs(n) <= REACH for point in points for n in point):
        raise SettingError(f"A stroke has a point further than {REACH:g} pixels from the picture.")
    if not 0.5 <= radius <= REACH:
        raise SettingError(f"The stroke's radius {radius:g} is out of its bounds: 0.5 to {REACH:g}.")
    if brush is not None and not isinstance(brush, str):
        raise SettingError("A stroke's brush is a selection, or null to erase.")
    return Stroke(number, brush, points, radius)
