"""The files of a comparison beside its pictures: measures.csv, sheet.png and index.html.

write(plan, results) -> the files, and the judged claims
"""

import math
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream._version import __version__
from deepdream.compare import claims, page, tables
from deepdream.compare.run import Plan, sheet_record
from deepdream.compare.tables import Result
from deepdream.errors import plural
from deepdream.images import icc
from deepdream.images.contact_sheet import sheet
from deepdream.images.scale import scaled
from deepdream.pages.page import write_text
from deepdream.pipeline import provenance
from deepdream.pipeline.request import Request
from deepdream.settings import Settings, format_size

COLUMNS, CELL = 4, 240
"""Contact sheet: pictures per row, and the longer side of a cell in pixels."""

NATURAL = (
    "These dreams were made with natural shaping (--shape natural), which favours coarse waves and changes of light "
    "whatever the layer; --shape plain shows the layers' own spectrum."
)


def write(plan: Plan, results: Sequence[Result], name: str) -> tuple[tuple[Path, ...], tuple[claims.Claim, ...]]:
    """Write all three files from the results so far.

    Args:
        plan: the comparison.
        results: at least one, in the plan's order.
        name: the picture's name, for people.

    Raises:
        StorageError: a file can't be written.
    """
    judged = claims.judged(claims.judge(results))
    contact = plan.folder / "sheet.png"
    targets = _targets(results)
    record = sheet_record(plan.turns) | ({"targets": targets} if targets else {})
    record |= {} if plan.reached is None else {"reached": plan.reached}  # so that it need not be sought again
    images.write(contact, _sheet(plan, results), recipe=record)
    done = {result.group.name for result in results}
    picture = plan.turns[0][1].picture
    subject = page.Subject(
        name=name,
        original=plan.original,
        profile=None if picture.profile == icc.SRGB else picture.profile,
        network=plan.turns[0][1].network.name,
        made=(*made(plan), *(("target", f"{term}: {came}") for term, came in targets.items())),
        distance=plan.turns[0][1].settings.distance,
        remark=NATURAL if plan.turns[0][1].settings.shape == "natural" else "",
        missing=[group.name for group, _ in plan.turns if group.name not in done],
    )
    index = write_text(plan.folder / "index.html", page.html(subject, results, judged))
    return (tables.write_measures(plan.folder, results), contact, index), judged


def made(plan: Plan) -> tuple[tuple[str, str], ...]:
    """How the dreams were made, as rows for the page: changed settings, and everything else that affects the bits."""
    request = plan.turns[0][1]
    height, width = request.sizes[-1]
    octaves = ", ".join(format_size(size) for size in request.sizes)
    changed = [
        _typed(field.name, getattr(request.settings, field.name))
        for field in fields(Settings)
        if field.name not in ("layers", "size", "network", "octaves")
        and getattr(request.settings, field.name) != field.default
    ]
    return (
        ("recipe", request.settings.recipe),
        ("settings other than the defaults", ", ".join(changed) or "none"),
        ("size", f"{width} x {height} pixels; octaves {octaves}"),
        ("steps", _steps(request)),
        ("seed", str(request.settings.seed)),
        ("network", f"{request.network.name}, weights {request.network.digest}"),
        ("picture", f"digest {request.picture.digest}"),
        ("deepdream", f"{__version__}; each picture carries its whole recipe: deepdream show FILE"),
    )


def _targets(results: Sequence[Result]) -> dict[str, str]:
    """What the targets of all groups came to, as their pictures record it."""
    records = [provenance.read(result.path) for result in results]
    return {term: came for record in records for term, came in record.get("targets", {}).items()}


def _steps(request: Request) -> str:
    """How many steps every group takes."""
    steps = f"{request.steps} in {plural(len(request.sizes), 'octave')}"
    if request.settings.distance is None:
        return f"{steps}, for every group"
    return f"at most {steps}: each group stops at the distance of {request.settings.distance:g}"


def _typed(name: str, value: Any) -> str:
    """A setting as typed."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag} {value:.4g}" if isinstance(value, float) else f"--{flag} {value}"


def _sheet(plan: Plan, results: Sequence[Result]) -> np.ndarray:
    """Original and groups, then the pairs, in rows."""
    cells = [("original", plan.original), *((result.group.name, _pixels(result)) for result in results)]
    groups = 1 + sum(not result.group.paired for result in results)
    rows = []
    for part in (cells[:groups], cells[groups:]):
        rows += [part[COLUMNS * n : COLUMNS * (n + 1)] for n in range(math.ceil(len(part) / COLUMNS))]
    size = plan.original.shape[:2]
    return sheet(rows, cell=scaled(size, CELL / max(size)))


def _pixels(result: Result) -> np.ndarray:
    return images.read(result.path, profile="keep", max_side=2 * CELL).pixels
