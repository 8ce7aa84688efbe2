"""The default dream as a PyTorch user would write it: `python torch_dream.py PICTURE WEIGHTS OUTPUT [bfloat16]`.

Four octaves of ten steps up to the picture's own size, carrying up what was added; shifts of up to 32 pixels; the
gradient of the mean squares of two layers of VGG19, with natural shaping, over its mean magnitude. It needs only
PyTorch, NumPy and Pillow, not this package.

Source: Mordvintsev, Olah and Tyka 2015, and Olah, Mordvintsev and Schubert 2017 for the shaping, as in many public
programs.
"""

import sys

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

COUNTS = (2, 2, 4, 4, 4)
LAYERS = ("block4_conv4", "block5_conv2")
OCTAVES, RATIO, STEPS, STEP_SIZE, JITTER = 4, 1.4, 10, 1.5 / 255, 32
MEANS = torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)  # blue, green, red
ROOT = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])


def load(file: str) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Kernel and bias of each convolution, for channels-last convolutions."""
    with np.load(file) as arrays:
        names = {key.split("/")[0] for key in arrays.files}
        return {
            name: (
                torch.from_numpy(np.ascontiguousarray(arrays[f"{name}/kernel"].transpose(3, 2, 0, 1))).to(
                    memory_format=torch.channels_last
                ),
                torch.from_numpy(arrays[f"{name}/bias"]),
            )
            for name in names
        }


def objective(image: torch.Tensor, weights: dict[str, tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    """The mean squares of the layers, averaged; an image is [1, 3, H, W] RGB in 0..1."""
    x, value = image.flip(1) * 255 - MEANS, torch.zeros(())
    for block, count in enumerate(COUNTS, 1):
        for number in range(1, count + 1):
            name = f"block{block}_conv{number}"
            x = F.relu(F.conv2d(x, *weights[name], padding=1), inplace=True)
            if name in LAYERS:
                value = value + x.float().square().mean() / len(LAYERS)
            if name == LAYERS[-1]:
                return value
        x = F.max_pool2d(x, 2)
    return value


def shaped(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient in the spectrum and the colours of natural pictures."""
    height, width = gradient.shape[-2:]
    rows, columns = torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None]
    frequency = torch.hypot(rows, columns).clamp_min(1 / 64)
    colours = ROOT @ ROOT.T
    mixed = torch.einsum("nchw,cd->ndhw", gradient, colours * 3 / colours.trace())
    return torch.fft.irfft2(torch.fft.rfft2(mixed) / frequency, s=(height, width))


def resized(image: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """The image at another size."""
    return F.interpolate(image, size, mode="bicubic", antialias=True, align_corners=False)


def main(picture: str, file: str, output: str, precision: str = "float32") -> None:
    """Dream and save."""
    weights, shift = load(file), np.random.default_rng(0)
    original = torch.from_numpy(np.asarray(Image.open(picture).convert("RGB"), np.float32) / 255).permute(2, 0, 1)[None]
    original = original.contiguous(memory_format=torch.channels_last)
    height, width = original.shape[-2:]
    added = torch.zeros(1, 3, 1, 1)
    for octave in reversed(range(OCTAVES)):
        size = round(height / RATIO**octave), round(width / RATIO**octave)
        base = resized(original, size)
        dreamt = base + resized(added, size)
        for _ in range(STEPS):
            moved = tuple(int(one) for one in shift.integers(-JITTER, JITTER + 1, 2))
            image = dreamt.roll(moved, (2, 3)).contiguous(memory_format=torch.channels_last).requires_grad_(True)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                value = objective(image, weights)
            (gradient,) = torch.autograd.grad(value, image)
            step = shaped(gradient).roll((-moved[0], -moved[1]), (2, 3))
            dreamt = (dreamt + STEP_SIZE * step / step.abs().mean()).clamp(0, 1)
        added = dreamt - base
    Image.fromarray((dreamt[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)).save(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
