"""What the student is shown: crops of single pictures, enlarged, and of four or nine side by side."""

import torch
from torch import Generator, Tensor

import pictures as data

SIDE = 224  # of a crop, pixels: block5 sees 196 of them, so in its middle no border
KINDS = ((3, 0.4, 0.5), (2, 0.35, 0.5), (1, 0.25, 0.4))
"""Of each kind: pictures along a side, share of a batch, least share of their common side that a crop shows."""


def mosaics(pictures: Tensor, across: int) -> Tensor:
    """[across² * N, H, W, 3] -> [N, across * H, across * W, 3]"""
    n, (height, width) = len(pictures) // across**2, pictures.shape[1:3]
    tiles = pictures.view(n, across, across, height, width, 3).transpose(2, 3)
    return tiles.reshape(n, across * height, across * width, 3)


def draw(pictures: Tensor, weight: Tensor, count: int, generator: Generator) -> Tensor:
    """Crops of each kind: [count, 3, SIDE, SIDE] float32 RGB 0..255, augmented.

    pictures: [N, 96, 96, 3] uint8, of weight [N]; all on the generator's device.
    """
    parts, left = [], count
    for across, share, least in KINDS:
        some = left if across == 1 else round(count * share)
        left -= some
        if some:
            pick = torch.multinomial(weight, some * across**2, replacement=True, generator=generator)
            parts.append(data.augment(mosaics(pictures[pick], across), SIDE, least, generator))
    return torch.cat(parts)


def noise(count: int, generator: Generator) -> Tensor:
    """Colour noise whose waves fall as photographs' do, one over frequency: [count, 3, SIDE, SIDE] RGB 0..255.

    Feature pictures start from the like.
    """
    at = generator.device
    frequency = torch.hypot(torch.fft.fftfreq(SIDE, device=at)[:, None], torch.fft.rfftfreq(SIDE, device=at)[None])
    waves = torch.fft.rfft2(torch.randn(count, 3, SIDE, SIDE, generator=generator, device=at))
    found = torch.fft.irfft2(waves / frequency.clamp(min=2 / SIDE), s=(SIDE, SIDE))
    found = found + 1.5 * found.mean(1, keepdim=True)  # colours of one place are alike
    size = 15 + 45 * torch.rand(count, 1, 1, 1, generator=generator, device=at)
    return (118 + found / found.std((1, 2, 3), keepdim=True) * size).clamp(0, 255)
