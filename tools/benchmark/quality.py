"""The effect of bfloat16 on dreams: float32 versus bfloat16, and versus float32 from a start perturbed by 1e-4.

measure(pictures, ...) -> result    distances, losses and cosines of gradients; contact sheets to look at

Dreams are chaotic: each step builds on what the last one drew, so two dreams diverge even if their starts differ by
less than a hundredth of a level. That distance is reported beside the one to bfloat16: any other rounding has the same
effect.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.images import contact_sheet
from deepdream.network.network import Network
from deepdream.network.weights import lookup
from deepdream.settings.recipes import RECIPES
from tools.benchmark.kept import kept

NUDGE = 1e-4
"""Largest perturbation of the third dream's start, uniform, in the range 0..1."""

BLOCKS = range(1, 6)


def measure(pictures: Sequence[Path], vgg16: Path | None, output: Path, side: int) -> dict[str, Any]:
    """Dream every picture with every recipe on every network; it resumes where it was stopped.

    Args:
        pictures: files.
        vgg16: VGG16's weights; without them only the pocket network is measured.
        output: folder for the sheets, which exists.
        side: longest side of the pictures, in pixels.
    """
    result: dict[str, Any] = {}
    for name, file in (("pocket", None), *((("vgg16", vgg16),) if vgg16 else ())):
        network = lookup.load(name, file)
        shown = {path.stem: images.read(path, max_side=side).pixels for path in pictures}
        cosines = [{"picture": stem, "cosines": list(_cosines(network, shown[stem]))} for stem in shown]
        for line in cosines:
            print(name, line["picture"], *(f"{cosine:.4f}" for cosine in line["cosines"]), flush=True)
        result[name] = {"gradients": cosines, "dreams": []}
        for recipe in RECIPES:
            for stem, picture in shown.items():
                dreamt = partial(_dreams, picture, name, file, recipe, output / f"{name}-{recipe}-{stem}.png")
                found = kept("quality", (name, recipe, stem, side), dreamt)
                result[name]["dreams"].append({"recipe": recipe, "picture": stem} | found)
                print(name, recipe, stem, *(f"{key} {value:.4f}" for key, value in found.items()), flush=True)
    return result


def _cosines(network: Network, picture: np.ndarray) -> Iterator[float]:
    """Cosine between the gradients in both precisions, block by block."""
    from deepdream.gradient import engine
    from deepdream.objectives.layers import layer_objective
    from deepdream.settings.selection import choose

    channels = {layer.name: layer.channels for layer in network.table}
    for block in BLOCKS:
        objective = layer_objective(choose(f"block{block}_conv", channels))
        one, other = (
            engine.make(network, objective, algorithm=algorithm)(picture[None])[1].astype(np.float64)
            for algorithm in ("direct", "bfloat16")
        )
        yield float(np.vdot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other)))


def _dreams(picture: np.ndarray, network: str, file: Path | None, recipe: str, sheet: Path) -> dict[str, float]:
    """Write the three dreams of a picture side by side; returns their distances."""
    from deepdream.pipeline.dream import dream

    given = {"network": network, "weights": str(file) if file else None, "recipe": recipe}
    nudged = picture + np.random.default_rng(0).uniform(-NUDGE, NUDGE, picture.shape).astype(np.float32)
    plain, half, other = (
        dream(start, precision=precision, **given)
        for start, precision in ((picture, "float32"), (picture, "bfloat16"), (np.clip(nudged, 0, 1), "float32"))
    )
    names = ("float32", "bfloat16", "float32, start off by 1e-4")
    row = list(zip(names, (plain.picture, half.picture, other.picture), strict=True))
    images.write(sheet, contact_sheet.sheet([row], cell=max(plain.picture.shape)))
    last, halved = plain.losses[-1][-1], half.losses[-1][-1]
    return {
        "distance": _distance(plain.picture, half.picture),
        "chaos": _distance(plain.picture, other.picture),
        "loss": halved / last - 1,
        "chaos_loss": other.losses[-1][-1] / last - 1,
    }


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference in levels, 0 to 255."""
    return float(np.abs(one - other).mean() * 255)
