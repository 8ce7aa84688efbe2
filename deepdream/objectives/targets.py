"""From a target as typed to channels, or to a weight for every channel of a layer.

resolve(choices, measure) -> (Choice, ...)           with channels or a vector in place of what was to be computed
TARGETS: kind -> its function; a new kind is one row here and one in `settings.targets.KINDS`
bias(network, choices) -> what a class's score, before the softmax, has beside the objective
explained(choices, network) -> {target as typed: what it came to}

A vector's density is the sum of its weights times the layer's activations (or their squares, as the setting `objective`
says), which is what `layer_objective` makes of channels too: there the weights are equal. So any direction can be
dreamt, painted, drawn, cut into tiles and attributed as a channel is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deepdream.errors import ImageError, SelectionError
from deepdream.images.folders import some
from deepdream.network.classifier import typed
from deepdream.network.layers import check_size
from deepdream.network.network import Network
from deepdream.objectives import directions, excitement
from deepdream.settings.selection import Choice, spelled
from deepdream.settings.targets import CLASS, TOP

LARGEST, IN_FOLDERS = 1024, 384
"""Side in pixels that a picture is shrunk to before it is measured, and that each picture of a folder is."""

FEWEST = 2
"""Pictures in a concept's folder: fewer have no spread."""


@dataclass(frozen=True, eq=False)
class Measure:
    """What targets are computed from.

    Attributes:
        network: the network.
        read: (a picture's file, its largest side) -> [H, W, 3] float32 RGB in 0..1.
        picture: [H, W, 3], the picture that is dreamt on; None if there is none.
    """

    network: Network
    read: Callable[[str, int], np.ndarray]
    picture: np.ndarray | None = None

    def means(self, layer: str, pixels: np.ndarray, called: str) -> np.ndarray:
        """A layer's mean activations over a picture, [channels].

        Raises:
            ImageError: the picture, called this, is too small for the layer.
        """
        row = next(row for row in self.network.table if row.name == layer)
        check_size(f"{called} is", pixels.shape[:2], row, "Choose an earlier layer or a larger picture.")
        return excitement.means(self.network, pixels, layer)

    def of_file(self, layer: str, file: str, side: int = LARGEST) -> np.ndarray:
        """The same of a picture in a file."""
        return self.means(layer, self.read(file, side), f"The picture {file}")

    def usual(self, layer: str) -> np.ndarray:
        """The layer's usual activations, [channels]."""
        return excitement.usual(self.network, (layer,))[layer]


def resolve(choices: Sequence[Choice], measure: Measure) -> tuple[Choice, ...]:
    """The choices with their targets computed; the others unchanged.

    Raises:
        SelectionError: a target that can't be computed, such as a vector of another length.
        ImageError: a picture that can't be read, or is too small for its layer.
    """
    return tuple(
        TARGETS[choice.computed.kind](choice, measure) if choice.computed and not choice.resolved else choice
        for choice in choices
    )


def bias(network: Network, choices: Sequence[Choice]) -> float:
    """What the number that resolved choices stand for has beside their `layer_objective`: the bias of classes."""
    return sum(choice.weight * _bias(choice, network) for choice in choices) / len(choices)


def explained(choices: Sequence[Choice], network: Network) -> dict[str, str]:
    """What each computed target came to, by the target as typed: for people; it follows from the rest of a record."""
    return {typed(choice, network.classifier): _meaning(choice) for choice in choices if choice.computed is not None}


def _class(choice: Choice, measure: Measure) -> Choice:
    """A class: its weights in the classifier.

    Source: Simonyan, Vedaldi and Zisserman 2014 (arXiv:1312.6034), the score before the softmax; follows.
    """
    assert choice.computed is not None
    classifier = measure.network.classifier
    assert classifier is not None
    vector = classifier.vector(int(choice.computed.arguments[0]))
    return replace(choice, vector=_numbers(vector), scores=classifier.row is not None)


def _top(choice: Choice, measure: Measure) -> Choice:
    """The channels that a picture excites most, as `deepdream activations` ranks them."""
    assert choice.computed is not None
    count, *file = choice.computed.arguments
    if file:
        means = measure.of_file(choice.layer, file[0])
    elif measure.picture is None:
        usage = f"{choice.layer}:top{count}(photo.jpg)"
        raise SelectionError(f"{choice.layer}:top{count} is not of any picture.", f"Name one: {usage}.")
    else:
        means = measure.means(choice.layer, measure.picture, "The picture")
    excited = means / measure.usual(choice.layer)
    best = sorted((c for c in range(len(means)) if means[c] > 0), key=lambda c: (-excited[c], c))[: int(count)]
    if not best:
        raise SelectionError(f"The picture excites no channel of {choice.layer}.", "Choose another layer.")
    return replace(choice, channels=tuple(sorted(best)))


