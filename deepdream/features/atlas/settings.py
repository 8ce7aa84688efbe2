"""How to make an atlas: every setting with its default and bounds, stated once. Loads no NumPy.

AtlasSettings(**given) -> a frozen, validated record
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from deepdream.settings import checks

MAX_SIDE = 1024
"""Larger pictures are shrunk to this first, in pixels."""


def _about(help: str, low: int, high: int) -> dict[str, Any]:
    """A field's metadata: its help and its inclusive bounds."""
    return {"help": help, "low": low, "high": high}


@dataclass(frozen=True, kw_only=True)
class AtlasSettings:
    """How to make an atlas.

    Raises:
        SettingError: a number is out of its bounds.
    """

    samples: int = field(
        default=2000, metadata=_about("Positions to take from the pictures, as many from each.", 10, 100_000)
    )
    grid: int = field(default=10, metadata=_about("Cells along each side of the map.", 2, 100))
    steps: int = field(default=96, metadata=_about("Gradient steps of an icon.", 1, 100_000))
    seed: int = field(default=0, metadata=_about("Seed of positions, layout and icons.", 0, 2**32 - 1))

    def __post_init__(self) -> None:
        checks.check_bounds(self)


def describe(name: str) -> str:
    """The help of a setting with its default."""
    setting = next(known for known in dataclasses.fields(AtlasSettings) if known.name == name)
    return f"{setting.metadata['help']}  [default: {setting.default}]"
