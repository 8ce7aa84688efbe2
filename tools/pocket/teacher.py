"""VGG16 as the teacher: its activations by layer, and which of the student's layers is to predict which of its.

Pictures come in as [N, 3, H, W] RGB 0..255. It runs in bfloat16, channels last, without a gradient of its own weights.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from net import MEANS

CONVOLUTIONS = (2, 2, 3, 3, 3)
WIDTHS = (64, 128, 256, 512, 512)
NAMES = [f"block{block}_conv{i}" for block, count in enumerate(CONVOLUTIONS, 1) for i in range(1, count + 1)]
ENDS = {f"block{block}_conv{count}": block for block, count in enumerate(CONVOLUTIONS, 1)}

PAIRS = {name: name for name in NAMES if name not in ENDS} | {
    "block1_conv2": "block1_conv2", "block2_conv2": "block2_conv2",
    "block3_conv3": "block3_conv4", "block4_conv3": "block4_conv4", "block5_conv3": "block5_conv4",
}  # fmt: skip
"""Teacher's layer -> the student's that predicts it: the ends of the blocks, and the layers before them by name."""


class Teacher:
    """VGG16's convolutions from a weight file of this project's layout."""

    def __init__(self, file: str | Path, device: str | torch.device = "cpu") -> None:
        arrays = load_file(file, device=str(device))
        kernels = {name: arrays[f"{name}/kernel"].permute(3, 2, 0, 1) for name in NAMES}
        kernels[NAMES[0]] = kernels[NAMES[0]].flip(1)  # for RGB
        self.kernels = {
            name: kernel.bfloat16().contiguous(memory_format=torch.channels_last) for name, kernel in kernels.items()
        }
        self.biases = {name: arrays[f"{name}/bias"].bfloat16() for name in NAMES}

    def __call__(self, pictures: Tensor, names: Sequence[str] = NAMES) -> dict[str, Tensor]:
        """Activations after ReLU of the named layers, bfloat16."""
        x = (
            (pictures - MEANS.to(pictures.device).view(1, 3, 1, 1))
            .bfloat16()
            .contiguous(memory_format=torch.channels_last)
        )
        found, left = {}, set(names)
        for name in NAMES:
            x = F.relu(F.conv2d(x, self.kernels[name], self.biases[name], padding=1), inplace=not x.requires_grad)
            if name in left:
                found[name] = x
                left.remove(name)
                if not left:
                    break
            if name in ENDS:
                x = F.max_pool2d(x, 2)
        return found
