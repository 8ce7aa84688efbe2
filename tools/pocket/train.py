"""Train the pocket network on a CPU: two single-threaded processes that add up their gradients.

    OMP_WAIT_POLICY=PASSIVE nice -n 19 python train.py --data images96.zip --start start.safetensors --work work/

The same command goes on where a killed run stopped (work/latest.pt). Two processes of one thread each were half as fast
again as one of two threads on a machine that others use too: they meet once a step instead of at every operation.
Lengths are counted in steps, so a paused run loses nothing.
"""

import argparse
import copy
import csv
import os
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Generator, Tensor

import pictures as data
from muon import Muon
from net import Net, measure, unfold


def options() -> argparse.Namespace:
    """The command line."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--data", required=True, help="the archive of training pictures")
    a.add_argument("--start", help="weight file for a warm start")
    a.add_argument("--work", required=True, help="folder for decoded pictures, checkpoints and the log")
    a.add_argument("--widths", default="16,32,64,128,128")
    a.add_argument("--steps", type=int, default=4200, help="length of the whole run")
    a.add_argument("--anneal-from", type=int, default=1800, help="step from which the rate falls to zero")
    a.add_argument(
        "--crops", default="0:64:0.4,3000:80:0.6", help="from each step on, crops of what side and least share"
    )
    a.add_argument(
        "--freeze-from", type=int, default=0, help="step from which block1 is the start's, and learns no more"
    )
    a.add_argument("--batch", type=int, default=128, help="pictures a step, over all processes")
    a.add_argument("--processes", type=int, default=2)
    a.add_argument("--rate", type=float, default=0.015, help="angle in radians that filters turn a step")
    a.add_argument("--head-rate", type=float, default=0.002, help="Adam's rate for heads and norms")
    a.add_argument("--smoothing", type=float, default=0.08, help="label smoothing")
    a.add_argument("--aux", type=float, default=0.3, help="weight of each auxiliary head")
    a.add_argument("--average", type=float, default=0.998, help="decay of the averaged weights, which are what ships")
    a.add_argument("--report", type=int, default=150, help="steps between log lines and checkpoints")
    a.add_argument("--seed", type=int, default=0)
    return a.parse_args()


def crop_at(plan: str, step: int) -> tuple[int, float]:
    """Side of a step's crops in pixels, and the smallest share of the picture's side that they show.

    plan: `0:64:0.4,3000:80:0.6`.
    """
    parts = [part.split(":") for part in plan.split(",")]
    return [(int(size), float(smallest)) for first, size, smallest in parts if int(first) <= step][-1]


def rate_at(o: argparse.Namespace, step: int) -> float:
    """The share of the full rate at a step: a short rise, a plateau, a straight fall to zero."""
    rise = min(1, (step + 1) / 200)
    return rise * min(1, (o.steps - step) / (o.steps - o.anneal_from))


@torch.no_grad()
def follow(average: Net, net: Net, decay: float) -> None:
    """Move the averaged weights and statistics a little towards the net's."""
    for a, b in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if a.is_floating_point():
            a.lerp_(b, 1 - decay)
        else:
            a.copy_(b)


class Pictures(NamedTuple):
    """What a process learns from and is tried on: pictures [N, 96, 96, 3] uint8, labels and drawing weights [N]."""

    train: Tensor
    labels: Tensor
    weight: Tensor
    sample: Tensor  # of train, for the norms' statistics
    held: Tensor
    held_labels: Tensor


def open_pictures(folder: Path) -> Pictures:
    """The decoded pictures, mapped from disk."""
    train, labels = data.load(folder, "train")
    weight = data.sampling_weight(labels)
    sample = train[torch.multinomial(weight, 448, generator=torch.Generator().manual_seed(3))]
    return Pictures(train, labels, weight, sample, *data.load(folder, "val"))


@torch.no_grad()
def accuracy(net: Net, pictures: Pictures, rank: int, processes: int) -> float:
    """Top-1 on the held-out pictures (96 px, centre, no mirror), each process counting its share.

    The norms' statistics are measured first, on whole training pictures: those of small crops cost five points.
    """
    measure(net, (batch.permute(0, 3, 1, 2).float() for batch in pictures.sample.split(64)))
    right = torch.zeros(1)
    held, labels = pictures.held[rank::processes], pictures.held_labels[rank::processes]
    for batch, y in zip(held.split(64), labels.split(64), strict=True):
        right += (net(batch.permute(0, 3, 1, 2).float())[0].argmax(1) == y).sum()
    dist.all_reduce(right)
    return right.item() / len(pictures.held)


def begin(o: argparse.Namespace, net: Net) -> None:
    """Fill a fresh net from the warm start, on 512 training pictures' statistics; the same in every process."""
    train, labels = data.load(o.work, "train")
    generator = torch.Generator().manual_seed(1)
    pick = torch.multinomial(data.sampling_weight(labels), 512, generator=generator)
    unfold(net, load_file(o.start), data.augment(train[pick], 64, 0.4, generator))


def put_back(o: argparse.Namespace, net: Net, average: Net) -> None:
    """Give both nets the warm start's block1 and let it learn no more.

    Its filters are smooth; on few pictures they only got rougher.
    """
    first = copy.deepcopy(net)
    begin(o, first)
    kept = {key: value for key, value in first.state_dict().items() if ".block1_" in key}
    for each in (net, average):
        each.load_state_dict(each.state_dict() | kept)
        each.freeze(1)


