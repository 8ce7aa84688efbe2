"""The page of a comparison: one HTML file that embeds its pictures, plots and findings.

html(subject, results, claims) -> text

page.html beside this file is the page's Jinja template, with all its text and loops; values are escaped. The page loads
nothing from outside, and its content security policy forbids it.
"""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from jinja2 import Environment, StrictUndefined, Template
from PIL import Image

from deepdream import images
from deepdream._version import __version__
from deepdream.compare import curves, verdicts
from deepdream.compare.claims import Claim
from deepdream.compare.measures import MEASURES
from deepdream.compare.tables import Result
from deepdream.images import scale

LARGE, SMALL, QUALITY = 900, 480, 78
"""Longest side in pixels of the groups' pictures and of the pairs', and the WebP quality of both."""

MARKS = {verdicts.HOLDS: ("holds", "✓"), verdicts.FAILS: ("fails", "✗"), verdicts.OPEN: ("open", "?")}
"""The CSS class and the sign of each verdict, so that colour is not the only distinction."""


@dataclass(frozen=True)
class Subject:
    """What the page is about.

    Attributes:
        name: of the picture.
        original: [H, W, 3] float RGB in 0..1.
        profile: its ICC profile, embedded in the pictures.
        network: that dreamt.
        made: rows of (what, value) on how it was made.
        missing: groups that were not dreamt, because the run was stopped or failed.
        remark: a sentence shown before the claims.
    """

    name: str
    original: np.ndarray
    profile: bytes | None
    network: str
    made: Sequence[tuple[str, str]]
    missing: Sequence[str] = ()
    remark: str = ""


def html(subject: Subject, results: Sequence[Result], claims: Sequence[Claim]) -> str:
    """The page.

    Args:
        subject: what was dreamt.
        results: at least one.
        claims: judged on these results.
    """
    groups = [result for result in results if not result.group.paired]
    height, width = subject.original.shape[:2]

    def shown(result: Result, side: int) -> str:
        return data_uri(images.read(result.path, profile="keep").pixels, side, subject.profile)

    return _template().render(
        subject=subject,
        aspect=f"{width / height:.4f}",
        original=data_uri(subject.original, LARGE, subject.profile),
        shown=shown,
        sides={"large": LARGE, "small": SMALL},
        groups=groups,
        pairs=[result for result in results if result.group.paired],
        results=results,
        claims=claims,
        marks=MARKS,
        measures=MEASURES,
        plots=curves.plots(groups),
        version=__version__,
    )


def data_uri(pixels: np.ndarray, side: int, profile: bytes | None = None) -> str:
    """A picture as a data URI, no side longer than `side`."""
    if max(pixels.shape[:2]) > side:
        pixels = images.resize(pixels, scale.target(pixels.shape[:2], None, side))
    file = io.BytesIO()
    image = Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    image.save(file, "WEBP", quality=QUALITY, method=4, icc_profile=profile or b"")
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    environment.filters["number"] = _number
    return environment.from_string(resources.files(__package__).joinpath("page.html").read_text("utf-8"))
