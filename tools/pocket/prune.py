"""The student's start: VGG16 made narrow, layer by layer, by least squares.

    fill(student, teacher, batches)

Each layer keeps those of the teacher's channels that predict all of its channels best by a linear map, chosen greedily;
their kernels are solved anew, by ridge regression of the teacher's values before ReLU on what the narrow layers before
them really give. VGG19's extra layer of a block starts as the identity. Heads are solved likewise.

Source: the idea of He, Zhang and Sun 2017 (arXiv:1707.06168), channel pruning by least squares; differs: the channels
are chosen by pivoted Cholesky on the covariance of the layer's own activations.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from net import LAST_OF_BLOCK, NAMES, prepare
from student import Student
from teacher import NAMES as TEACHER_NAMES
from teacher import PAIRS, Teacher

SAMPLES = 60_000  # positions that a layer is solved on
RIDGES = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)  # of the mean variance of a layer's inputs
FEWEST = 0.02  # of a layer's mean deviation: what a quiet channel is scaled by at least


def covariance(x: Tensor) -> Tensor:
    """[samples, channels] -> [channels, channels], double."""
    x = x - x.mean(0)
    return (x.T @ x).double() / len(x)


def choose(c: Tensor, count: int) -> Tensor:
    """The channels [count] that leave least of the variance unexplained, greedily. c: their covariance."""
    left, chosen = c.clone(), list[int]()
    for _ in range(count):
        own = left.diagonal()
        gain = left.square().sum(0) / own.clamp(min=1e-12)
        gain[own <= 1e-9 * c.diagonal().mean()] = -1
        gain[chosen] = -2
        best = int(gain.argmax())
        chosen.append(best)
        if own[best] > 0:
            left -= torch.outer(left[:, best], left[best]) / left[best, best]
    return torch.tensor(chosen)


def solve(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Ridge regression: weight [outputs, inputs] and bias [outputs] that take x [samples, inputs] to y.

    Of `RIDGES` that one is taken which does best on the last fifth of the samples.
    """
    learn = len(x) * 4 // 5
    mean_x, mean_y = x[:learn].mean(0), y[:learn].mean(0)
    values, vectors = torch.linalg.eigh(covariance(x[:learn]))
    cross = vectors.T @ ((x[:learn] - mean_x).T @ (y[:learn] - mean_y)).double() / learn

    def weight_at(ridge: float) -> Tensor:
        return (vectors @ (cross / (values.clamp(min=0) + ridge * values.mean())[:, None])).T.float()

    def error(ridge: float) -> float:
        return float(((x[learn:] - mean_x) @ weight_at(ridge).T - (y[learn:] - mean_y)).square().mean())

    best = min(RIDGES, key=error)
    weight = weight_at(best)
    return weight, mean_y - weight @ mean_x


class Places:
    """Random positions of a batch [N, C, h, w], the same for each layer of one size."""

    def __init__(self, shape: torch.Size, generator: torch.Generator, count: int = SAMPLES) -> None:
        self.n, self.h, self.w = shape[0], shape[2], shape[3]
        total = self.n * self.h * self.w
        pick = torch.randperm(total, generator=generator)[:count].sort().values  # sorted: the last are other pictures
        self.picture, self.row, self.column = pick // (self.h * self.w), pick // self.w % self.h, pick % self.w

    def values(self, x: Tensor) -> Tensor:
        """[samples, C]"""
        return x[self.picture, :, self.row, self.column].float()

    def patches(self, x: Tensor) -> Tensor:
        """[samples, C * 9], zero beyond the rim, as F.conv2d sees them."""
        x = F.pad(x, (1, 1, 1, 1))
        taps = [x[self.picture, :, self.row + i, self.column + j] for i in range(3) for j in range(3)]
        return torch.stack(taps, 2).flatten(1).float()


