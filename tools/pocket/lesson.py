"""What one process does in a step: the loss on fresh photographs, and the loss on dreams, which then climb.

lesson = Lesson(options, student, teacher, scales, generator)
lesson.photographs().backward(); lesson.steer().backward()
"""

import argparse
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

import pictures as data
import views
from dreams import Dreams, cosine, gradient
from student import STEERED, Student
from teacher import ENDS, PAIRS, Teacher

DEEP = {"block1": 0.5, "block2": 0.7, "block3": 1.0, "block4": 1.6, "block5": 1.6}
"""How often a layer of each block is chosen to have its image gradient matched."""

WEIGHT = {"block1": 0.5, "block2": 0.5, "block3": 1.0, "block4": 2.0, "block5": 2.0}
"""Of the activations' loss at each block's end."""

STRIDES = {"block1": 8, "block2": 4, "block3": 2}
"""Between the positions that count in that loss, so that no block costs more than block4."""

SCALES = (1, 2, 4)
"""Pixels that are averaged to one before image gradients are compared."""


class Lesson:
    """One process's share of the teaching."""

    def __init__(
        self,
        o: argparse.Namespace,
        student: Student,
        teacher: Teacher,
        scales: Mapping[str, float],
        generator: Generator,
    ) -> None:
        """o: the options of distil.py; scales: see `prune.fill`."""
        self.o, self.student, self.teacher, self.scales, self.generator = o, student, teacher, scales, generator
        self.train, labels = data.load(o.work, "train")
        self.weight = data.sampling_weight(labels)
        self.dreams = Dreams(self.fresh, 96, generator)
        self.layers = list(STEERED)
        self.odds = torch.tensor([DEEP[layer[:6]] for layer in self.layers])
        self.seen: dict[str, list[float]] = {}
        self.step = 0

    def fresh(self, count: int) -> Tensor:
        """New pictures [count, 3, side, side]."""
        return views.draw(self.train, self.weight, count, self.generator)

    def note(self, key: str, value: float) -> None:
        """Remember a number for the log."""
        self.seen.setdefault(key, []).append(value)

    def some(self, layer: str, x: Tensor) -> Tensor:
        """The positions that count."""
        stride = STRIDES.get(layer[:6], 1)
        return x[:, :, self.step % stride :: stride, self.step // stride % stride :: stride]

    def unexplained(self, truth: dict[str, Tensor], found: dict[str, Tensor], kind: str) -> Tensor:
        """The loss of the activations: the share of the teacher's variance in these pictures that is not explained.

        By pictures, not by a fixed scale: what dreams excite is many times as loud as what photographs do.
        """
        total = torch.zeros(())
        for layer, wanted in truth.items():
            if PAIRS[layer] not in found:
                continue
            given, wanted = self.some(layer, found[PAIRS[layer]]), self.some(layer, wanted)
            with torch.autocast("cpu", torch.bfloat16):
                predicted = self.student.predict(layer, {PAIRS[layer]: given})
            truly = wanted.permute(0, 2, 3, 1).float() / self.scales[layer]
            error = (predicted.float() - truly).square().mean() / truly.var((0, 1, 2)).mean().clamp(min=0.1)
            if layer in ENDS:
                self.note(f"{kind}{ENDS[layer]}", error.item())
            total = total + error * (WEIGHT[layer[:6]] if layer in ENDS else self.o.inner)
        return total

    def photographs(self) -> Tensor:
        """The loss on fresh pictures."""
        batch = self.fresh(self.o.batch)
        with torch.no_grad():
            truth = self.teacher(batch)
        with torch.autocast("cpu", torch.bfloat16):
            found = self.student(batch)
        return self.unexplained(truth, found, "error")

    def steer(self) -> Tensor:
        """The loss of the image gradients and activations on some dreams, which then climb."""
        layer = self.layers[int(torch.multinomial(self.odds, 1, generator=self.generator))]
        pick = self.dreams.pick(self.o.dreams)
        batch = self.dreams.pictures[pick]
        truth: dict[str, Tensor] = {}
        found: dict[str, Tensor] = {}
        source = STEERED[layer]

        def theirs(x: Tensor) -> Tensor:
            truth.update(self.teacher(x, [n for n in PAIRS if n <= source]))
            return truth[source]

        def mine(x: Tensor) -> Tensor:
            with torch.autocast("cpu", torch.bfloat16):
                found.update(self.student(x, layer))
            return found[layer]

        wanted, given = gradient(theirs, batch), gradient(mine, batch, twice=True)
        likeness = torch.zeros(())
        for size in SCALES:
            pooled = [F.avg_pool2d(g, size) for g in (given, wanted)]
            likeness = likeness + cosine(*pooled).mean() / len(SCALES)
        self.note(f"steer{layer[5]}", likeness.item())
        leader = wanted if torch.rand((), generator=self.generator) < 0.5 else given.detach()
        self.dreams.climb(pick, leader)
        shown = {name: x.detach() for name, x in truth.items()}
        share = self.o.dreams / self.o.batch
        return self.o.steering * (1 - likeness) + share * self.unexplained(shown, found, "dream")

    def take(self) -> dict[str, float]:
        """The means of what was noted since the last time."""
        means = {key: sum(values) / len(values) for key, values in sorted(self.seen.items())}
        self.seen = {}
        return means
