"""Weight files of the pocket network measured against VGG16, as Markdown.

    python judge.py --work work/ --teacher vgg16.safetensors [--photos FOLDER] NAME=FILE ...

Variance explained: of the last convolution of each block of VGG16, summed over its channels, by the best linear map
(1x1, ridge regression on training crops) from the last convolution of the same block of the file, on held-out crops of
224 pixels. Cosine: between the image gradients of the two layers' sum of squares, on the same crops and on photographs.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import pictures as data
import views
from dreams import cosine, gradient
from measures import Share
from prune import SAMPLES, Places, solve
from student import Student, read
from teacher import ENDS, PAIRS, Teacher

LEARN, TRY, STEER = 256, 96, 24  # crops for the linear maps, for the variance explained, for the gradients


@torch.no_grad()
def pairs_of(student: Student, teacher: Teacher, pictures: Tensor, layer: str, count: int) -> tuple[Tensor, Tensor]:
    """Values of the student's and the teacher's layer at up to `count` random places: [samples, channels] each."""
    generator, mine, theirs = torch.Generator().manual_seed(0), [], []
    for batch in pictures.split(32):
        found, truth = student(batch, PAIRS[layer])[PAIRS[layer]], teacher(batch, [layer])[layer]
        places = Places(found.shape, generator, count * len(batch) // len(pictures))
        mine.append(places.values(found))
        theirs.append(places.values(truth))
    return torch.cat(mine), torch.cat(theirs)


def explained(student: Student, teacher: Teacher, learn: Tensor, tried: Tensor) -> list[float]:
    """Share of the teacher's variance explained, by block."""
    found = []
    for layer in ENDS:
        weight, bias = solve(*pairs_of(student, teacher, learn, layer, SAMPLES))
        inputs, outputs = pairs_of(student, teacher, tried, layer, SAMPLES)
        share = Share()
        share.add(layer, (inputs @ weight.T + bias)[None, None], outputs[None, None])
        found.append(share.explained()[layer])
    return found


def cosines(student: Student, teacher: Teacher, batches: Sequence[Tensor]) -> list[float]:
    """The mean cosine of the image gradients, by block."""
    means = []
    for layer in ENDS:
        alike = []
        for batch in batches:
            theirs = gradient(lambda x, layer=layer: teacher(x, [layer])[layer], batch)
            mine = gradient(lambda x, layer=layer: student(x, PAIRS[layer])[PAIRS[layer]], batch)
            alike.append(cosine(mine, theirs))
        means.append(float(torch.cat(alike).mean()))
    return means


def photographs(folder: Path) -> list[Tensor]:
    """Each picture of a folder as [1, 3, H, W] RGB 0..255."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [torch.tensor(np.asarray(Image.open(file).convert("RGB"))).permute(2, 0, 1)[None].float() for file in files]


def row(name: str, numbers: Sequence[float]) -> str:
    """A line of the table."""
    return f"| {name} | " + " | ".join(f"{number:.2f}" for number in numbers) + " |"


def main() -> None:
    """Measure each file, print the table."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("files", nargs="+", help="NAME=FILE")
    a.add_argument("--work", required=True, type=Path, help="folder with the decoded pictures")
    a.add_argument("--teacher", required=True, type=Path)
    a.add_argument("--photos", type=Path, help="a folder of photographs")
    o = a.parse_args()
    teacher = Teacher(o.teacher)
    sets = {split: data.load(o.work, split) for split in data.SPLITS}
    learn, tried = (
        views.draw(shown, data.sampling_weight(labels), count, torch.Generator().manual_seed(11))
        for (shown, labels), count in zip(sets.values(), (LEARN, TRY), strict=True)
    )
    print("| | block1 | block2 | block3 | block4 | block5 |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, file in (given.split("=", 1) for given in o.files):
        student = read(file)
        print(row(f"{name}: variance explained", explained(student, teacher, learn, tried)), flush=True)
        print(row(f"{name}: cosine on crops", cosines(student, teacher, tried[:STEER].split(8))), flush=True)
        if o.photos:
            print(row(f"{name}: cosine on photographs", cosines(student, teacher, photographs(o.photos))), flush=True)


if __name__ == "__main__":
    main()
