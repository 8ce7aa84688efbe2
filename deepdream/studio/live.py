"""A live dream: one step after another, and strokes of paint between them.

Live(picture, settings, network, session)     live.take(event) · live.step() · live.record()
replay(record, picture, session) -> Live      the same bits, on the same machine

An event is a stroke, undo, clear, a step size or a breath. Each is recorded with the number of steps before it, and
takes effect with the next. Where nothing is painted, or only a channel that is silent there, the picture breathes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from deepdream.ascent import climb, constraints, penalties
from deepdream.ascent.headroom import headroom
from deepdream.ascent.transforms import weighted
from deepdream.errors import SettingError
from deepdream.gradient import engine
from deepdream.images import Picture
from deepdream.network.choosing import choose
from deepdream.network.network import Network
from deepdream.objectives.paint import paint_objective, vectors
from deepdream.pipeline import aims, painting, plan, provenance
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, fields, selection
from deepdream.settings.checks import checked
from deepdream.settings.selection import Choice
from deepdream.studio import strokes
from deepdream.studio.strokes import Stroke


@dataclass
class Live:
    """The state of a live dream.

    Attributes:
        picture: [H, W, 3] float32, as dreamt so far; changed in place.
        index: [H, W] uint8, the brush at each pixel.
        amount: [H, W] uint8, how much paint is there, 255 for all.
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
        self.amount = np.zeros_like(self.index)
        self._channels = {layer.name: layer.channels for layer in self.network.table}
        self._rng = np.random.default_rng(self.settings.seed)
        self._strokes: list[Stroke] = []
        self._choices: list[tuple[Choice, ...]] = []
        self._log: list[dict[str, Any]] = []
        self._pull: climb.Pull | None = None
        self._values = {"step_size": float(self.settings.step_size), "breath": self.settings.breath}

    def take(self, event: Mapping[str, Any]) -> None:
        """Take an event: {"stroke": {number, brush, points, radius, soft}}, {"undo": true}, {"clear": true},
        {"step_size": 0.006} or {"breath": 0.03}.

        Raises:
            SettingError: none of these, or out of bounds.
            SelectionError: a brush that the network does not have.
        """
        if len(event) != 1:
            raise SettingError("A live event has one name: stroke, undo, clear, step_size or breath.")
        ((name, value),) = event.items()
        if name == "stroke":
            self._paint(strokes.parse(value))
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
        transforms.append(
            partial(weighted, weight=self.amount[..., None] / np.float32(255))
        )  # penalties act everywhere
        (value,) = climb.climb(
            self.picture,
            [self._pull],
            steps=1,
            step_size=self._values["step_size"],
            jitter=(int(settings.jitter),) * 2,
            border=settings.border,
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
                choices = aims.of(choose(stroke.brush, self.network), self.network, self.source, self.session)
                selection.parse_brushes(";".join([*self.brushes, stroke.brush]))
                self.brushes.append(stroke.brush)
                self._choices.append(choices)
            number = self.brushes.index(stroke.brush) + 1
        self._strokes.append(stroke)
        self.index, self.amount = strokes.drawn(self.index, self.amount, stroke, number)
        self._pull = None

    def _repaint(self, kept: Sequence[Stroke]) -> None:
        """Paint these strokes on nothing."""
        self._strokes, self._pull = [], None
        self.index, self.amount = np.zeros_like(self.index), np.zeros_like(self.amount)
        for stroke in kept:
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
