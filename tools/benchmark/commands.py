"""Whole command lines, timed from outside: default dreams against alternatives, and the start-up.

dreams(...) -> result · start(...) -> result
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from deepdream.benchmark.workload import random_weights, write_weights
from deepdream.network.weights import manifest
from deepdream.settings import SAMPLE
from tools.benchmark.kept import kept

DREAM = (sys.executable, "-m", "deepdream", "dream")

PLAIN = ("--convolution", "direct", "--precision", "float32")

BY_TORCH = Path(__file__).with_name("torch_dream.py")
"""The same dream as a user of PyTorch would write it, for VGG19."""

LOADING = """
import sys
from pathlib import Path
from deepdream.network.weights import lookup
lookup.load(sys.argv[1], Path(sys.argv[2]) if sys.argv[2:] else None)
import tensorflow
print("loaded", file=sys.stderr)
"""
"""The part of the start-up that can't be avoided."""


def dreams(rounds: int, torch: str) -> dict[str, Any]:
    """The default dream of the sample picture, 900x600, from the command to the file.

    Args:
        rounds: dreams per variant.
        torch: the interpreter that has PyTorch.

    Returns:
        seconds by network and variant: default, direct convolution in float32, without bfloat16; and VGG19 in PyTorch.
    """
    result = {}
    with _weights() as folder:
        for network, words in _networks(folder).items():
            dream = (*DREAM, *words, "-q", "-o", f"{folder}/dream.png")
            timed = {
                "default": partial(_seconds, dream),
                "default in float32": partial(_seconds, (*dream, "--precision", "float32")),
                "plain": partial(_seconds, (*dream, *PLAIN)),
            }
            if network == "vgg19":
                program = (torch, str(BY_TORCH), str(SAMPLE), words[-1], f"{folder}/dream.png")
                timed["PyTorch channels-last"] = partial(_seconds, program)
                timed["PyTorch bfloat16 channels-last"] = partial(_seconds, (*program, "bfloat16"))
            result[network] = alternated(timed, rounds, partial(kept, f"cli-{network}"))
            print(network, _summary(result[network]), flush=True)
    return result


def start(rounds: int) -> dict[str, Any]:
    """From the command to the first step of a 512x512 picture, against importing TensorFlow and loading the weights."""
    result = {}
    with _weights() as folder:
        for network, words in _networks(folder).items():
            dream = (*DREAM, *words, "--size", "512x512", "-o", f"{folder}/dream.png")
            file = words[words.index("--weights") + 1 :] if "--weights" in words else ()
            loading = (sys.executable, "-c", LOADING, network, *file)
            timed = {
                "to the first step": partial(_until, " of memory", dream),
                "loading": partial(_until, "loaded", loading),
            }
            result[network] = alternated(timed, rounds, partial(kept, f"startup-{network}"))
            print(network, _summary(result[network]), flush=True)
    return result


def alternated(
    commands: Mapping[str, Callable[[], float]],
    rounds: int,
    kept: Callable[[Any, Callable[[], float]], float] = lambda key, measure: measure(),
) -> dict[str, list[float]]:
    """Seconds of each, round by round in turn.

    Args:
        commands: by name.
        rounds: how often.
        kept: (round and name, command) -> its seconds; see `kept.kept`.
    """
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            taken[name].append(kept((number, name), command))
    return taken


def _summary(taken: dict[str, list[float]]) -> str:
    return ", ".join(
        f"{name} {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})"
        for name, times in taken.items()
    )


def _weights() -> Any:
    """A temporary folder for the block."""
    return tempfile.TemporaryDirectory(prefix="deepdream-")


def _networks(folder: str) -> dict[str, tuple[str, ...]]:
    """The options that choose each network; VGG19 has random weights, which take the same time."""
    file = write_weights(Path(folder) / "vgg19.npz", random_weights(manifest.read()["vgg19"].widths))
    return {"pocket": ("--network", "pocket"), "vgg19": ("--network", "vgg19", "--weights", str(file))}


def _seconds(command: tuple[str, ...]) -> float:
    """Wall-clock time of a command."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _until(words: str, command: tuple[str, ...]) -> float:
    """Time until a command prints the words; a dream prints its plan right before its first step."""
    began = time.perf_counter()
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stderr is not None
        found = next((line for line in running.stderr if words in line), None)
        seconds = time.perf_counter() - began
        rest = "" if found else running.stderr.read()
        running.kill()
    if found is None:
        raise SystemExit(f"{command[2:4]} ended early. {rest}")
    return seconds
