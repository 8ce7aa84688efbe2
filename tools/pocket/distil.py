"""Teach the student VGG16's activations and image gradients on a CPU: two processes that add up their gradients.

    OMP_WAIT_POLICY=PASSIVE nice -n 19 python distil.py --data images96.zip --teacher vgg16.safetensors --work work/

The same command resumes where a killed run stopped (work/distil.pt). The rate falls to zero at the time of day given by
`--until`: a run that shares its machine ends when it has to.
"""

import argparse
import copy
import csv
import datetime
import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
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
    a.add_argument("--until", required=True, help="time of day, UTC, at which the rate is zero, such as 23:15")
    a.add_argument("--anneal", type=float, default=60, help="minutes before it from which the rate falls")
    a.add_argument("--batch", type=int, default=12, help="fresh pictures a step and process")
    a.add_argument("--dreams", type=int, default=4, help="dreams a step and process, whose gradients are matched")
    a.add_argument("--processes", type=int, default=2)
    a.add_argument("--rate", type=float, default=0.004, help="share of its own size that a kernel moves a step")
    a.add_argument("--head-rate", type=float, default=0.001, help="Adam's rate for heads and biases")
    a.add_argument("--inner", type=float, default=0.25, help="weight of a layer that ends no block")
    a.add_argument("--steering", type=float, default=1.0, help="weight of the image gradients' loss")
    a.add_argument("--average", type=float, default=0.995, help="decay of the averaged weights, which are what ships")
    a.add_argument("--report", type=int, default=60, help="steps between log lines and checkpoints")
    a.add_argument("--freeze-from", type=int, default=400, help="step from which block1 learns no more")
    a.add_argument("--seed", type=int, default=0)
    return a.parse_args()


def moment(clock: str) -> float:
    """The coming time of day, UTC, in seconds since 1970."""
    now = datetime.datetime.now(datetime.UTC)
    hour, minute = (int(part) for part in clock.split(":"))
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (then if then > now - datetime.timedelta(hours=6) else then + datetime.timedelta(days=1)).timestamp()


def start(o: argparse.Namespace, student: Student, teacher: Teacher, train: Tensor, weight: Tensor) -> dict[str, Any]:
    """The state to resume from: the latest checkpoint's, else a weight file's or the pruned teacher's, made one."""
    latest = o.work / "distil.pt"
    if not latest.exists():
        pictures = views.draw(train, weight, 384, torch.Generator().manual_seed(0))
        scales = prune.scales_of(teacher, pictures[::6].split(32))
        if o.start:
            student.load_state_dict(read(o.start).state_dict())
            prune.solve_heads(student, teacher, pictures, scales)
        else:
            prune.fill(student, teacher, pictures, scales)
        net = student.state_dict()
        save(latest, net=net, average=net, optimiser=None, step=0, scales=scales, widths=o.widths)
    return torch.load(latest)


def buffer(net: torch.nn.Module) -> Tensor:
    """One flat buffer that all gradients are views of; its last two numbers are the share of the rate and a stop."""
    parameters = list(net.parameters())
    flat = torch.zeros(sum(p.numel() for p in parameters) + 2)
    for p, part in zip(parameters, flat[:-2].split([p.numel() for p in parameters]), strict=True):
        if p.ndim == 4:  # channels last, as the kernels lie in memory
            p.grad = part.view(p.permute(0, 2, 3, 1).shape).permute(0, 3, 1, 2)
        else:
            p.grad = part.view(p.shape)
    return flat


@torch.no_grad()
def follow(average: Student, student: Student, decay: float) -> None:
    """Move the averaged weights a little towards the student's."""
    for a, b in zip(average.state_dict().values(), student.state_dict().values(), strict=True):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)
        else:
            a.copy_(b)


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
    log(path, {key: row.get(key, "") for key in ("time", "step", "share", "seconds", "cpu_seconds", *known)})


