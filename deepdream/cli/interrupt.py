"""Ctrl-C between steps: the picture that is kept is then one that a run of so many steps makes, to the bit.

with patient(tell) as ctrl_c: ... ctrl_c.between_steps() after every step
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WAITING = "Stopping after this step; Ctrl-C once more stops at once."


@dataclass
class CtrlC:
    """Whether a first step has been taken, and whether Ctrl-C has been pressed since."""

    begun: bool = False
    asked: bool = False

    def between_steps(self) -> None:
        """Here the picture is whole: the place to stop.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed during the step.
        """
        self.begun = True
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def patient(tell: Callable[[str], None]) -> Iterator[CtrlC]:
    """Let Ctrl-C wait for the end of the running step; before the first step and the second time it stops at once.

    Args:
        tell: says to the user that the step is being finished.
    """
    state = CtrlC()
    before = signal.getsignal(signal.SIGINT)

    def pressed(*_: object) -> None:
        if state.asked or not state.begun:
            raise KeyboardInterrupt
        state.asked = True
        tell(WAITING)

    if before is not signal.default_int_handler:  # ignored, as in the background of a script, or somebody else's
        yield state
        return
    signal.signal(signal.SIGINT, pressed)
    try:
        yield state
    finally:
        signal.signal(signal.SIGINT, before)
