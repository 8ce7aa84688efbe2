"""A feature: one picture to make, of a channel or another target.

Feature · between(choice, settings, ...) -> those from one target to another · sourced(feature, settings, upright)
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from deepdream.errors import SelectionError, SettingError
from deepdream.features.settings import FeatureSettings
from deepdream.network import classifier
from deepdream.network.choosing import choose
from deepdream.network.layers import Layer, check_size
from deepdream.network.network import Network
from deepdream.settings import Size
from deepdream.settings.selection import Choice
from deepdream.settings.targets import KINDS


@dataclass(frozen=True)
class Feature:
    """One picture to make: a channel of a layer or another target, and the number, from 0, among its pictures.

    Attributes:
        layer: that the target is of.
        channel: its number; None for another target.
        copy: the number of the picture.
        size: (height, width) of the picture.
        target: the class or direction; None for a channel.
        term: the target in the grammar of `dream --layers`.
        source: the file of the picture that it starts from or is compared with; None for most.
        toward: another target, and the share of it; None for a target alone.
    """

    layer: Layer
    channel: int | None
    copy: int
    size: Size
    target: Choice | None = None
    term: str = ""
    source: str | None = None
    toward: tuple[Choice, float] | None = None

    @property
    def drawn(self) -> str | None:
        """The kind of a target that is compared with another picture place by place."""
        computed = None if self.target is None else self.target.computed
        return computed.kind if computed is not None and KINDS[computed.kind].drawn else None

    @property
    def together(self) -> tuple[Any, ...]:
        """What the features of a batch have in common."""
        return self.layer, self.channel is None, self.drawn, self.size

    @property
    def label(self) -> str:
        """What a sheet calls it: a channel's number, any other target as typed, without its layer."""
        if self.toward is not None:
            return self.term.rpartition(" ")[2]  # the share: the sheet's name says of what
        return self.term.partition(":")[2] if self.channel is None else str(self.channel)


def between(choice: Choice, settings: FeatureSettings, layer: Layer, size: Size, network: Network) -> list[Feature]:
    """The pictures from one target to another, evenly.

    Raises:
        SelectionError: the other is none, more than one, or of another layer.
    """
    assert settings.toward is not None
    mine, others = classifier.typed(choice, network.classifier), choose(settings.toward, network)
    for end in (choice, *others):
        if end.computed is not None and KINDS[end.computed.kind].drawn:
            raise SelectionError(
                f"toward can't be used with {end.layer}:{end.computed}: it is a picture's, place by place, and no "
                "direction.",
                "Leave it out.",
            )
    if len(others) != 1 or others[0].layer != choice.layer:
        what = f"{len(others)} targets" if len(others) != 1 else f"of {others[0].layer}"
        raise SelectionError(f"toward {settings.toward!r} is {what}: {mine} goes to one target of {choice.layer}.")
    other = classifier.typed(others[0], network.classifier)
    made = []
    for step in range(settings.between):
        share = step / (settings.between - 1)
        term = f"{mine} to {other} {share:.0%}"
        made += [
            Feature(layer, None, copy, size, choice, term, toward=(others[0], share))
            for copy in range(settings.diversity)
        ]
    return made


def sourced(feature: Feature, settings: FeatureSettings, upright: Callable[[str], Size]) -> Feature:
    """The feature with the picture that it starts from or is compared with, at that picture's shape.

    Args:
        feature: without it.
        settings: of all features.
        upright: file -> its (height, width), upright.

    Raises:
        ImageError: it can't be read, or is too small for the layer.
        SettingError: two pictures.
    """
    source = settings.accentuate
    if feature.drawn:
        assert feature.target is not None
        assert feature.target.computed is not None
        usual = FeatureSettings()
        for other in ("accentuate", "maco", "neuron", "negative", "diversity", "cosine"):
            if getattr(settings, other) != getattr(usual, other):
                raise SettingError(
                    f"{other} can't be used with {feature.term}: it compares two whole pictures.", "Leave it out."
                )
        (source,) = feature.target.computed.files
    elif feature.target is None and settings.cosine:
        raise SettingError(
            f"cosine can't be used with {feature.term}: a channel has no angle.", "It is for directions and classes."
        )
    if source is None:
        return feature
    size = settings.size or upright(source)
    check_size(f"The picture {source} is", size, feature.layer, "Choose an earlier layer or a larger picture.")
    return replace(feature, source=source, size=size)
