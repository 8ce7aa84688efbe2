"""The result of a film or a zoom."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.film.flashes import Report
from deepdream.film.measure import Tally


@dataclass
class Result:
    """The result of a film or a zoom.

    Attributes:
        output: where it is.
        tally: what was measured.
        flashes: what the check for flashes found.
        record: what it carries.
        notes: the sentences that the user should know.
        stopped: whether it was stopped before its end.
        folder: where its frames are, if they are kept.
    """

    output: Path
    tally: Tally
    flashes: Report
    record: dict[str, Any]
    notes: list[str]
    stopped: bool
    folder: Path | None
