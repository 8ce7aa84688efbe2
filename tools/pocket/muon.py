"""Muon for the kernels, Adam for the rest, in one small object.

Source: Keller Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024,
kellerjordan.github.io/posts/muon (momentum whose update is replaced by its nearest orthogonal matrix, by five
Newton-Schulz steps). Differs: the update is as large as the rate says in units of the kernel's own size.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """Roughly the nearest semi-orthogonal matrix (singular values 0.7..1.2) to [rows, columns], rows <= columns."""
    x = (matrix / (matrix.norm() + 1e-7)).bfloat16()  # a direction needs no more digits, and it is twice as fast
    for _ in range(steps):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.float()


class Muon:
    """State: momentum of each kernel, Adam's two moments of everything else, the count of steps."""

    def __init__(self, net: nn.Module, momentum: float = 0.95) -> None:
        self.kernels = [layer.weight for layer in net.conv.values()]
        known = {id(kernel) for kernel in self.kernels}
        self.rest = [p for p in net.parameters() if id(p) not in known]
        self.momentum, self.count = momentum, 0
        self.moving = [torch.zeros_like(p) for p in self.kernels]
        self.first = [torch.zeros_like(p) for p in self.rest]
        self.second = [torch.zeros_like(p) for p in self.rest]

    @torch.no_grad()
    def step(self, rate: float, head_rate: float) -> None:
        """One update. rate: share of its size that a kernel moves; head_rate: Adam's, for heads and biases."""
        self.count += 1
        for p, moving in zip(self.kernels, self.moving, strict=True):
            if not p.requires_grad:
                continue
            moving.mul_(self.momentum).add_(p.grad)
            update = orthogonal((p.grad + self.momentum * moving).flatten(1))
            p.sub_(update.view_as(p) * (p.norm() * (rate / len(p) ** 0.5)))
        for p, first, second in zip(self.rest, self.first, self.second, strict=True):
            if not p.requires_grad:
                continue
            first.lerp_(p.grad, 0.1)
            second.lerp_(p.grad.square(), 0.01)
            up = first / (1 - 0.9**self.count)
            p.sub_(up / ((second / (1 - 0.99**self.count)).sqrt() + 1e-8), alpha=head_rate)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must hold."""
        return {"moving": self.moving, "first": self.first, "second": self.second, "count": self.count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.moving, self.first, self.second, self.count = (state[k] for k in ("moving", "first", "second", "count"))
