"""How to make an atlas: every setting with its default and bounds, stated once. Loads no NumPy.

AtlasSettings(**given) -> a frozen, validated record
"""

from dataclasses import dataclass, field

from deepdream.settings import checks
from deepdream.settings.checks import about

MAX_SIDE = 1024
"""Larger pictures are shrunk to this first, in pixels."""


@dataclass(frozen=True, kw_only=True)
class AtlasSettings:
    """How to make an atlas.

    Raises:
        SettingError: a number is out of its bounds.
    """

    samples: int = field(
        default=2000, metadata=about("Positions to take from the pictures, as many from each.", 10, 100_000)
    )
    grid: int = field(default=10, metadata=about("Cells along each side of the map.", 2, 100))
    steps: int = field(default=96, metadata=about("Gradient steps of an icon.", 1, 100_000))
    seed: int = field(default=0, metadata=about("Seed of positions, layout and icons.", 0, 2**32 - 1))

    def __post_init__(self) -> None:
        checks.check_bounds(self)
