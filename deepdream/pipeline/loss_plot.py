"""The loss of every step over all octaves, as a plot.

check(path) refuses what can't be written; draw(losses, path) writes it, whole or not at all.
"""

from collections.abc import Sequence
from pathlib import Path

from deepdream.images import figures


def check(path: Path) -> None:
    """Refuse a plot that can't be written there.

    Raises:
        ImageError: no such folder, a folder that can't be written, or another suffix.
    """
    figures.check(path, "loss plot")


def draw(losses: Sequence[Sequence[float]], path: Path) -> None:
    """Write the plot: one curve over all steps, octave bounds marked.

    Args:
        losses: one sequence per octave, of the objective before each of its steps.
        path: where; the format follows the suffix.

    Raises:
        StorageError: the disk refused.
    """
    from matplotlib.figure import Figure  # a Figure of its own needs neither a screen nor pyplot's global state
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
    axes.set_ylabel("loss (made large)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figures.save(figure, path, "loss plot")
