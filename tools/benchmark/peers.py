"""The comparison with peers, and a check that all compute the same gradient.

compare(cases, ...) -> rows      for each case in turn: Keras and PyTorch in their best configurations, and ours
check(...) -> rows               every worker's gradient against one in double precision
"""

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.benchmark import interleave, machine, results, table
from deepdream.benchmark.interleave import Failed, Timing, Worker
from deepdream.benchmark.workload import Workload, random_weights, write_weights
from deepdream.cli import messages
from deepdream.network.vgg.architecture import Arrays
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import lookup, manifest
from deepdream.settings import SAMPLE, Size, format_size
from tools.benchmark import environment, with_keras, with_torch
from tools.benchmark.kept import kept

OURS = {f"deepdream {algorithm}": algorithm for algorithm in ("direct", "transpose", "winograd", "strips", "bfloat16")}
"""Names of our algorithms in the table."""

PEERS = ("Keras", "Keras mixed_bfloat16", *with_torch.PATHS[:-1])
"""Each as its users would run it for speed; Keras with XLA was always slower than without."""

RACE = (*PEERS, "deepdream direct", "deepdream winograd", "deepdream strips", "deepdream bfloat16")

CASES = tuple((size, layers) for size in ((512, 512), (768, 1024)) for layers in ("block4_conv", "block5_conv"))
"""(height, width) and selection."""


@dataclass(frozen=True)
class Setup:
    """What all workers of a case share: a network's arrays, a picture, layers, threads."""

    arrays: Arrays
    widths: tuple[int, ...]
    picture: np.ndarray
    layers: str
    threads: int | None


def noise(size: Size, seed: int = 1) -> np.ndarray:
    """[H, W, 3] float32, uniform in 0..1."""
    return np.random.default_rng(seed).random((*size, 3), dtype=np.float32)


def compare(cases: Iterable[tuple[Size, str]], *, rounds: int, threads: int | None, torch: str) -> dict[str, Any]:
    """All cases on VGG19 with random weights.

    Args:
        cases: (height, width) and selection.
        rounds: timed steps of each worker.
        threads: None for all allowed cores.
        torch: the interpreter that has PyTorch.
    """
    here, widths = machine.measured(threads), manifest.read()["vgg19"].widths
    print(table.where(here), flush=True)
    arrays = random_weights(widths)
    rows: list[dict[str, Any]] = []
    for size, layers in cases:
        print(f"{format_size(size)}, {layers}", flush=True)
        setup = Setup(arrays, widths, noise(size), layers, here.threads)
        found = kept("peers", [size, layers, rounds], partial(_of_case, setup, here, rounds, torch))
        lines = table.lines([results.Row(**row) for row in found])
        print(messages.columns(lines, right=tuple(range(table.WORDS, len(table.SHOWN)))), flush=True)
        rows += found
    return {"machine": asdict(here), "versions": versions(torch), "rows": rows}


def _of_case(setup: Setup, here: machine.Machine, rounds: int, torch: str) -> list[dict[str, Any]]:
    """The rows of a case."""
    return [asdict(row) for row in race(setup, RACE, here, "vgg19, random weights", rounds=rounds, torch=torch)]


def beside(result: dict[str, Any], former: dict[str, Any] | None) -> dict[str, Any]:
    """The result, with the former one's rows of cases that were not measured again with the same versions."""
    if former is None or former["versions"] != result["versions"]:
        return result
    again = {(row["size"], row["layers"]) for row in result["rows"]}
    others = [row for row in former["rows"] if (row["size"], row["layers"]) not in again]
    return result | {"rows": others + result["rows"]}


def check(*, size: Size, threads: int | None, torch: str) -> dict[str, Any]:
    """Every worker's gradient against one in double precision."""
    from deepdream.network import preprocessing  # loads TensorFlow

    here = machine.measured(threads)
    vgg19, pocket = manifest.read()["vgg19"].widths, lookup.load("pocket")
    assert isinstance(pocket, VGG)
    generic = ("PyTorch float64", "PyTorch", *OURS)
    picture = images.read(SAMPLE, size=size).pixels
    found: list[results.Row] = []
    for name, arrays, widths, shown, who in (
        (
            "vgg19, random weights, noise",
            random_weights(vgg19),
            vgg19,
            noise(size),
            ("Keras float64", *generic, "Keras"),
        ),
        (
            "pocket, the sample picture",
            pocket.arrays,
            pocket.widths,
            preprocessing.to_network(picture, "network").numpy(),
            generic,
        ),
    ):
        for layers in ("block1_conv", "block4_conv"):
            setup = Setup(arrays, widths, shown, layers, here.threads)
            found += race(setup, who, here, name, rounds=1, torch=torch)
    for row in found:
        print(f"{row.network:30} {row.deepest:14} {row.path:24} {row.difference:.1e} {row.typical_difference:.1e}")
    return {"machine": asdict(here), "versions": versions(torch), "rows": [asdict(row) for row in found]}


def race(
    setup: Setup, names: Sequence[str], here: machine.Machine, network: str, *, rounds: int, torch: str
) -> tuple[results.Row, ...]:
    """One case; the first worker's gradient is the reference for the others."""
    with tempfile.TemporaryDirectory(prefix="deepdream-") as name:
        folder = Path(name)
        write_weights(folder / "weights.npz", setup.arrays)
        np.save(folder / "picture.npy", setup.picture)
        workloads = {name: _workload(name, setup, folder, number) for number, name in enumerate(names)}
        records = []
        for record in interleave.run([worker(name, workload, torch) for name, workload in workloads.items()], rounds):
            records.append(record)
            if isinstance(record, Failed):
                raise SystemExit(f"{record.name}: {record.message} {record.advice}")
            text = f"{record.seconds:.3f} s" if isinstance(record, Timing) else f"ready after {record.compile:.1f} s"
            print(f"  {record.name}: {text}", file=sys.stderr, flush=True)
        return results.rows(workloads, records, here, network)


def versions(torch: str) -> dict[str, str]:
    """Versions of the libraries."""
    from importlib.metadata import version

    return {"tensorflow": version("tensorflow"), "keras": version("keras"), "torch": environment.version(torch)}


def _workload(name: str, setup: Setup, folder: Path, number: int) -> Workload:
    return Workload(
        path=OURS.get(name, name),
        widths=setup.widths,
        layers=setup.layers,
        size=setup.picture.shape[:2],
        weights=folder / "weights.npz",
        picture=folder / "picture.npy",
        gradient=folder / f"{number}.npy",
        threads=setup.threads,
        space="raw",
    )


def worker(name: str, workload: Workload, torch: str) -> Worker:
    """The process of a workload, started in the repository's root: PyTorch's with its own interpreter."""
    if name in with_torch.PATHS:
        command = (torch, "-m", with_torch.__name__)
    else:
        command = (sys.executable, "-m", with_keras.__name__ if name in with_keras.PATHS else _OURS)
    return Worker(name, (*command, workload.as_json()), _AS_STARTED, environment.ROOT)


_OURS = "deepdream.benchmark.engine_worker"

_AS_STARTED = dict(os.environ)
"""The workers' environment: peers get none of the flags that this package's runtime sets on import."""
