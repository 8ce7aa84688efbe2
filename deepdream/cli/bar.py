"""A running dream in the terminal: one live bar, or a line per octave if stderr is not a terminal.

with Bar(quiet) as bar: bar.wait(text) · bar.say(text) · bar.estimate(name, estimate) · bar.step(step) · bar.download
"""

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from deepdream.cli import messages
from deepdream.errors import amount, plural
from deepdream.settings import format_size

if TYPE_CHECKING:  # imports NumPy, which `--help` does not need
    from deepdream.pipeline.events import Estimate, Step


class Bar:
    """Renders the stream of events in the terminal; owns the live display, and closes it however the run ends."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._noted: set[str] = set()
        console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self.live = console.is_terminal and not console.is_dumb_terminal and not quiet
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[status]}"),
            console=console,
            transient=True,
            disable=not self.live,
        )
        self._task: TaskID = self._progress.add_task("", total=None, status="")
        self.download = Download(self)

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print a permanent line above the bar."""
        if self.live:
            self._progress.console.print(text)
        elif not self._quiet:
            messages.tell(text)

    def note(self, text: str) -> None:
        """Print a note; once, even if it holds for several pictures."""
        if text not in self._noted:
            self._noted.add(text)
            self.say(text)

    def complain(self, text: str) -> None:
        """Print an error that ends one picture but not the run, even when quiet."""
        if self.live:
            self.say(text)
        else:
            messages.tell(text)

    def wait(self, text: str) -> None:
        """Show work of unknown duration, such as loading TensorFlow."""
        self._progress.reset(self._task, total=None, description=text, status="")

    def estimate(self, name: str, estimate: "Estimate") -> None:
        """Print what will be done, in one line."""
        self.say(f"{name}: {summary(estimate)}")

    def step(self, step: "Step") -> None:
        """Show a step; without a live display, print only the last step of each octave."""
        where = f"octave {step.octave}/{step.octaves}, step {step.step}/{step.steps}"
        status = f"loss {step.loss:.4g}, {messages.duration(step.seconds_left)} left"
        if self.live:
            self.fill(where, step.fraction, status)
        elif step.step == step.steps:
            self.say(f"{where}, {status}")

    def fill(self, text: str, fraction: float, status: str) -> None:
        """Set the live bar to a fraction of its length."""
        self._progress.update(self._task, description=text, total=1.0, completed=fraction, status=status)


class Download:
    """Shows the download of a weight file on the bar; implements pooch's progress protocol."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._received = 0
        self._printed = -1
        self.total = 0

    def update(self, count: int, /) -> None:
        """`count` more bytes have arrived."""
        self._received += count
        total = f" of {amount(self.total)}" if self.total else ""
        fraction = self._received / self.total if self.total else 0.0
        self._bar.fill("downloading weights", fraction, f"{amount(self._received)}{total}")
        if self._bar.live or int(fraction * 4) == self._printed:
            return
        self._printed = int(fraction * 4)  # without a live display, a line per quarter
        self._bar.say(f"downloading weights: {amount(self._received)}{total}")

    def reset(self) -> None:
        """Start again from zero."""
        self._received, self._printed = 0, -1

    def close(self) -> None:
        """Nothing to clean up."""


def summary(estimate: "Estimate") -> str:
    """Device, network, size, estimated time and memory."""
    octaves = plural(len(estimate.sizes), "octave")
    return (
        f"{estimate.device}, {estimate.network}, {format_size(estimate.sizes[-1])}, "
        f"{octaves}, {plural(estimate.steps, 'step')}, "
        f"about {messages.duration(max(estimate.seconds, 1))}, about {amount(estimate.memory)} of memory"
    )
