"""Ctrl-C takes effect between steps, so that the picture kept is exactly that of a run with that many steps.

with patient(tell) as ctrl_c: ... ctrl_c.between_steps() after every step
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WAITING = "Stopping after this step; press Ctrl-C again to stop at once."


@dataclass
class CtrlC:
    """Whether a first step has been taken, and whether Ctrl-C has been pressed since."""

    begun: bool = False
    asked: bool = False

    def between_steps(self) -> None:
        """Stop here if requested: between steps the picture is consistent.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed during the step.
        """
        self.begun = True
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def patient(tell: Callable[[str], None]) -> Iterator[CtrlC]:
    """Defer Ctrl-C to the end of the running step; before the first step, or the second time, it stops at once.

    Args:
        tell: prints that the step is being finished.
    """
    state = CtrlC()
    previous = signal.getsignal(signal.SIGINT)

    def pressed(*_: object) -> None:
        if state.asked or not state.begun:
            raise KeyboardInterrupt
        state.asked = True
        tell(WAITING)

    if previous is not signal.default_int_handler:  # ignored, as in background jobs, or handled by another program
        yield state
        return
    signal.signal(signal.SIGINT, pressed)
    try:
        yield state
    finally:
        signal.signal(signal.SIGINT, previous)
