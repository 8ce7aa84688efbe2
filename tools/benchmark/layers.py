"""Where the time goes: the time that each layer adds to a step, forward and backward together.

measure(...) -> a record per layer: seconds, and the lower bounds from the machine's peak rates

A layer's time is that of a step down to it less that of a step down to the layer before: all are compiled, then run in
turn in one process. So it covers all that the layer costs: convolution, bias, ReLU or pool, and their gradients.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
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
from tools.benchmark.kept import kept
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
    turns = [
        kept("layers", [number, deepest, convolution, here.threads], partial(_turn, steps, here.threads))
        for number in range(rounds)
    ]
    clock_times, processor_times = (
        [min(turn[which][layer] for turn in turns) for layer in range(len(table))] for which in (0, 1)
    )
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


def _turn(steps: Sequence[Callable[[], Any]], threads: int) -> tuple[list[float], list[float]]:
    """Wall-clock seconds of each step, and its CPU seconds over threads."""
    clocks, spents = [], []
    for step in steps:
        clock, spent = time.perf_counter(), time.process_time()
        step()
        clocks.append(time.perf_counter() - clock)
        spents.append((time.process_time() - spent) / threads)
    return clocks, spents


def _steps(network: str, table: tuple[Layer, ...], size: Size, convolution: Any, threads: int) -> list[Any]:
    """A step down to each layer, compiled and warm."""
    from deepdream import runtime
    from deepdream.gradient import engine
    from deepdream.objectives.layers import layer_objective
    from deepdream.settings.selection import Choice

    runtime.configure(threads, bands=convolution in ("winograd", "strips"))
    drawn = VGG(network, Path(), "", random_weights(manifest.read()[network].widths))
    picture, found = noise(size)[None], []
    for layer in table:
        objective = layer_objective((Choice(layer.name, None, 1.0),))
        gradient = engine.make(drawn, objective, algorithm=convolution)
        for _ in range(2):
            gradient(picture)
        found.append(lambda gradient=gradient: gradient(picture))
    return found