def solve_head(student: Student, layer: str, inputs: Tensor, outputs: Tensor) -> None:
    """Solve the head of the teacher's `layer`: inputs and outputs [samples, channels]."""
    weight, bias = solve(inputs, outputs)
    student.head[layer].weight.copy_(weight)
    student.head[layer].bias.copy_(bias)
    tried = len(inputs) * 4 // 5
    missed, wanted = (inputs @ weight.T + bias - outputs)[tried:], (outputs - outputs.mean(0))[tried:]
    print(f"{layer}: {1 - missed.square().sum() / wanted.square().sum():.3f} of the variance explained", flush=True)


@torch.no_grad()
def solve_heads(student: Student, teacher: Teacher, pictures: Tensor, scales: dict[str, float]) -> None:
    """Solve the heads alone, of a student whose convolutions know something; its layers become of one loudness."""
    found = student(pictures[::8])
    student.rescale({name: float(x.square().mean()) ** -0.5 for name, x in found.items()})
    for layer in TEACHER_NAMES:
        generator, inputs, outputs = torch.Generator().manual_seed(0), [], []
        for batch in pictures.split(32):
            found, truth = student(batch, PAIRS[layer])[PAIRS[layer]], teacher(batch, [layer])[layer]
            places = Places(found.shape, generator, SAMPLES * len(batch) // len(pictures))
            inputs.append(places.values(found))
            outputs.append(places.values(truth) / scales[layer])
        solve_head(student, layer, torch.cat(inputs), torch.cat(outputs))


@torch.no_grad()
def fill(student: Student, teacher: Teacher, pictures: Tensor, scales: dict[str, float]) -> None:
    """Solve all convolutions and heads on these pictures [N, 3, H, W].

    scales: the teacher's layers' deviations, which the heads' outputs are in units of.
    """
    generator = torch.Generator().manual_seed(0)
    targets: dict[str, list[Tensor]] = {name: [] for name in TEACHER_NAMES}
    for part in pictures.split(32):
        for name, x in teacher(part).items():
            targets[name].append(x)
    truth = {name: torch.cat(parts) for name, parts in targets.items()}
    before = None  # the teacher's input of the layer
    x = prepare(pictures)
    for name in NAMES:
        layer, width = student.conv[name], student.conv[name].out_channels
        places = Places(x.shape, generator)
        source = name if name in TEACHER_NAMES else ""
        if source:
            wanted = places.values(truth[source])
            kept = choose(covariance(wanted), width)
            raw = raw_values(teacher, source, pictures if before is None else before, places, before is None)[:, kept]
            weight, bias = solve(places.patches(x), raw)
            spread = F.relu(raw).std(0)
            gain = 1 / (spread.mean() * spread.clamp(min=FEWEST * spread.mean())).sqrt()
            layer.weight.copy_((weight * gain[:, None]).view_as(layer.weight))
            layer.bias.copy_(bias * gain)
            before = truth[source]
        else:
            torch.nn.init.dirac_(layer.weight)
            layer.bias.zero_()
        x = torch.cat([F.relu(layer(part)) for part in x.split(32)])
        for mine in (t for t, s in PAIRS.items() if s == name):
            solve_head(student, mine, places.values(x), places.values(truth[mine]) / scales[mine])
        if 0 < LAST_OF_BLOCK.get(name, 0) < 5:
            x = F.max_pool2d(x, 2)
            before = F.max_pool2d(before, 2)


def raw_values(teacher: Teacher, name: str, x: Tensor, places: Places, first: bool) -> Tensor:
    """[samples, channels] of the teacher's layer before its ReLU, from its input x."""
    if first:
        x = prepare(x) * 64.0
    kernel, bias = teacher.kernels[name].float(), teacher.biases[name].float()
    return places.patches(x) @ kernel.flatten(1).T + bias


def scales_of(teacher: Teacher, batches: Sequence[Tensor]) -> dict[str, float]:
    """The teacher's layers' root mean variance over channels, on these pictures."""
    total: dict[str, Tensor] = {}
    for batch in batches:
        for name, x in teacher(batch).items():
            found = x.float().var((0, 2, 3)).mean() / len(batches)
            total[name] = total.get(name, torch.zeros(())) + found
    return {name: float(value.sqrt()) for name, value in total.items()}
