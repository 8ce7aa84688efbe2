"""The page of a comparison: one HTML file that embeds its pictures, plots and findings.

html(subject, results, claims) -> text

page.html beside this file is its template; see `pages`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepdream import images
from deepdream.compare import curves, verdicts
from deepdream.compare.claims import Claim
from deepdream.compare.measures import MEASURES
from deepdream.compare.tables import Result
from deepdream.pages import page

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
        distance: from the original at which every group stopped; None if all took equal steps.
        missing: groups that were not dreamt, because the run was stopped or failed.
        remark: a sentence shown before the claims.
    """

    name: str
    original: np.ndarray
    profile: bytes | None
    network: str
    made: Sequence[tuple[str, str]]
    distance: float | None = None
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
        return page.data_uri(images.read(result.path, profile="keep").pixels, side, subject.profile)

    return page.html(
        "compare/page.html",
        title=f"What the layers of {subject.network} add to {subject.name}",
        made=subject.made,
        subject=subject,
        aspect=width / height,
        original=page.data_uri(subject.original, page.LARGE, subject.profile),
        shown=shown,
        sides={"large": page.LARGE, "small": page.SMALL},
        choices=[(result.group.stem, result.group.name) for result in groups],
        groups=groups,
        pairs=[result for result in results if result.group.paired],
        results=results,
        claims=claims,
        marks=MARKS,
        measures=MEASURES,
        plots=curves.plots(groups),
    )