def judged(average: Student, lesson: Lesson, held: Tensor, rank: int) -> dict[str, float]:
    """Variance explained and gradients' cosine on held-out pictures [N, 3, H, W], over all processes."""
    mine = held[rank :: lesson.o.processes]
    share = explained(average, lesson.teacher, mine.split(12), lesson.scales)
    alike = cosines(average, lesson.teacher, mine[:4])
    found = {}
    for layer, block in ENDS.items():
        dist.all_reduce(share.sums[layer])
        dist.all_reduce(alike[layer])
        found[f"held{block}"] = share.explained()[layer]
        found[f"cosine{block}"] = float(alike[layer].mean() / lesson.o.processes)
    return found


def work(rank: int, o: argparse.Namespace, port: int) -> None:
    """One process of the teaching."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=f"tcp://127.0.0.1:{port}",
        rank=rank,
        world_size=o.processes,
        timeout=datetime.timedelta(hours=6),
    )
    teacher = Teacher(o.teacher)
    student = Student([int(w) for w in o.widths.split(",")]).to(memory_format=torch.channels_last)
    if rank == 0:
        train, labels = data.load(o.work, "train")
        start(o, student, teacher, train, data.sampling_weight(labels))
    dist.barrier()
    state = torch.load(o.work / "distil.pt")
    student.load_state_dict(state["net"])
    average = copy.deepcopy(student)
    average.load_state_dict(state["average"])
    optimiser, step = Muon(student), state["step"]
    if state["optimiser"]:
        optimiser.load_state_dict(state["optimiser"])
    flat, signals = buffer(student), list[int]()
    signal.signal(signal.SIGTERM, lambda *_: signals.append(1))
    lesson = Lesson(o, student, teacher, state["scales"], torch.Generator().manual_seed(o.seed + 1000 * step + rank))
    shown, labels = data.load(o.work, "val")
    held = views.draw(shown, data.sampling_weight(labels), 48, torch.Generator().manual_seed(5))
    ends, clock, cpu = moment(o.until), time.time(), time.process_time()
    while not flat[-1]:
        if step >= o.freeze_from:
            student.freeze("block1")
        flat.zero_()
        lesson.photographs().backward()
        if o.dreams:
            lesson.steer().backward()
        flat[-2] = min(1.0, max(0.0, (ends - time.time()) / (60 * o.anneal)))
        flat[-1] = len(signals) + (time.time() > ends)
        dist.all_reduce(flat)
        flat.div_(o.processes)
        share = float(flat[-2]) * min(1.0, (optimiser.count + 1) / 50)
        optimiser.step(o.rate * share, o.head_rate * share)
        follow(average, student, min(o.average, (step + 1) / (step + 10)))
        step += 1
        lesson.step = step
        if step % o.report == 0 or flat[-1]:
            found = judged(average, lesson, held, rank)
            if rank == 0:
                now = datetime.datetime.now(datetime.UTC).strftime("%H:%M:%S")
                row = {"time": now, "step": step, "share": f"{share:.3f}"}
                row |= {"seconds": f"{time.time() - clock:.0f}", "cpu_seconds": f"{time.process_time() - cpu:.0f}"}
                record(o.work / "distil.csv", row | {k: f"{v:.4f}" for k, v in (lesson.take() | found).items()})
                nets = {"net": student.state_dict(), "average": average.state_dict()}
                more = {"optimiser": optimiser.state_dict(), "scales": state["scales"], "widths": o.widths}
                save(o.work / "distil.pt", step=step, **nets, **more)
            lesson.take()
            dist.barrier()
            clock, cpu = time.time(), time.process_time()
    dist.destroy_process_group()


def main() -> None:
    """Decode the pictures if need be, then run the processes; this one is the first of them."""
    o = options()
    data.decode(o.data, o.work)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = mp.get_context("spawn")
    others = [context.Process(target=work, args=(rank, o, port), daemon=True) for rank in range(1, o.processes)]
    for other in others:
        other.start()
    (o.work / "distil.pid").write_text(str(os.getpid()))
    work(0, o, port)
    for other in others:
        other.join()


if __name__ == "__main__":
    main()
