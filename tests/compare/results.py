"""Made-up results of comparisons, with the measures that a test needs."""

from pathlib import Path

import numpy as np

from deepdream.compare.groups import Group
from deepdream.compare.measures import MEASURES
from deepdream.compare.tables import Moment, Result

POOLS = tuple(f"block{block}_pool" for block in range(1, 6))
CONVOLUTIONS = tuple(f"block{block}_conv1" for block in range(1, 6))


def result(name: str, layers: tuple[str, ...], *, paired=False, kept=None, path=Path("a.png"), **given) -> Result:
    """A result whose measures are `others` except those given."""
    others = given.pop("others", 1.0)
    kept = [1 - 0.02 * step for step in range(1, 11)] if kept is None else kept
    return Result(
        group=Group(name, ",".join(layers), paired),
        layers=layers,
        path=path,
        moments=tuple(Moment(1, n, 1.0 + n, 0.01 * n, value, value, 0.5 * n) for n, value in enumerate(kept, 1)),
        measures={measure: given.get(measure, others) for measure in MEASURES},
        added=(np.array([0.01, 0.1, 0.4]), np.array([4.0, 2.0, 1.0])),
    )


def blocks(name: str, values) -> list[Result]:
    """Groups block1, block2, ... with these values of one measure."""
    return [result(f"block{n}", (f"block{n}_conv1", f"block{n}_pool"), **{name: v}) for n, v in enumerate(values, 1)]


def pairs(name: str, values) -> list[Result]:
    """Pairs of block 1, 2, ... with these (convolution, pool) values of one measure."""
    return [
        result(layer, (layer,), paired=True, **{name: value})
        for n, both in enumerate(values, 1)
        for layer, value in zip((f"block{n}_conv2", f"block{n}_pool"), both, strict=True)
    ]
