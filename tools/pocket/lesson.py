"""What a step teaches: the loss on fresh photographs, and the loss on dreams, which then climb.

lesson = Lesson(options, student, teacher, scales, train, weight, generator)
lesson.photographs().backward(); lesson.steer(lesson.pools[0]).backward()
"""

import argparse
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

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

POOL = 256
"""Dreams of a pool."""

NOISE = 0.15
"""Share of them that begin as noise."""

SCALES = (1, 2, 4)
"""Pixels that are averaged to one before image gradients are compared."""


class Lesson:
    """The losses of a step, and the pools of dreams."""

    def __init__(
        self,
        o: argparse.Namespace,
        student: Student,
        teacher: Teacher,
        scales: Mapping[str, float],
        train: Tensor,
        weight: Tensor,
        generator: Generator,
    ) -> None:
        """o: the options of distil.py; scales: see `prune.fill`; train, weight: see `views.draw`."""
        self.o, self.student, self.teacher, self.scales, self.generator = o, student, teacher, scales, generator
        self.train, self.weight = train, weight
        self.pools = [Dreams(self.beginning, POOL, generator) for _ in range(o.pools)]
        self.layers = list(STEERED)
        self.odds = torch.tensor([DEEP[layer[:6]] for layer in self.layers])
        self.seen: dict[str, list[Tensor]] = {}
        self.step = 0

    def fresh(self, count: int) -> Tensor:
        """New pictures [count, 3, side, side]."""
        return views.draw(self.train, self.weight, count, self.generator)

    def beginning(self, count: int) -> Tensor:
        """New pictures to dream on; some are noise, as feature pictures begin."""
        chance = torch.rand(count, 1, 1, 1, generator=self.generator, device=self.generator.device)
        return torch.where(chance < NOISE, views.noise(count, self.generator), self.fresh(count))

    def note(self, key: str, value: Tensor) -> None:
        """Remember a number for the log, without waiting for the device to know it."""
        self.seen.setdefault(key, []).append(value.detach())

    def some(self, layer: str, x: Tensor) -> Tensor:
        """The positions that count."""
        stride = STRIDES.get(layer[:6], 1)
        return x[:, :, self.step % stride :: stride, self.step // stride % stride :: stride]

    def unexplained(self, truth: dict[str, Tensor], found: dict[str, Tensor], kind: str) -> Tensor:
        """The loss of the activations: the share of the teacher's variance in these pictures that is not explained.

        By pictures, not by a fixed scale: what dreams excite is many times as loud as what photographs do.
        """
        total = torch.zeros((), device=self.o.device)
        for layer, wanted in truth.items():
            if PAIRS[layer] not in found:
                continue
            given, wanted = self.some(layer, found[PAIRS[layer]]), self.some(layer, wanted)
            with torch.autocast(self.o.device, torch.bfloat16):
                predicted = self.student.predict(layer, {PAIRS[layer]: given})
            truly = wanted.permute(0, 2, 3, 1).float() / self.scales[layer]
            error = (predicted.float() - truly).square().mean() / truly.var((0, 1, 2)).mean().clamp(min=0.1)
            if layer in ENDS:
                self.note(f"{kind}{ENDS[layer]}", error)
            total = total + error * (WEIGHT[layer[:6]] if layer in ENDS else self.o.inner)
        return total

    def photographs(self) -> Tensor:
        """The loss on fresh pictures."""
        batch = self.fresh(self.o.batch)
        with torch.no_grad():
            truth = self.teacher(batch)
        with torch.autocast(self.o.device, torch.bfloat16):
            found = self.student(batch)
        return self.unexplained(truth, found, "error")

    def steer(self, pool: Dreams) -> Tensor:
        """The loss of the image gradients and activations on some dreams of a pool, which then climb."""
        layer = self.layers[int(torch.multinomial(self.odds, 1))]
        pick = pool.pick(self.o.dreams)
        batch = pool.pictures[pick]
        truth: dict[str, Tensor] = {}
        found: dict[str, Tensor] = {}
        source = STEERED[layer]

        def theirs(x: Tensor) -> Tensor:
            truth.update(self.teacher(x, [n for n in PAIRS if n <= source]))
            return truth[source]

        def mine(x: Tensor) -> Tensor:
            with torch.autocast(self.o.device, torch.bfloat16):
                found.update(self.student(x, layer))
            return found[layer]

        wanted, given = gradient(theirs, batch), gradient(mine, batch, twice=True)
        likeness = torch.zeros((), device=self.o.device)
        for size in SCALES:
            pooled = [F.avg_pool2d(g, size) for g in (given, wanted)]
            likeness = likeness + cosine(*pooled).mean() / len(SCALES)
        self.note(f"steer{layer[5]}", likeness)
        leader = wanted if torch.rand(()) < 0.5 else given.detach()
        pool.climb(pick, leader)
        shown = {name: x.detach() for name, x in truth.items()}
        share = self.o.dreams / self.o.batch
        return self.o.steering * (1 - likeness) + share * self.unexplained(shown, found, "dream")

    def take(self) -> dict[str, float]:
        """The means of what was noted since the last time."""
        means = {key: float(torch.stack(values).mean()) for key, values in sorted(self.seen.items())}
        self.seen = {}
        return means
