"""How near the student is to the teacher: variance explained and gradients' cosine, on pictures given."""

from collections.abc import Iterable

import torch
from torch import Tensor

from dreams import cosine, gradient
from student import Student
from teacher import ENDS, PAIRS, Teacher


class Share:
    """Of each layer: squared error and squared deviation, added up picture by picture."""

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}

    def add(self, layer: str, predicted: Tensor, truth: Tensor) -> None:
        """Predicted and true activations [N, h, w, channels] in any one unit."""
        count = torch.full(truth.shape[-1:], truth[..., 0].numel(), device=truth.device)
        error = (predicted - truth).square().sum((0, 1, 2))
        row = torch.stack([error, truth.square().sum((0, 1, 2)), truth.sum((0, 1, 2)), count]).double()
        self.sums[layer] = self.sums.get(layer, torch.zeros_like(row)) + row

    def explained(self) -> dict[str, float]:
        """Share of the variance explained, summed over channels."""
        found = {}
        for layer, (error, square, total, count) in self.sums.items():
            found[layer] = float(1 - error.sum() / (square - total.square() / count).sum())
        return found


@torch.no_grad()
def explained(student: Student, teacher: Teacher, batches: Iterable[Tensor], scales: dict[str, float]) -> Share:
    """On batches of pictures [N, 3, H, W], by the student's heads."""
    share = Share()
    for batch in batches:
        truth = teacher(batch)
        with torch.autocast(batch.device.type, torch.bfloat16):
            found = student(batch)
        for layer in ENDS:
            wanted = truth[layer].permute(0, 2, 3, 1).float() / scales[layer]
            share.add(layer, student.predict(layer, {PAIRS[layer]: found[PAIRS[layer]].float()}), wanted)
    return share


def cosines(student: Student, teacher: Teacher, batch: Tensor) -> dict[str, Tensor]:
    """Between the image gradients of the sum of squares of a block's last convolution: [N] by the teacher's layer."""
    found = {}
    for layer in ENDS:
        theirs = gradient(lambda x, layer=layer: teacher(x, [layer])[layer], batch)
        with torch.autocast(batch.device.type, torch.bfloat16):
            mine = gradient(lambda x, layer=layer: student(x, PAIRS[layer])[PAIRS[layer]], batch)
        found[layer] = cosine(mine, theirs)
    return found
