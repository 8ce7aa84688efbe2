"""How to attribute: every setting with its default and bounds, stated once. Loads no NumPy.

AttributionSettings(**given) -> a frozen, validated record
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from deepdream.errors import SettingError, nearest
from deepdream.settings import checks

MAX_SIDE = 448
"""Larger pictures are shrunk to this first, in pixels: twice the side that VGG and most others were trained on."""

METHODS = ("gradient-input", "integrated-gradients", "grad-cam", "occlusion")
"""The keys of `methods.METHODS`."""

BASELINES = ("blur", "black", "grey", "white", "mean")
"""The keys of `baselines.BASELINES`."""


def _about(help: str, low: int | None = None, high: int | None = None) -> dict[str, Any]:
    """A field's metadata: its help and its inclusive bounds."""
    return {"help": help, "low": low, "high": high}


@dataclass(frozen=True, kw_only=True)
class AttributionSettings:
    """How to attribute.

    Raises:
        SettingError: a number out of its bounds, or a name that is not known.
    """

    methods: tuple[str, ...] = field(default=METHODS, metadata=_about(f"Any of {', '.join(METHODS)}; all by default."))
    baseline: str = field(
        default="blur",
        metadata=_about("What the picture is compared with: itself blurred; black, grey, white; or its mean colour."),
    )
    steps: int = field(
        default=64, metadata=_about("Steps on the path from the baseline, for integrated gradients.", 1, 10_000)
    )
    patch: int | None = field(
        default=None,
        metadata=_about("Side of the patch that occludes, in pixels; an eighth of the shorter side.", 1, 10_000),
    )
    cam_layer: str | None = field(
        default=None, metadata=_about("Layer of Grad-CAM; the last convolution before the target when not given.")
    )
    curve_steps: int = field(
        default=20, metadata=_about("Steps of the insertion and deletion curves; 0 for none.", 0, 1000)
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


def describe(name: str) -> str:
    """The help of a setting with its default."""
    setting = next(known for known in dataclasses.fields(AttributionSettings) if known.name == name)
    shown = setting.default if isinstance(setting.default, (int, str)) else None
    return setting.metadata["help"] + (f"  [default: {shown}]" if shown is not None else "")
