"""A checkpoint of train.py as the package's weight file: batch norm folded, channels normalised, half precision.

    python export.py --work work/ --out pocket.safetensors [--report table.md]

Prints what docs/pocket.md has to say of the file; the manifest's entry comes from `network.weights.lookup.facts`.
Channels are normalised as Gatys, Ecker, Bethge, Hertzmann and Shechtman 2016 (arXiv:1611.07865) did with VGG19: each
filter is divided by its mean activation over natural pictures, and the next layer (after the last, the head) multiplies
it back, so that the function stays and no loud channel wins every pixel of a dream.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import pictures as data
from net import NAMES, Net, fold, measure, plain

NATURAL = 1500  # pictures that a channel's mean activation is taken over
DEAD = 1e-6  # a channel whose largest activation over those pictures is no more than this never speaks

Arrays = Mapping[str, Tensor]
Activity = Mapping[str, tuple[Tensor, Tensor]]  # layer name -> mean and largest activation of each channel


def planes(pictures: Tensor) -> Iterator[Tensor]:
    """[N, H, W, 3] uint8 -> [N, 3, H, W] float32, in batches of 100."""
    return (batch.permute(0, 3, 1, 2).float() for batch in pictures.split(100))


@torch.no_grad()
def activity(arrays: Arrays, pictures: Tensor) -> Activity:
    """Mean and largest activation of each channel over these pictures."""
    total: dict[str, Tensor] = {}
    most: dict[str, Tensor] = {}

    def visit(name: str, x: Tensor) -> None:
        total[name] = total.get(name, torch.zeros(x.shape[1]).double()) + x.mean((2, 3)).sum(0)
        most[name] = torch.maximum(most.get(name, torch.zeros(x.shape[1])), x.amax((0, 2, 3)))

    for batch in planes(pictures):
        plain(arrays, batch, visit)
    return {name: ((total[name] / len(pictures)).float(), most[name]) for name in NAMES}


def normalise(arrays: Arrays, found: Activity) -> dict[str, Tensor]:
    """The same function with every living channel's mean activation at one. found: what `activity` gave."""
    done = {name: array.clone() for name, array in arrays.items()}
    for name, after in zip(NAMES, [*NAMES[1:], "head"], strict=True):
        mean, most = found[name]
        mean = torch.where(most > DEAD, mean, 1.0)
        done[f"{name}/kernel"] /= mean
        done[f"{name}/bias"] /= mean
        done[f"{after}/kernel"] *= mean[:, None]
    return done


@torch.no_grad()
def scores(function: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """[N, classes] of any function of [N, 3, H, W] pictures."""
    return torch.cat([function(batch) for batch in planes(pictures)])


def per_class(right: Tensor, labels: Tensor, names: list[str]) -> str:
    """A Markdown table, the best first: class, right of pictures held out. right: [N] bool."""
    rows = []
    for i, name in enumerate(names):
        mine = right[labels == i]
        if len(mine):
            rows.append((-mine.float().mean().item(), name, f"| {name} | {int(mine.sum())} of {len(mine)} |"))
    return "\n".join(["| class | right |", "| --- | --- |", *(row for *_, row in sorted(rows))])


def checkpoint(folder: Path, pictures: Tensor) -> tuple[Net, dict[str, Any]]:
    """The averaged weights of the latest checkpoint as a net, its norms measured on these pictures; and the state."""
    state = torch.load(folder / "latest.pt")
    net = Net([int(w) for w in state["widths"].split(",")], len(data.classes(folder)))
    net.load_state_dict(state["average"])
    measure(net, planes(pictures))
    return net.eval(), state


def write(path: Path, arrays: Arrays, widths: str, names: list[str]) -> dict[str, Tensor]:
    """Write the file in half precision; its arrays read back, float32."""
    metadata = {"widths": json.dumps([int(w) for w in widths.split(",")]), "classes": json.dumps(names)}
    save_file({name: array.half().contiguous() for name, array in sorted(arrays.items())}, path, metadata=metadata)
    return {name: array.float() for name, array in load_file(path).items()}


def report(net: Net, shipped: Arrays, held: Tensor, labels: Tensor) -> Tensor:
    """Print the accuracies and how far file and net are apart; which held-out pictures [N] the file names right."""

    def top1(found: Tensor) -> float:
        return (found.argmax(1) == labels).float().mean().item()

    before, after = scores(lambda x: net(x)[0], held), scores(lambda x: plain(shipped, x), held)
    mirrored = after.softmax(1) + scores(lambda x: plain(shipped, x.flip(3)), held).softmax(1)
    top5 = (after.topk(5).indices == labels[:, None]).any(1).float().mean()
    print(f"top-1 of the file {top1(after):.4f}, of {len(held)} held-out pictures, 96 px, centre, no mirror")
    print(f"top-5 of the file {top5:.4f}; top-1 of the net before folding {top1(before):.4f}")
    print(f"top-1 with the mirrored picture's scores added {top1(mirrored):.4f}")
    print(f"scores of net and file differ by {(before - after).abs().max():.4f} at most, of {before.std():.1f} spread")
    return after.argmax(1) == labels


def main() -> None:
    """Fold, normalise, write, compare, report."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--work", required=True, type=Path, help="folder of train.py")
    a.add_argument("--out", required=True, type=Path)
    a.add_argument("--report", type=Path, help="where the table of accuracies by class goes; printed when left out")
    o = a.parse_args()
    train, labels = data.load(o.work, "train")
    pick = torch.multinomial(data.sampling_weight(labels), 2 * NATURAL, generator=torch.Generator().manual_seed(2))
    net, state = checkpoint(o.work, train[pick])
    names, natural, arrays = data.classes(o.work), train[pick[:NATURAL]], fold(net)
    shipped = write(o.out, normalise(arrays, activity(arrays, natural)), state["widths"], names)

    content = o.out.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    print(f"{state['step']} steps, {state['crops']} crops\nsha256 {digest}, {len(content)} bytes")
    held, held_labels = data.load(o.work, "val")
    right = report(net, shipped, held, held_labels)
    means, most = (torch.cat(part) for part in zip(*activity(shipped, natural).values(), strict=True))
    living, dead = means[most > DEAD], int((most <= DEAD).sum())
    print(f"dead channels {dead} of {len(most)}; the living's means {living.min():.4f}..{living.max():.4f}")
    table = per_class(right, held_labels, names)
    if o.report:
        o.report.write_text(table + "\n")
    else:
        print(table)


if __name__ == "__main__":
    main()
