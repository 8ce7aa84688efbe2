"""The training pictures: decoded once into arrays on disk, then cropped, mirrored, turned, recoloured and noised.

Pictures are [N, H, W, 3] uint8 as stored and [N, 3, h, w] float32 RGB in 0..255 once augmented.
"""

import io
import math
import zipfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Generator, Tensor

GREY = torch.tensor([0.299, 0.587, 0.114])
SPLITS = ("train", "val")


def decode(archive: str | Path, folder: str | Path) -> None:
    """Unpack `SPLIT/CLASS/NAME.webp` of the archive into folder/SPLIT.npy and folder/SPLIT-labels.npy, once."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if all((folder / f"{split}.npy").exists() for split in SPLITS):
        return
    with zipfile.ZipFile(archive) as box:
        names = sorted(name for name in box.namelist() if name.endswith(".webp"))
        classes = sorted({name.split("/")[1] for name in names})
        (folder / "classes.txt").write_text("\n".join(classes))
        for split in SPLITS:
            chosen = [name for name in names if name.startswith(split + "/")]
            pictures = [np.asarray(Image.open(io.BytesIO(box.read(name))).convert("RGB")) for name in chosen]
            np.save(folder / f"{split}-labels.npy", np.array([classes.index(name.split("/")[1]) for name in chosen]))
            np.save(folder / f"{split}.npy", np.stack(pictures))  # last: its presence says that the split is whole


def load(folder: str | Path, split: str) -> tuple[Tensor, Tensor]:
    """Pictures [N, 96, 96, 3] uint8, mapped from disk and shared by all processes, and labels [N]."""
    pictures = torch.from_numpy(np.load(Path(folder) / f"{split}.npy", mmap_mode="c"))
    return pictures, torch.from_numpy(np.load(Path(folder) / f"{split}-labels.npy"))


def classes(folder: str | Path) -> list[str]:
    """The names of the classes, in the order of their labels."""
    return (Path(folder) / "classes.txt").read_text().split("\n")


def sampling_weight(labels: Tensor) -> Tensor:
    """Weight [N] of each picture when one is drawn: a class comes up by the square root of its size."""
    return torch.bincount(labels).double()[labels] ** -0.5


def spread(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Uniform random numbers [count] between low and high."""
    return torch.rand(count, generator=generator, device=generator.device) * (high - low) + low


def crops(pictures: Tensor, size: int, smallest: float, generator: Generator) -> Tensor:
    """Random zoomed, stretched, slightly turned and mirrored crops. pictures: [N, 3, H, W] -> [N, 3, size, size]."""
    count = len(pictures)
    zoom = spread(count, smallest**2, 1, generator).sqrt()  # even in area, so that wide views are not rare
    stretch = spread(count, -0.15, 0.15, generator).exp()
    turn = spread(count, -1, 1, generator) ** 3 * math.radians(20)  # mostly upright
    mirror = (torch.rand(count, generator=generator, device=generator.device) < 0.5).float() * 2 - 1
    across, down = (zoom * stretch).clamp(max=1), (zoom / stretch).clamp(max=1)
    theta = torch.zeros(count, 2, 3, device=pictures.device)
    theta[:, 0, 0], theta[:, 0, 1] = across * mirror * turn.cos(), -down * turn.sin()
    theta[:, 1, 0], theta[:, 1, 1] = across * mirror * turn.sin(), down * turn.cos()
    theta[:, 0, 2] = spread(count, -1, 1, generator) * (1 - across)
    theta[:, 1, 2] = spread(count, -1, 1, generator) * (1 - down)
    grid = F.affine_grid(theta, (count, 3, size, size), align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def recolour(pictures: Tensor, generator: Generator) -> Tensor:
    """Random saturation, contrast, colour gain and brightness, and noise on some. [N, 3, h, w] 0..255, both ways.

    The noise is there for the dreams, not for the accuracy: a network that must see through it has smooth filters.
    """
    count = len(pictures)
    saturation = spread(count, 0.5, 1.5, generator) * (spread(count, 0, 1, generator) > 0.08)
    keep = saturation[:, None, None] * torch.eye(3, device=pictures.device)
    mix = keep + (1 - saturation)[:, None, None] * GREY.to(pictures.device).expand(count, 3, 3)
    gain = spread(count, 0.65, 1.35, generator)[:, None] * (1 + spread(count * 3, -0.12, 0.12, generator).view(-1, 3))
    shift = spread(count, -30, 30, generator)[:, None] + spread(count * 3, -10, 10, generator).view(-1, 3)
    mix = mix * gain[:, :, None]
    level = 118 - mix.sum(2) * 118 + shift  # contrast turns about the middle grey of photographs
    coloured = torch.baddbmm(level[:, :, None], mix, pictures.flatten(2)).view_as(pictures)
    noise = spread(count, -8, 12, generator).clamp(min=0)[:, None, None, None]
    return (coloured + noise * torch.randn(coloured.shape, generator=generator, device=generator.device)).clamp(0, 255)


def augment(pictures: Tensor, size: int, smallest: float, generator: Generator) -> Tensor:
    """One training batch. pictures: [N, 96, 96, 3] uint8 -> [N, 3, size, size] float32 RGB 0..255."""
    planes = pictures.permute(0, 3, 1, 2).contiguous().float()
    return recolour(crops(planes, size, smallest, generator), generator)
