"""The student: VGG19's topology with plain biases and no norm, and a linear head for each of the teacher's layers.

Pictures come in as [N, 3, H, W] RGB 0..255.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from net import CONVOLUTIONS, LAST_OF_BLOCK, NAMES, inside, outside, prepare
from teacher import CONVOLUTIONS as TEACHERS
from teacher import NAMES as TEACHER_NAMES
from teacher import PAIRS, WIDTHS

STEERED = {student: teacher for teacher, student in PAIRS.items()} | {
    f"block{block}_conv3": f"block{block}_conv3" for block in (3, 4, 5)
}
"""Student's layer -> the teacher's whose image gradient its own is to match."""


class Student(nn.Module):
    """Convolutions by name, and heads by the teacher's layers that they predict."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        outs = [width for width, count in zip(widths, CONVOLUTIONS, strict=True) for _ in range(count)]
        shapes = zip(NAMES, [3, *outs[:-1]], outs, strict=True)
        self.conv = nn.ModuleDict({name: nn.Conv2d(i, o, 3, padding=1) for name, i, o in shapes})
        width = dict(zip(NAMES, outs, strict=True))
        wanted = [w for w, count in zip(WIDTHS, TEACHERS, strict=True) for _ in range(count)]
        self.head = nn.ModuleDict(
            {name: nn.Linear(width[PAIRS[name]], w) for name, w in zip(TEACHER_NAMES, wanted, strict=True)}
        )

    def freeze(self, block: str) -> None:
        """Let a block's convolutions learn no more."""
        for name, layer in self.conv.items():
            if name.startswith(block):
                layer.requires_grad_(False)

    @torch.no_grad()
    def rescale(self, factors: Mapping[str, float]) -> None:
        """Multiply each layer's activations by its factor, by name; the next layer undoes it, the heads do not."""
        before = 1.0
        for name, layer in self.conv.items():
            layer.weight.mul_(factors[name] / before)
            layer.bias.mul_(factors[name])
            before = factors[name]

    def forward(self, pictures: Tensor, until: str = NAMES[-1]) -> dict[str, Tensor]:
        """Activations after ReLU of every layer up to `until`, by name."""
        x, found = prepare(pictures), {}
        for name in NAMES[: NAMES.index(until) + 1]:
            x = found[name] = F.relu(self.conv[name](x))
            if 0 < LAST_OF_BLOCK.get(name, 0) < 5:
                x = F.max_pool2d(x, 2)
        return found

    def predict(self, layer: str, found: Mapping[str, Tensor]) -> Tensor:
        """The teacher's `layer` as the head sees it: [N, h, w, channels], in the units of `Scales`."""
        return self.head[layer](found[PAIRS[layer]].permute(0, 2, 3, 1))


@torch.no_grad()
def read(file: str | Path) -> Student:
    """A weight file of the package as a student; its heads know nothing."""
    found = load_file(file)
    student = Student([found[f"block{block}_conv1/bias"].numel() for block in range(1, 6)])
    for name, layer in student.conv.items():
        layer.weight.copy_(inside(name, found[f"{name}/kernel"].float()))
        layer.bias.copy_(found[f"{name}/bias"].float())
    return student.requires_grad_(False).to(memory_format=torch.channels_last)


@torch.no_grad()
def arrays(student: Student) -> dict[str, Tensor]:
    """The arrays of a weight file, float32."""
    found = {}
    for name, layer in student.conv.items():
        found[f"{name}/kernel"] = outside(name, layer.weight)
        found[f"{name}/bias"] = layer.bias.clone()
    return found
