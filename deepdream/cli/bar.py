"""A running dream in the terminal: one live bar, or a line per octave where stderr is no terminal.

with Bar(quiet) as bar: bar.wait(text) · bar.say(text) · bar.estimate(name, estimate) · bar.step(step) · bar.download
"""

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from deepdream.cli import messages
from deepdream.settings import format_size

if TYPE_CHECKING:  # its records hold pictures, and so it loads NumPy, which `--help` does without
    from deepdream.pipeline.events import Estimate, Step


class Bar:
    """The terminal's view of the stream of records. It holds the live display, and ends it however the run ends."""

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
        """A line that stays, above the bar."""
        if self.live:
            self._progress.console.print(text)
        elif not self._quiet:
            messages.tell(text)

    def note(self, text: str) -> None:
        """Something that the user should know; told once, however many pictures it holds for."""
        if text not in self._noted:
            self._noted.add(text)
            self.say(text)

    def complain(self, text: str) -> None:
        """An error that ends one picture but not the run; told even when quiet."""
        if self.live:
            self.say(text)
        else:
            messages.tell(text)

    def wait(self, text: str) -> None:
        """Something that takes an unknown time, such as TensorFlow's start."""
        self._progress.reset(self._task, total=None, description=text, status="")

    def estimate(self, name: str, estimate: "Estimate") -> None:
        """What is about to happen, in one line."""
        self.say(f"{name}: {summary(estimate)}")

    def step(self, step: "Step") -> None:
        """One step further; without a live display, only the last step of each octave is told."""
        where = f"octave {step.octave}/{step.octaves}, step {step.step}/{step.steps}"
        status = f"loss {step.loss:.4g}, {messages.duration(step.seconds_left)} left"
        if self.live:
            self.fill(where, step.fraction, status)
        elif step.step == step.steps:
            self.say(f"{where}, {status}")

    def fill(self, text: str, fraction: float, status: str) -> None:
        """The live bar at a fraction of its length."""
        self._progress.update(self._task, description=text, total=1.0, completed=fraction, status=status)


class Download:
    """The download of a weight file on the bar; what network.download asks of a bar (pooch's protocol)."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._here = 0
        self._told = -1
        self.total = 0

    def update(self, count: int, /) -> None:
        """So many more bytes are here."""
        self._here += count
        whole = f" of {messages.amount(self.total)}" if self.total else ""
        fraction = self._here / self.total if self.total else 0.0
        self._bar.fill("downloading weights", fraction, f"{messages.amount(self._here)}{whole}")
        if self._bar.live or int(fraction * 4) == self._told:
            return
        self._told = int(fraction * 4)  # without a live display, a line per quarter
        self._bar.say(f"downloading weights: {messages.amount(self._here)}{whole}")

    def reset(self) -> None:
        """Back to none."""
        self._here, self._told = 0, -1

    def close(self) -> None:
        """The bar is no longer needed."""


def summary(estimate: "Estimate") -> str:
    """Device, network, size, estimated time and memory."""
    octaves = messages.plural(len(estimate.sizes), "octave")
    return (
        f"{estimate.device}, {estimate.network}, {format_size(estimate.sizes[-1])}, "
        f"{octaves}, {messages.plural(estimate.steps, 'step')}, "
        f"about {messages.duration(max(estimate.seconds, 1))}, about {messages.amount(estimate.memory)} of memory"
    )
