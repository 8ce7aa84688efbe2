"""The loss of every step over all octaves, as a plot.

check(path) refuses what can't be written; draw(losses, path) writes it, whole or not at all.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from deepdream.errors import ImageError, StorageError, nearest
from deepdream.whole import replacing

SUFFIXES = (".png", ".svg", ".pdf")


def check(path: Path) -> None:
    """Refuse a plot that can't be written there.

    Raises:
        ImageError: no such folder, a folder that can't be written, or another suffix.
    """
    if path.suffix.lower() not in SUFFIXES:
        alike = nearest(path.suffix.lower(), SUFFIXES, 1)
        hint = f"Did you mean {path.with_suffix(alike[0]).name}?" if alike else ""
        raise ImageError(f"A loss plot can't be written as {path.name}: its suffix is not {_listed()}.", hint)
    if not path.parent.is_dir():
        raise ImageError(f"The folder {path.parent} does not exist.", "Make it first; it is never created.")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise ImageError(f"{path} can't be written.")


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
    _save(figure, path)


def _save(figure: object, path: Path) -> None:
    """The plot to its file, which is the same each time: no clock time is written."""
    stamp = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    try:
        with replacing(path) as part:
            figure.savefig(part, format=path.suffix[1:].lower(), dpi=120, metadata=stamp)  # type: ignore[attr-defined]
    except OSError as error:
        raise StorageError(f"The loss plot can't be written to {path}: {error.strerror or error}.") from error


def _listed() -> str:
    return f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
