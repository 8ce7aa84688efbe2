"""The result of a film or a zoom, and its ending.

ended(result, kept, write, ...) -> the result, whose frames are written as a film unless it was stopped
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.film.flashes import Report
from deepdream.film.journal import Journal, full_disk
from deepdream.film.measure import Tally
from deepdream.pipeline.events import Note, Written


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


def ended(
    result: Result, kept: Journal, write: Callable[[], list[str]], *, keep_frames: bool
) -> Generator[Note | Written, None, Result]:
    """Write the film and remove its frames; one that was stopped keeps them, to be resumed.

    Args:
        result: of a run that is over.
        kept: its frames.
        write: writes them as a film, and returns sentences that the user should know.
        keep_frames: whether the frames stay beside the film.

    Yields: a Note for each sentence, then Written.

    Returns: the result.
    """
    if result.stopped:
        return result
    with full_disk(result.output):
        late = write()
    yield from map(Note, late)
    result.notes += late
    yield Written(result.output)
    if not keep_frames:
        kept.clear()
        result.folder = None
    return result
