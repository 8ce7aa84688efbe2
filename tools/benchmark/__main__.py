"""The comparison with peers and the numbers of docs/performance.md: python -m tools.benchmark [COMMAND]

    peers      for each case in turn: Keras and PyTorch in their best configurations, this package; the default
    check      every worker's gradient against one in double precision
    curve      time and peak memory of one octave step against pixels
    layers     what each layer adds to a step, and its lower bound
    quality    dreams in bfloat16 beside those in float32, as numbers and as sheets to look at
    startup    from the command to the first step, against importing TensorFlow and loading the weights
    cli        whole default dreams from the command line, against direct convolution in float32 and PyTorch
    many       batches on workers: real dreams, empty tasks, and a simulation of up to 1,000 machines
    studio     how quickly the studio responds to a stroke, and its pictures a second
    render     write the tables and plots of docs/performance.md, measurements.md, many.md and studio.md
               from docs/performance.json
    all        everything, in this order

Each writes its part of docs/performance.json; --try leaves the file alone. Those that take long resume where they were
stopped. PyTorch gets a separate environment under build/, or is used from the interpreter that --torch names.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepdream.benchmark import machine
from deepdream.benchmark.workload import random_weights, write_weights
from deepdream.network.weights import manifest
from deepdream.settings import SAMPLE, parse_size
from tools.benchmark import commands, curve, environment, layers, many, peers, quality, render, store, studio
from tools.benchmark.kept import forget


def _peers(o: argparse.Namespace) -> Any:
    cases = [(parse_size(size), selection) for size, selection in (case.split(":") for case in o.cases.split(","))]
    result = peers.compare(cases, rounds=o.rounds or 7, threads=o.threads, torch=environment.python(o.torch))
    return peers.beside(result, store.read().get(machine.kind(), {}).get("peers"))


def _check(o: argparse.Namespace) -> Any:
    return peers.check(size=(160, 192), threads=o.threads, torch=environment.python(o.torch))


def _curve(o: argparse.Namespace) -> Any:
    with tempfile.TemporaryDirectory(prefix="deepdream-") as folder:
        file = write_weights(Path(folder) / "vgg19.npz", random_weights(manifest.read()["vgg19"].widths))
        return curve.measure(
            [
                curve.Point(
                    network=network,
                    weights=str(file) if network == "vgg19" else None,
                    layers="block4_conv",
                    convolution=o.convolution,
                    tile=o.tile,
                    memory=o.memory,
                    side=side,
                )
                for network in o.networks.split(",")
                for side in curve.SIDES
                if side**2 <= o.megapixels * 1e6
            ]
        )


def _layers(o: argparse.Namespace) -> Any:
    return layers.measure(
        network="vgg19",
        size=(512, 512),
        deepest=o.deepest,
        convolution=o.convolution,
        rounds=o.rounds or 9,
        threads=o.threads,
    )


def _quality(o: argparse.Namespace) -> Any:
    o.output.mkdir(parents=True, exist_ok=True)
    pictures = sorted(path for path in o.pictures.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return quality.measure(pictures[: o.count], o.vgg16, o.output, o.side)


def _startup(o: argparse.Namespace) -> Any:
    return commands.start(o.rounds or 7)


def _cli(o: argparse.Namespace) -> Any:
    return commands.dreams(o.rounds or 3, environment.python(o.torch))


def _many(o: argparse.Namespace) -> Any:
    return many.measure(o.rounds or 3)


COMMANDS: dict[str, Callable[[argparse.Namespace], Any]] = {
    "peers": _peers,
    "check": _check,
    "curve": _curve,
    "layers": _layers,
    "quality": _quality,
    "startup": _startup,
    "cli": _cli,
    "many": _many,
    "studio": lambda _: studio.measure(),
}


def main() -> None:
    """Run the commands; each result is stored as soon as it is measured."""
    o = _arguments()
    for command in COMMANDS if o.command == "all" else (o.command,):
        if command == "render":
            continue
        if o.afresh:
            forget(command)
        result = COMMANDS[command](o)
        if not o.trial:
            store.put(machine.kind(), command, result)
        forget(command)
    if not o.trial:
        render.write()


def _arguments() -> argparse.Namespace:
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("command", nargs="?", default="peers", choices=(*COMMANDS, "render", "all"))
    a.add_argument("--try", dest="trial", action="store_true", help="print, and write no file of docs/")
    a.add_argument("--rounds", type=int, help="timed rounds, instead of the usual number")
    a.add_argument("--threads", type=int, help="all allowed cores when not given")
    a.add_argument("--torch", metavar="PYTHON", help="an interpreter that has PyTorch")
    cases = ",".join(f"{size[1]}x{size[0]}:{selection}" for size, selection in peers.CASES)
    a.add_argument("--cases", default=cases, help="peers: sizes and selections (default: %(default)s)")
    a.add_argument("--convolution", default="winograd", help="curve, layers: this package's algorithm")
    a.add_argument("--deepest", default="block5_conv4", help="layers: the last one")
    a.add_argument("--tile", type=int, default=512, help="curve: side of the cores")
    a.add_argument("--memory", default="6GiB", help="curve: memory limit of a dream")
    a.add_argument("--pictures", type=Path, default=SAMPLE.parent, help="quality: folder of pictures")
    a.add_argument("--count", type=int, default=8, help="quality: largest number of pictures (default: %(default)s)")
    a.add_argument("--side", type=int, default=320, help="quality: their longest side (default: %(default)s)")
    a.add_argument("--vgg16", type=Path, metavar="FILE", help="quality: VGG16's weights, to measure it too")
    a.add_argument("--output", type=Path, default=environment.ROOT / "build" / "quality", help="quality: for sheets")
    a.add_argument("--networks", default="pocket,vgg19", help="curve: networks (default: %(default)s)")
    a.add_argument("--megapixels", type=float, default=100, help="curve: leave out larger pictures")
    a.add_argument("--afresh", action="store_true", help="measure again what a stopped run has kept")
    return a.parse_args()


if __name__ == "__main__":
    main()