def shared_gradient(net: Net) -> Tensor:
    """One flat buffer that all gradients are views of, so that processes add them up in one message.

    Its last number is no gradient: a process that was told to stop puts a one there, so that all stop at the same step.
    """
    parameters = list(net.parameters())
    flat = torch.zeros(sum(p.numel() for p in parameters) + 1)
    for p, part in zip(parameters, flat[:-1].split([p.numel() for p in parameters]), strict=True):
        if p.ndim == 4:  # channels last, as the kernels lie in memory
            p.grad = part.view(p.permute(0, 2, 3, 1).shape).permute(0, 3, 1, 2)
        else:
            p.grad = part.view(p.shape)
    return flat


def loss_of(net: Net, o: argparse.Namespace, batch: Tensor, y: Tensor) -> tuple[Tensor, float, float]:
    """The loss to descend; the head's own part of it and its hits for the log. With bfloat16 it takes half as long."""
    with torch.autocast("cpu", torch.bfloat16):
        scores, extra = net(batch)
    main = F.cross_entropy(scores.float(), y, label_smoothing=o.smoothing)
    side = torch.stack([F.cross_entropy(z.float(), y, label_smoothing=o.smoothing) for z in extra]).sum()
    return main + o.aux * side, main.item(), (scores.argmax(1) == y).float().mean().item()


def save(path: Path, **state: Any) -> None:
    """Write a checkpoint whole or not at all."""
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


class Meter:
    """Time, loss and hits since the last line of the log."""

    def __init__(self) -> None:
        self.clock, self.cpu = time.time(), time.process_time()
        self.losses: list[float] = []
        self.rights: list[float] = []

    def row(self, batch: int) -> dict[str, str]:
        """The log's columns that come from here."""
        seconds, count = time.time() - self.clock, len(self.losses)
        return {
            "loss": f"{sum(self.losses) / count:.4f}",
            "train_top1": f"{sum(self.rights) / count:.4f}",
            "seconds": f"{seconds:.0f}",
            "cpu_seconds": f"{time.process_time() - self.cpu:.0f}",
            "crops_per_second": f"{count * batch / seconds:.0f}",
        }


def resume(o: argparse.Namespace, net: Net, optimiser: Muon) -> tuple[Net, int, int]:
    """The averaged net, the step and the crops so far, after filling net and optimiser from the latest checkpoint."""
    latest = Path(o.work) / "latest.pt"
    if not latest.exists():
        if o.start:
            begin(o, net)
        return copy.deepcopy(net), 0, 0
    state = torch.load(latest)
    net.load_state_dict(state["net"])
    optimiser.load_state_dict(state["optimiser"])
    average = copy.deepcopy(net)
    average.load_state_dict(state["average"])
    return average, state["step"], state["crops"]


def learn(
    net: Net, o: argparse.Namespace, pictures: Pictures, crop: tuple[int, float], generator: Generator
) -> tuple[float, float]:
    """Add one batch's gradient to the parameters'; the head's loss and hits."""
    pick = torch.multinomial(pictures.weight, o.batch // o.processes, replacement=True, generator=generator)
    net.train()
    batch = data.augment(pictures.train[pick], *crop, generator)
    loss, main, right = loss_of(net, o, batch, pictures.labels[pick])
    loss.backward()
    return main, right


def work(rank: int, o: argparse.Namespace, port: int) -> None:
    """One process of the training."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=o.processes)
    folder = Path(o.work)
    pictures = open_pictures(folder)
    torch.manual_seed(o.seed)
    widths = [int(w) for w in o.widths.split(",")]
    net = Net(widths, len(data.classes(folder))).to(memory_format=torch.channels_last)
    optimiser = Muon(net)
    average, step, crops = resume(o, net, optimiser)
    flat, told = shared_gradient(net), list[int]()
    signal.signal(signal.SIGTERM, lambda *_: told.append(1))
    generator = torch.Generator().manual_seed(o.seed + 1000 * step + rank)
    meter = Meter()
    while step < o.steps and not flat[-1]:
        if o.start and step >= o.freeze_from and not net.folded:
            put_back(o, net, average)
        (size, smallest), share = crop_at(o.crops, step), rate_at(o, step)
        flat.zero_()
        flat[-1] = len(told)
        main, right = learn(net, o, pictures, (size, smallest), generator)
        dist.all_reduce(flat)
        flat.div_(o.processes)
        optimiser.step(o.rate * share, o.head_rate * share)
        follow(average, net, min(o.average, (step + 1) / (step + 10)))
        step, crops = step + 1, crops + o.batch
        meter.losses.append(main)
        meter.rights.append(right)
        if step % o.report == 0 or step == o.steps or flat[-1]:
            top1 = accuracy(average, pictures, rank, o.processes)
            if rank == 0:
                where = {"step": step, "crops": crops, "size": size, "rate": f"{o.rate * share:.5f}"}
                log(folder / "log.csv", where | {"val_top1": f"{top1:.4f}"} | meter.row(o.batch))
                state = {"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
                save(folder / "latest.pt", step=step, crops=crops, widths=o.widths, val=top1, **state)
            dist.barrier()
            meter = Meter()
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
    (Path(o.work) / "train.pid").write_text(str(os.getpid()))
    work(0, o, port)
    for other in others:
        other.join()


if __name__ == "__main__":
    main()
