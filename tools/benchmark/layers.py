"""Where the time goes: the time that each layer adds to a step, forward and backward together.

measure(...) -> a record per layer: seconds, and the lower bounds from the machine's peak rates

A layer's time is that of a step down to it less that of a step down to the layer before: all are compiled, then run in
turn in one process. So it covers all that the layer costs: convolution, bias, ReLU or pool, and their gradients.
"""

import time
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from deepdream.benchmark import machine
from deepdream.benchmark.workload import random_weights
from deepdream.network.layers import Layer, truncate
from deepdream.network.vgg import architecture
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import manifest
from deepdream.settings import Size
from tools.benchmark import floor
from tools.benchmark.peers import noise


def measure(
    *, network: str, size: Size, deepest: str, convolution: str, rounds: int, threads: int | None
) -> dict[str, Any]:
    """A record for each layer down to the deepest.

    Args:
        network: that the widths are of; the weights are random.
        size: (height, width).
        deepest: a layer's name.
        convolution: the engine's algorithm.
        rounds: the fastest counts, since differences of small times are sensitive to noise.
        threads: None for all allowed cores.
    """
    here = machine.measured(threads)
    table = truncate(architecture.layers(manifest.read()[network].widths), {deepest})
    steps = _steps(network, table, size, convolution, here.threads)
    times: list[list[tuple[float, float]]] = [[] for _ in steps]
    for _ in range(rounds):
        for taken, step in zip(times, steps, strict=True):
            clock, spent = time.perf_counter(), time.process_time()
            step()
            taken.append((time.perf_counter() - clock, (time.process_time() - spent) / here.threads))
    clock_times = [min(one for one, _ in taken) for taken in times]
    processor_times = [min(one for _, one in taken) for taken in times]
    lines: list[dict[str, Any]] = []
    for layer, clocks, spents in zip(
        table, pairwise([0.0, *clock_times]), pairwise([0.0, *processor_times]), strict=True
    ):
        lines.append(
            {
                "layer": layer.name,
                "seconds": clocks[1] - clocks[0],
                "processor": spents[1] - spents[0],
                "operations": floor.operations(layer, size),
                "floor": asdict(floor.floor(layer, size, here)),
            }
        )
        print(
            f"{layer.name:14} {lines[-1]['seconds'] * 1e3:8.1f} ms, processor {lines[-1]['processor'] * 1e3:8.1f} ms",
            flush=True,
        )
    return {"machine": asdict(here), "network": network, "size": size, "path": convolution, "layers": lines}


def _steps(network: str, table: tuple[Layer, ...], size: Size, convolution: Any, threads: int) -> list[Any]:
    """A step down to each layer, compiled and warm."""
    from deepdream import runtime
    from deepdream.gradient import engine
    from deepdream.objectives.layers import layer_objective
    from deepdream.settings.selection import Choice

    runtime.configure(threads, bands=convolution == "winograd")
    drawn = VGG(network, Path(), "", random_weights(manifest.read()[network].widths))
    picture, found = noise(size)[None], []
    for layer in table:
        objective = layer_objective((Choice(layer.name, None, 1.0),))
        gradient = engine.make(drawn, objective, algorithm=convolution)
        for _ in range(2):
            gradient(picture)
        found.append(lambda gradient=gradient: gradient(picture))
    return found
