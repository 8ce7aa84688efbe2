"""A checkpoint of distil.py as the package's weight file: averaged weights, half precision, the teacher's scale.

    python graduate.py --work work/ --teacher vgg16.safetensors --out pocket.safetensors

Each layer is multiplied by one number, which the next layer undoes: its mean square over photographs becomes that of
the teacher's layer of its name (of block3_conv4 and its like, the block's last). What several layers contribute to an
objective is then as with the teacher. Within a layer the loud channels stay loud. What each channel usually gives, its
mean over photographs, goes into the file beside the kernels.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

import pictures as data
import views
from net import LAST_OF_BLOCK, NAMES
from student import STEERED, Student, arrays
from teacher import Teacher


@torch.no_grad()
def loudness(student: Student, teacher: Teacher, pictures: Tensor) -> dict[str, float]:
    """What each of the student's layers has to be multiplied by, by name."""
    mine: dict[str, float] = dict.fromkeys(NAMES, 0.0)
    theirs: dict[str, float] = dict.fromkeys(NAMES, 0.0)
    for batch in pictures.split(24):
        found, truth = student(batch), teacher(batch)
        for name in NAMES:
            mine[name] += float(found[name].square().mean())
            theirs[name] += float(truth[STEERED[name]].float().square().mean())
    return {name: (theirs[name] / mine[name]) ** 0.5 for name in NAMES}


@torch.no_grad()
def usual(student: Student, pictures: Tensor) -> dict[str, Tensor]:
    """Each layer's mean activation over pictures as they are, by channel, as usual/LAYER; the pools' too."""
    means: dict[str, Tensor] = {}
    for batch in pictures.split(12):
        for name, x in student(batch.permute(0, 3, 1, 2).float()).items():
            layers = {name: x}
            if name in LAST_OF_BLOCK:
                layers[f"block{LAST_OF_BLOCK[name]}_pool"] = F.max_pool2d(x, 2)
            for layer, values in layers.items():
                share = values.mean((0, 2, 3)) * len(batch) / len(pictures)
                means[f"usual/{layer}"] = means.get(f"usual/{layer}", torch.zeros(())) + share
    return means


def main() -> None:
    """Scale, halve, write."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--work", required=True, type=Path, help="folder of distil.py")
    a.add_argument("--teacher", required=True, type=Path)
    a.add_argument("--out", required=True, type=Path)
    o = a.parse_args()
    state = torch.load(o.work / "distil.pt", map_location="cpu")
    widths = [int(w) for w in state["widths"].split(",")]
    student = Student(widths).eval()
    student.load_state_dict(state["average"])
    train, labels = data.load(o.work, "train")
    shown = views.draw(train, data.sampling_weight(labels), 192, torch.Generator().manual_seed(2))
    student.rescale(loudness(student, Teacher(o.teacher), shown))
    pick = torch.multinomial(data.sampling_weight(labels), 480, generator=torch.Generator().manual_seed(4))
    found = arrays(student) | usual(student, views.mosaics(train[pick], 2))
    halves = {name: array.half().contiguous() for name, array in sorted(found.items())}
    save_file(halves, o.out, metadata={"widths": json.dumps(widths)})
    content = o.out.read_bytes()
    print(f"{state['step']} steps; sha256 {hashlib.sha256(content).hexdigest()}, {len(content)} bytes")


if __name__ == "__main__":
    main()
