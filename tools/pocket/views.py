"""What the student is shown: crops of single pictures, enlarged, and of four side by side at their own scale."""

import torch
from torch import Generator, Tensor

import pictures as data

SIDE = 128  # of a crop, pixels
WIDE, NEAR = 0.55, 0.4  # least share of four pictures' side that a crop shows, and of a single one's


def mosaics(pictures: Tensor) -> Tensor:
    """[4 * N, H, W, 3] -> [N, 2 * H, 2 * W, 3]"""
    a, b, c, d = pictures.chunk(4)
    return torch.cat([torch.cat([a, b], 2), torch.cat([c, d], 2)], 1)


def draw(pictures: Tensor, weight: Tensor, count: int, generator: Generator) -> Tensor:
    """Half of each kind: [count, 3, SIDE, SIDE] float32 RGB 0..255, augmented."""
    near = count // 2
    pick = torch.multinomial(weight, near + 4 * (count - near), replacement=True, generator=generator)
    parts = [data.augment(mosaics(pictures[pick[near:]]), SIDE, WIDE, generator)]
    if near:
        parts.append(data.augment(pictures[pick[:near]], SIDE, NEAR, generator))
    return torch.cat(parts)
