"""The octaves of one frame after another, for a film and a zoom.

Climbing(session, stop).dream(request, ...) -> iterator of Note and Step, ending in the frame's picture
"""

from collections.abc import Callable, Generator

import numpy as np

from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Note, Step
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session


class Climbing:
    """The climbs of a film's frames; each takes about as long as the one before.

    Args:
        session: shared by all frames.
        stop: called after each step; once true, the climb ends.
    """

    def __init__(self, session: Session, stop: Callable[[], bool]) -> None:
        self._session, self._stop = session, stop
        self._expected = 1.0

    def dream(
        self, request: Request, *, added: np.ndarray | None = None, gain: np.ndarray | None = None
    ) -> Generator[Note | Step, None, np.ndarray | None]:
        """Climb through all octaves of a frame.

        Args:
            request: of the frame.
            added: see `pipeline.run.ascend`.
            gain: see `pipeline.run.ascend`.

        Returns: [H, W, 3] float32, the caller's to change; None where it was stopped.

        Raises:
            GradientError: as `pipeline.run.ascend`.
        """
        events = pipeline.ascend(request, self._session, expected=self._expected, added=added, gain=gain)
        while True:
            try:
                event = next(events)
            except StopIteration as ended:
                self._expected = max(ended.value.seconds, 1e-3)
                return np.array(ended.value.picture)
            yield event
            if isinstance(event, Step) and self._stop():
                return None
