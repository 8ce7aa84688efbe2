"""The targets of a request that have to be computed: their files, and what they come to.

of_settings(settings, regions), of_text(text), of_selection(text) -> [Computed, ...]
files(computed, ...) -> the digests of what they are computed from
of(choices, network, picture, session) -> (Choice, ...), computed

Computing takes the network, so it is done when a dream starts; grammar, layers and files are checked before.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream.errors import ImageError
from deepdream.images import Picture
from deepdream.network.network import Network
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, selection
from deepdream.settings.regions import Region
from deepdream.settings.selection import Choice
from deepdream.settings.targets import CLASS, Computed, split


def of_settings(settings: Settings, regions: Sequence[Region]) -> list[Computed]:
    """The targets in all selections of a request."""
    texts = [settings.layers, *(region.layers for region in regions)]
    return [target for text in filter(None, [*texts, settings.brushes]) for target in of_text(text)]


def of_text(text: str) -> list[Computed]:
    """The targets in the selections of octaves, or of brushes."""
    parts = [brush for octave in split(text, "/") for brush in split(octave, ";")]
    return [target for part in parts for target in of_selection(part)]


def of_selection(text: str) -> list[Computed]:
    """The targets in a selection."""
    return [term.computed for term in selection.parse(text) if term.computed is not None]


def files(computed: Sequence[Computed], network: Network, session: Session) -> dict[str, str]:
    """The digests of what targets are computed from: files and folders as typed, and a network's classes.

    Raises:
        ImageError: there is no such file or folder.
    """
    found = {}
    for target in computed:
        for file in target.files:
            if not Path(file).expanduser().exists():
                raise ImageError(f"{file} does not exist: {target} is computed from it.")
            found[file] = session.digest(file)
        if target.kind == CLASS and network.classifier is not None and network.classifier.digest:
            found[f"classes of {network.name}"] = network.classifier.digest
    return found


def of(choices: Sequence[Choice], network: Network, picture: Picture, session: Session) -> tuple[Choice, ...]:
    """The choices with their targets computed; those that do not depend on the picture once in a session.

    Raises:
        SelectionError: one can't be computed.
        ImageError: a picture of one can't be read, or is too small.
    """
    if all(choice.resolved for choice in choices):
        return tuple(choices)
    from deepdream.objectives import targets  # loads TensorFlow

    def read(file: str, side: int) -> np.ndarray:
        return session.read(file, "target picture", max_side=side).pixels

    measure = targets.Measure(network, read, images.sized(picture, max_side=targets.LARGEST).pixels)

    def one(choice: Choice) -> Choice:
        found = session.targets.get((network.digest, choice)) or targets.resolve((choice,), measure)[0]
        if choice.computed is not None and not choice.computed.of_picture:
            session.targets[network.digest, choice] = found
        return found

    return tuple(one(choice) for choice in choices)