def _vector(choice: Choice, measure: Measure) -> Choice:
    """A direction from a NumPy file, scaled to length 1."""
    return replace(choice, vector=_unit(directions.read(choice, measure.network)))


def _like(choice: Choice, measure: Measure) -> Choice:
    """What a picture excites more than pictures usually do: see `_difference`."""
    assert choice.computed is not None
    (file,) = choice.computed.arguments
    usual = measure.usual(choice.layer)
    return _apart(choice, measure.of_file(choice.layer, file) - usual, usual)


def _difference(choice: Choice, measure: Measure) -> Choice:
    """What a picture excites more than another: the difference of their mean activations, each channel's divided by the
    square of its usual activation, so that loud channels do not outshout all others.

    Source: Fisher 1936, the linear discriminant of independent features, whose spread is taken to be the usual
        activation; differs in that.
    """
    assert choice.computed is not None
    more, less = (measure.of_file(choice.layer, file) for file in choice.computed.arguments)
    return _apart(choice, more - less, measure.usual(choice.layer))


def _concept(choice: Choice, measure: Measure) -> Choice:
    """What tells the pictures of a folder from those of another: the difference of the mean activations, each channel's
    divided by its variance within the folders.

    Source: Kim et al. 2018 (TCAV, arXiv:1711.11279). Differs: they train a linear classifier on random splits; this is
        the linear discriminant of independent features (Fisher 1936), which needs no training and serves for a dozen
        pictures. A variance is at least that of a tenth of the channel's usual activation.
    """
    assert choice.computed is not None
    means = []
    for folder in choice.computed.arguments:
        files = some(Path(folder).expanduser())
        if len(files) < FEWEST:
            raise ImageError(f"{folder} has {len(files)} picture: a concept takes {FEWEST} at least.")
        means.append(np.stack([measure.of_file(choice.layer, str(file), IN_FOLDERS) for file in files]))
    spread = np.mean([np.var(part, axis=0) for part in means], axis=0)
    least = np.square(excitement.FLOOR * measure.usual(choice.layer))
    return _apart(choice, means[0].mean(axis=0) - means[1].mean(axis=0), np.sqrt(spread + least))


def _drawn(choice: Choice, measure: Measure) -> Choice:
    """What depends on places in a picture, and so is neither channels nor a vector."""
    raise directions.only_drawn(choice)


TARGETS: dict[str, Callable[[Choice, Measure], Choice]] = {
    CLASS: _class,
    TOP: _top,
    "vector": _vector,
    "like": _like,
    "difference": _difference,
    "concept": _concept,
    "caricature": _drawn,
    "inversion": _drawn,
}
"""By kind, with the keys of `settings.targets.KINDS`."""


def _apart(choice: Choice, difference: np.ndarray, spread: np.ndarray) -> Choice:
    """The direction that tells apart two means of independent channels with this spread."""
    if not difference.any():
        raise SelectionError(f"{choice.layer}:{choice.computed} is no direction: both sides excite the layer alike.")
    return replace(choice, vector=_unit(difference / np.square(spread)))


def _unit(vector: np.ndarray) -> tuple[float, ...]:
    """A vector scaled to length 1."""
    numbers = vector.astype(np.float64)
    if not 1e-150 < np.abs(numbers).max() < 1e150:  # its square would be infinite, or 0
        numbers /= np.abs(numbers).max()
    return _numbers(numbers / np.linalg.norm(numbers))


def _numbers(vector: np.ndarray) -> tuple[float, ...]:
    return tuple(float(number) for number in vector.astype(np.float32))


def _bias(choice: Choice, network: Network) -> float:
    """What a class's score has beside its weighted activations."""
    if choice.computed is None or choice.computed.kind != CLASS:
        return 0.0
    assert network.classifier is not None
    return float(network.classifier.bias[int(choice.computed.arguments[0])])


def _meaning(choice: Choice, most: int = 3) -> str:
    """What a resolved target came to."""
    if choice.vector is None:
        return f"{choice.layer}:{spelled(choice.channels or ())}"
    if choice.scores:
        return f"a score of {choice.layer}"
    vector = np.asarray(choice.vector)
    order = np.argsort(-np.abs(vector), kind="stable")[:most]
    channels = ", ".join(f"{channel} ({vector[channel]:+.3g})" for channel in order)
    return f"a direction in {choice.layer}, mostly of its channels {channels}"
