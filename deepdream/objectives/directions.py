"""Directions that a file holds, and targets that are none: what is known before TensorFlow loads.

check(choices, network)            raises where a target is no direction
read(choice, network) -> [C]       the numbers in the file of a vector
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from deepdream.errors import SelectionError, command
from deepdream.network.choosing import rows
from deepdream.network.network import Network
from deepdream.settings.selection import Choice
from deepdream.settings.targets import KINDS


def check(choices: Iterable[Choice], network: Network) -> None:
    """Check targets that are to be excited at all positions alike; a missing file is reported elsewhere.

    Raises:
        SelectionError: one can only be drawn, or the file of a vector holds none.
    """
    for choice in choices:
        if choice.computed is None:
            continue
        if KINDS[choice.computed.kind].drawn:
            raise only_drawn(choice)
        if choice.computed.kind == "vector" and Path(choice.computed.arguments[0]).expanduser().exists():
            read(choice, network)


def only_drawn(choice: Choice) -> SelectionError:
    """What is raised where a target depends on places in a picture."""
    return SelectionError(
        f"{choice.layer}:{choice.computed} can only be drawn: its layer is compared place by place.",
        f"Type: {command('features', f'{choice.layer}:{choice.computed}')}",
    )


def read(choice: Choice, network: Network) -> np.ndarray:
    """A weight for every channel of a choice's layer, [channels], from the NumPy file that it names.

    Raises:
        SelectionError: the file can't be read, or holds something else.
    """
    assert choice.computed is not None
    (file,) = choice.computed.arguments
    count = next(row.channels for row in rows(network, (choice.layer,)) if row.name == choice.layer)
    try:
        found = np.load(Path(file).expanduser(), allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SelectionError(f"{file} can't be read as the .npy file of a vector.") from error
    if not isinstance(found, np.ndarray) or found.shape != (count,) or found.dtype.kind not in "fiu":
        shape = " x ".join(map(str, getattr(found, "shape", ()))) or "no array"
        held = f"{shape} of {found.dtype}" if getattr(found, "shape", ()) == (count,) else shape
        raise SelectionError(f"{file} holds {held}, and a direction in {choice.layer} has {count} real numbers.")
    if not np.isfinite(found).all() or not found.any():
        raise SelectionError(f"{file} is no direction: its numbers are all zero, or one is not finite.")
    return found
