"""Teach the student VGG16's activations and image gradients, on a GPU in minutes, on a processor in hours.

    python distil.py --data images96.zip --teacher vgg16.safetensors --work work/ --minutes 9

The same command goes on from where a run stopped (work/distil.pt), for as many minutes again. The rate falls to zero at
the end of the time: a run on a borrowed machine ends when it has to.
"""

import argparse
import copy
import csv
import datetime
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import pictures as data
import prune
import views
from lesson import Lesson
from measures import cosines, explained
from muon import Muon
from student import Student, read
from teacher import ENDS, Teacher


def options() -> argparse.Namespace:
    """The command line."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--data", required=True, help="the archive of training pictures")
    a.add_argument("--teacher", required=True, help="VGG16's weight file")
    a.add_argument("--work", required=True, type=Path, help="folder for decoded pictures, checkpoints and the log")
    a.add_argument("--start", type=Path, help="weight file to start from in place of the pruned teacher")
    a.add_argument("--widths", default="24,64,112,224,224")
    a.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    a.add_argument("--minutes", required=True, type=float, help="of this run; at their end the rate is zero")
    a.add_argument("--hold", type=float, default=0.25, help="share of the run before the rate falls")
    a.add_argument("--batch", type=int, default=96, help="fresh pictures a step")
    a.add_argument("--dreams", type=int, default=24, help="dreams of each pool a step, whose gradients are matched")
    a.add_argument("--pools", type=int, default=2, help="pools of dreams, each with a layer of its own a step")
    a.add_argument("--rate", type=float, default=0.01, help="share of its own size that a kernel moves a step")
    a.add_argument("--head-rate", type=float, default=0.002, help="Adam's rate for heads and biases")
    a.add_argument("--inner", type=float, default=0.25, help="weight of a layer that ends no block")
    a.add_argument("--steering", type=float, default=1.0, help="weight of the image gradients' loss")
    a.add_argument("--average", type=float, default=0.998, help="decay of the averaged weights, which are what ships")
    a.add_argument("--report", type=float, default=30, help="seconds between log lines and checkpoints")
    a.add_argument("--seed", type=int, default=0)
    return a.parse_args()


def start(o: argparse.Namespace, student: Student, teacher: Teacher, train: Tensor, weight: Tensor) -> dict[str, Any]:
    """The state to resume from: the latest checkpoint's, else a weight file's or the pruned teacher's, made one."""
    latest = o.work / "distil.pt"
    if not latest.exists():
        generator = torch.Generator(o.device).manual_seed(0)
        pictures = views.draw(train, weight, 128, generator)
        scales = prune.scales_of(teacher, pictures.split(32))
        if o.start:
            student.load_state_dict(read(o.start).state_dict())
            prune.solve_heads(student, teacher, pictures, scales)
        else:
            prune.fill(student, teacher, pictures, scales)
        net = student.state_dict()
        save(latest, net=net, average=net, optimiser=None, step=0, scales=scales, widths=o.widths)
    return torch.load(latest, map_location=o.device)


@torch.no_grad()
def follow(average: Student, student: Student, decay: float) -> None:
    """Move the averaged weights a little towards the student's."""
    torch._foreach_lerp_(list(average.parameters()), list(student.parameters()), 1 - decay)


def save(path: Path, **state: Any) -> None:
    """Write a checkpoint, atomically."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def log(path: Path, row: Mapping[str, object]) -> None:
    """One line of the log, with a heading on the first."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)
    print(" ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def record(path: Path, row: dict[str, object]) -> None:
    """One line of the log; columns that this step has no number for stay empty."""
    known = [f"{kind}{block}" for kind in ("error", "dream", "steer", "held", "cosine") for block in range(1, 6)]
    log(path, {key: row.get(key, "") for key in ("time", "step", "share", "seconds", *known)})


def judged(average: Student, lesson: Lesson, held: Tensor) -> dict[str, float]:
    """Variance explained and gradients' cosine on held-out pictures [N, 3, H, W]."""
    share = explained(average, lesson.teacher, held.split(12), lesson.scales).explained()
    alike = cosines(average, lesson.teacher, held[:: len(held) // 12])
    found = {}
    for layer, block in ENDS.items():
        found[f"held{block}"] = share[layer]
        found[f"cosine{block}"] = float(alike[layer].mean())
    return found


def split(o: argparse.Namespace, name: str) -> tuple[Tensor, Tensor]:
    """The pictures of a split and how often each is drawn, on the device."""
    pictures, labels = data.load(o.work, name)
    return pictures.to(o.device), data.sampling_weight(labels).to(o.device)


def teach(o: argparse.Namespace) -> None:
    """Resume or start, learn until the time is over or a signal comes, log and save now and then."""
    ends, signals = time.time() + 60 * o.minutes, list[int]()
    signal.signal(signal.SIGTERM, lambda *_: signals.append(1))
    teacher = Teacher(o.teacher, o.device)
    student = Student([int(w) for w in o.widths.split(",")]).to(o.device, memory_format=torch.channels_last)
    train, weight = split(o, "train")
    state = start(o, student, teacher, train, weight)
    student.load_state_dict(state["net"])
    student.requires_grad_(True)
    average = copy.deepcopy(student)
    average.load_state_dict(state["average"])
    optimiser, step = Muon(student), state["step"]
    if state["optimiser"]:
        optimiser.load_state_dict(state["optimiser"])
    torch.manual_seed(o.seed + 1000 * step)
    generator = torch.Generator(o.device).manual_seed(o.seed + 1000 * step)
    lesson = Lesson(o, student, teacher, state["scales"], train, weight, generator)
    held = views.draw(*split(o, "val"), 96, torch.Generator(o.device).manual_seed(5))
    began = clock = time.time()
    over = False
    while not over:
        student.zero_grad()
        lesson.photographs().backward()
        for pool in lesson.pools:
            (lesson.steer(pool) / o.pools).backward()
        left = (ends - time.time()) / ((ends - began) * (1 - o.hold))
        share = min(1.0, max(0.0, left), (step + 1) / 50)
        optimiser.step(o.rate * share, o.head_rate * share)
        follow(average, student, min(o.average, (step + 1) / (step + 10)))
        step += 1
        lesson.step = step
        over = bool(signals) or time.time() > ends
        if over or time.time() > clock + o.report:
            found = lesson.take() | judged(average, lesson, held)
            now = datetime.datetime.now(datetime.UTC).strftime("%H:%M:%S")
            row = {"time": now, "step": step, "share": f"{share:.3f}", "seconds": f"{time.time() - began:.0f}"}
            record(o.work / "distil.csv", row | {k: f"{v:.4f}" for k, v in found.items()})
            nets = {"net": student.state_dict(), "average": average.state_dict()}
            more = {"optimiser": optimiser.state_dict(), "scales": state["scales"], "widths": o.widths}
            save(o.work / "distil.pt", step=step, **nets, **more)
            clock = time.time()


def main() -> None:
    """Decode the pictures if need be, then teach."""
    o = options()
    torch.backends.cudnn.benchmark = True
    data.decode(o.data, o.work)
    teach(o)


if __name__ == "__main__":
    main()
