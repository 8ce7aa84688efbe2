"""The default dream as a PyTorch user would write it: `python torch_dream.py PICTURE WEIGHTS OUTPUT [bfloat16]`.

Four octaves of ten steps up to the picture's own size, carrying up what was added. A step takes the gradient of the
mean squares of two layers of VGG19 on the picture with 32 more rows and columns of its odd mirror image, gives it the
spectrum and colours of natural pictures, divides it by its mean magnitude, subtracts the gradient of the total
variation and shrinks it near black and white. It needs only PyTorch, NumPy and Pillow, not this package.

Source: Mordvintsev, Olah and Tyka 2015, and Olah, Mordvintsev and Schubert 2017 for the shaping.
"""

import sys

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

COUNTS = (2, 2, 4, 4, 4)
LAYERS = ("block4_conv4", "block5_conv2")
OCTAVES, RATIO, STEPS, STEP_SIZE, JITTER = 4, 1.4, 10, 1.5 / 255, 32
LONGEST, SMOOTHNESS, HEADROOM = 64, 0.07, 0.5  # pixels of the wave amplified most; weight; of the range 0..1
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


def continued(image: torch.Tensor, rows: tuple[int, int], columns: tuple[int, int]) -> torch.Tensor:
    """The image with its odd mirror image: twice the border's value minus the image's."""
    for pads in ((0, 0, *rows), (*columns, 0, 0)):
        image = 2 * F.pad(image, pads, mode="replicate") - F.pad(image, pads, mode="reflect")
    return image.clamp(0, 1)


def shaped(gradient: torch.Tensor) -> torch.Tensor:
    """The gradient in the spectrum and the colours of natural pictures, continued by its mirror image."""
    colours = ROOT @ ROOT.T
    mixed = F.pad(torch.einsum("nchw,cd->ndhw", gradient, colours * 3 / colours.trace()), [LONGEST] * 4, mode="reflect")
    height, width = mixed.shape[-2:]
    waves = LONGEST * torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.rfftfreq(width)[None])
    gain = waves.clamp(max=1) / waves.clamp(min=1)  # longer waves fade, shorter ones fall as in natural pictures
    return torch.fft.irfft2(torch.fft.rfft2(mixed) * gain, s=(height, width))[..., LONGEST:-LONGEST, LONGEST:-LONGEST]


def variation(image: torch.Tensor) -> torch.Tensor:
    """The gradient of the total variation."""
    image = image.detach().requires_grad_(True)
    down, right = F.pad(image.diff(dim=2), (0, 0, 0, 1)), F.pad(image.diff(dim=3), (0, 1))
    return torch.autograd.grad((down.square() + right.square() + 255**-2).sqrt().sum(), image)[0]


def headroom(step: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """The step, smaller near the limit that it moves toward."""
    share = (torch.where(step > 0, 1 - image, image) / HEADROOM).clamp(0, 1)
    return step * share.square() * (3 - 2 * share)


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
            top, left = (int(one) for one in shift.integers(0, JITTER + 1, 2))
            image = continued(dreamt, (top, JITTER - top), (left, JITTER - left))
            image = image.contiguous(memory_format=torch.channels_last).requires_grad_(True)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                value = objective(image, weights)
            (gradient,) = torch.autograd.grad(value, image)
            step = shaped(gradient[..., top : top + size[0], left : left + size[1]])
            step = headroom(step / step.abs().mean() - SMOOTHNESS * variation(dreamt), dreamt)
            dreamt = (dreamt + STEP_SIZE * step).clamp(0, 1)
        added = dreamt - base
    Image.fromarray((dreamt[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)).save(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
