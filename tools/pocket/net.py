"""VGG19's sixteen 3x3 convolutions by name, and the two ways their numbers are written.

Pictures come in as [N, 3, H, W] RGB 0..255. A weight file holds plain arrays for VGG19's own input (BGR, 0..255, means
taken off): `block1_conv1/kernel` [h, w, in, out], `block1_conv1/bias` [out], ...
"""

import torch
from torch import Tensor

CONVOLUTIONS = (2, 2, 4, 4, 4)
MEANS = torch.tensor([123.68, 116.779, 103.939])  # RGB; VGG's own
SCALE = 64.0  # training divides by it, so that the first layer sees numbers near one; not in the file
NAMES = [f"block{block}_conv{i}" for block, count in enumerate(CONVOLUTIONS, 1) for i in range(1, count + 1)]
LAST_OF_BLOCK = {f"block{block}_conv{count}": block for block, count in enumerate(CONVOLUTIONS, 1)}


def prepare(pictures: Tensor) -> Tensor:
    """RGB 0..255 to the numbers that the first convolution sees; zero, its padding, is the mean colour."""
    return ((pictures - MEANS.to(pictures.device).view(1, 3, 1, 1)) / SCALE).contiguous(
        memory_format=torch.channels_last
    )


def outside(name: str, kernel: Tensor) -> Tensor:
    """A training kernel [out, in, 3, 3] as the file holds it: [h, w, in, out], the first layer for BGR 0..255."""
    if name == NAMES[0]:
        kernel = kernel.flip(1) / SCALE
    return kernel.permute(2, 3, 1, 0).contiguous()


def inside(name: str, kernel: Tensor) -> Tensor:
    """The inverse of `outside`."""
    kernel = kernel.permute(3, 2, 0, 1)
    return (kernel.flip(1) * SCALE if name == NAMES[0] else kernel).contiguous()
