"""How much faster and smaller a step is on the pocket network than on VGG19's widths.

    python -m tools.pocket.speed [--size 512] [--rounds 5] [--layers block4_conv4,block5_conv4]

Both have random weights: what they are does not change the time. They take turns in one process, so that whatever else
the machine does meets both alike. The least of the rounds counts; the median of their ratios stands beside it. Memory
is the peak of a process of its own that does a few steps, less that of one that has only loaded TensorFlow.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

MEBIBYTE = 2**20
STEPS = 3
"""Gradients before the peak memory is read."""


def step(network: str, layer: str, size: int) -> Callable[[], None]:
    """One value and gradient of a layer on a picture of size x size pixels, compiled and warm."""
    from deepdream.gradient import engine
    from deepdream.network.vgg import architecture
    from deepdream.network.vgg.model import VGG
    from deepdream.network.weights import manifest
    from deepdream.objectives.layers import layer_objective
    from deepdream.settings.selection import Choice

    rng = np.random.default_rng(0)
    widths = manifest.read()[network].widths
    arrays = {
        name: (rng.normal(0, np.sqrt(2 / (9 * shape[2])), shape).astype(np.float32), np.zeros(shape[3], np.float32))
        for name, shape in architecture.kernel_shapes(widths).items()
    }
    drawn = VGG(network, Path(), "", arrays)
    gradient = engine.make(drawn, layer_objective((Choice(layer, None, 1.0),), "squares"))
    picture = rng.random((1, size, size, 3), dtype=np.float32)
    gradient(picture)

    def again() -> None:
        gradient(picture)

    return again


def seconds(function: Callable[[], None]) -> tuple[float, float]:
    """How long it takes, by the clock on the wall and in time of this process's processors."""
    clock, spent = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - clock, time.process_time() - spent


def peak(network: str, layer: str, size: int) -> float:
    """MiB that a process at its peak has held for a few steps; with no network, for starting."""
    command = [sys.executable, "-m", "tools.pocket.speed", "--child", network, "--layers", layer, "--size", str(size)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def child(network: str, layer: str, size: int) -> None:
    """A few steps, then this process's peak in MiB."""
    from deepdream import runtime

    runtime.configure(None)
    if network != "none":
        again = step(network, layer, size)
        for _ in range(STEPS):
            again()
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEBIBYTE)


def main() -> None:
    """Time both, then weigh both."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--size", type=int, default=512)
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--layers", default="block4_conv4,block5_conv4")
    a.add_argument("--child", help=argparse.SUPPRESS)
    o = a.parse_args()
    if o.child:
        return child(o.child, o.layers, o.size)

    layers, pair = o.layers.split(","), ("pocket", "vgg19")
    # First of all, while this process is small: Linux lets a child's peak begin at its parent's.
    empty = peak("none", "", o.size)
    peaks = {layer: [peak(network, layer, o.size) - empty for network in pair] for layer in layers}

    from deepdream import runtime

    runtime.configure(None)
    print(f"{o.size}x{o.size} pixels, {runtime.allowed_cores()} cores, the best of {o.rounds} rounds")
    for layer in layers:
        steps = [step(network, layer, o.size) for network in pair]
        rounds = [[seconds(each) for each in steps] for _ in range(o.rounds)]
        ratio = statistics.median(large[0] / small[0] for small, large in rounds)
        (fast, spent), (slow, more) = (
            [min(column) for column in zip(*mine, strict=True)] for mine in zip(*rounds, strict=True)
        )
        light, heavy = peaks[layer]
        print(f"{layer}, pocket against vgg19, a step:")
        print(
            f"  clock      {fast:.3f} s, {slow:.3f} s: {slow / fast:.1f} times; median of the rounds {ratio:.1f} times"
        )
        print(f"  processor  {spent:.3f} s, {more:.3f} s: {more / spent:.1f} times")
        print(f"  memory     {light:.0f} MiB, {heavy:.0f} MiB: {heavy / light:.1f} times", flush=True)
    return None


if __name__ == "__main__":
    main()
