"""Pictures that become dreams while the student learns on them, and gradients with respect to pictures.

    pool = Dreams(fresh, count, generator)
    pick = pool.pick(4); pool.climb(pick, gradient(...))

A dream shows the student what no photograph does. Whoever steers decides what is seen: the teacher's gradient leads to
what the student is to draw, its own to what it draws instead.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

STEP = 4.0  # of 255, mean size of a step
LIFE = 24  # most steps of a picture before it gives way to a fresh one


def gradient(activation: Callable[[Tensor], Tensor], pictures: Tensor, *, twice: bool = False) -> Tensor:
    """Of the sum of squares of what `activation` gives, with respect to pictures [N, 3, H, W].

    twice: whether the result is itself to be differentiated.
    """
    x = pictures.detach().requires_grad_()
    found = activation(x).float()
    value = found.square().sum() / found.detach().square().sum().clamp(min=1e-6)
    return torch.autograd.grad(value, x, create_graph=twice)[0]


def cosine(a: Tensor, b: Tensor) -> Tensor:
    """Between two gradients [N, 3, H, W], by picture: [N]."""
    return torch.cosine_similarity(a.flatten(1), b.flatten(1), eps=1e-12)


def natural(gradient: Tensor) -> Tensor:
    """Each wave of a gradient [N, 3, H, W] divided by its frequency, then mean absolute value one."""
    height, width = gradient.shape[-2:]
    at = gradient.device
    frequency = torch.hypot(torch.fft.fftfreq(height, device=at)[:, None], torch.fft.rfftfreq(width, device=at)[None])
    waves = torch.fft.rfft2(gradient) / frequency.clamp(min=1 / 48)
    shaped = torch.fft.irfft2(waves, s=(height, width))
    return shaped / shaped.abs().mean((1, 2, 3), keepdim=True).clamp(min=1e-12)


class Dreams:
    """A pool of pictures [count, 3, H, W] RGB 0..255 that climb, each for up to `LIFE` steps."""

    def __init__(self, fresh: Callable[[int], Tensor], count: int, generator: Generator) -> None:
        self.fresh, self.generator = fresh, generator
        self.pictures = fresh(count)
        self.left = torch.randint(1, LIFE, (count,), generator=generator, device=generator.device)

    def pick(self, count: int) -> Tensor:
        """Some of the pool: indices [count]."""
        return torch.randperm(len(self.pictures), generator=self.generator, device=self.generator.device)[:count]

    def climb(self, pick: Tensor, gradient: Tensor) -> None:
        """One step uphill; pictures at the end of their life are replaced."""
        size = STEP * (0.5 + torch.rand(len(pick), 1, 1, 1, generator=self.generator, device=self.generator.device))
        self.pictures[pick] = (self.pictures[pick] + size * natural(gradient)).clamp(0, 255)
        self.left[pick] -= 1
        over = pick[self.left[pick] <= 0]
        if len(over):
            self.pictures[over] = self.fresh(len(over))
            self.left[over] = torch.randint(
                2, LIFE, (len(over),), generator=self.generator, device=self.generator.device
            )
