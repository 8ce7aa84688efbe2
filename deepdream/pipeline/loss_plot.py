"""A plot of the loss at every step over all octaves.

check(path) raises if it can't be written; draw(losses, path) writes it atomically.
"""

from collections.abc import Sequence
from pathlib import Path

from deepdream.images import figures


def check(path: Path) -> None:
    """Check that a plot can be written there.

    Raises:
        ImageError: no such folder, no permission to write, or an unknown suffix.
    """
    figures.check(path, "loss plot")


def draw(losses: Sequence[Sequence[float]], path: Path) -> None:
    """Write the plot: one curve over all steps, with octave boundaries.

    Args:
        losses: one sequence per octave, of the objective before each of its steps.
        path: of the file; the format follows the suffix.

    Raises:
        StorageError: writing failed.
    """
    from matplotlib.figure import Figure  # needs neither a screen nor pyplot's global state
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    values = [value for octave in losses for value in octave]
    axes.plot(range(1, len(values) + 1), values, marker=".", color="tab:blue")
    first = 1
    for number, octave in enumerate(losses, start=1):
        if number > 1:
            axes.axvline(first - 0.5, color="0.6", linestyle="--", linewidth=1)
        middle = first + (len(octave) - 1) / 2
        axes.annotate(f"octave {number}", (middle, 1.01), xycoords=("data", "axes fraction"), ha="center", color="0.4")
        first += len(octave)
    axes.set_xlabel("step")
    axes.set_ylabel("loss (maximised)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figures.save(figure, path, "loss plot")
