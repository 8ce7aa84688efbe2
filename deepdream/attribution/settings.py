"""How to attribute: every setting with its default and bounds, stated once. Loads no NumPy.

AttributionSettings(**given) -> a frozen, validated record
"""

from dataclasses import dataclass, field
from typing import Any

from deepdream.errors import SettingError, nearest
from deepdream.settings import checks
from deepdream.settings.checks import about

MAX_SIDE = 448
"""Larger pictures are shrunk to this first, in pixels: twice the side that VGG and most others were trained on."""

METHODS = ("gradient-input", "integrated-gradients", "grad-cam", "occlusion")
"""The keys of `methods.METHODS`."""

BASELINES = ("blur", "black", "grey", "white", "mean")
"""The keys of `baselines.BASELINES`."""


@dataclass(frozen=True, kw_only=True)
class AttributionSettings:
    """How to attribute.

    Raises:
        SettingError: a number out of its bounds, or a name that is not known.
    """

    methods: tuple[str, ...] = field(default=METHODS, metadata=about(f"Any of {', '.join(METHODS)}; all by default."))
    baseline: str = field(
        default="blur",
        metadata=about("What the picture is compared with: itself blurred; black, grey, white; or its mean colour."),
    )
    steps: int = field(
        default=64, metadata=about("Steps on the path from the baseline, for integrated gradients.", 1, 10_000)
    )
    patch: int | None = field(
        default=None,
        metadata=about("Side of the patch that occludes, in pixels; an eighth of the shorter side.", 1, 10_000),
    )
    cam_layer: str | None = field(
        default=None, metadata=about("Layer of Grad-CAM; the last convolution before the target when not given.")
    )
    curve_steps: int = field(
        default=20, metadata=about("Steps of the insertion and deletion curves; 0 for none.", 0, 1000)
    )

    def __post_init__(self) -> None:
        checks.check_bounds(self)
        methods: Any = self.methods
        if isinstance(methods, str):
            raise SettingError(f"methods {methods!r} is a text, not names.", f"Give ({methods!r},).")
        for name in self.methods:
            _check("method", name, METHODS)
        _check("baseline", self.baseline, BASELINES)


def parse_methods(text: str) -> tuple[str, ...]:
    """Methods as typed, separated by commas, each once.

    Raises:
        SettingError: there is none.
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise SettingError(f"method {text!r} names none.", f"Choose from {', '.join(METHODS)}.")
    return found


def _check(what: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        alike = nearest(name, known, 1)
        advice = f"Did you mean {alike[0]}?" if alike else ""
        raise SettingError(f"{what} {name!r} is none of {', '.join(known)}.", advice)
