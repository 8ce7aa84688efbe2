"""Every setting of a feature's picture: default, bounds and help, stated once. Loads no NumPy.

FeatureSettings(**given) -> a frozen, validated record          parse_size("160" or "160x120") -> (height, width)
resolved(settings, layer) -> FeatureSettings                    with what depends on the layer filled in
default_size(layer, whole=...)  -> (height, width)               large enough for what the layer sees
"""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from deepdream.errors import SettingError
from deepdream.network.layers import Layer
from deepdream.settings import Size, checks, format_size
from deepdream.settings import parse_size as parse_both_sides
from deepdream.settings.checks import about
from deepdream.settings.fields import FIELDS

LATER = ("maco", "spectrum", "accentuate", "nearness", "toward", "between", "cosine")
"""Settings that the first records do not have; a record has them where they differ from their defaults."""

NEEDS = {"spectrum": "maco", "nearness": "accentuate", "between": "toward"}
"""Settings that have no effect without another."""

METHOD = 1
"""Increased when the same settings would give another picture, so that finished pictures are made again."""

SMALLEST_DEFAULT, GRAIN = 128, 32
"""Side of a picture for layers with a small receptive field, and the multiple that larger sides are rounded to, in
pixels."""


SEES_LITTLE = 20
"""Receptive field in pixels below which the learning rate is halved: layers of blocks 1 and 2."""


MACO_SIDE, MACO_RATE, PARTS = 384, 0.3, 4
"""Of MaCo: a picture's side in pixels, the rate in radians of a phase, and how many parts of a picture are seen at a
step, a square number."""

SOURCE_SIDE = 320
"""Largest side in pixels of a picture that starts from another, or is compared with one."""

SEES_MUCH = 448
"""Largest receptive field in pixels that sets a picture's size, also used if it is not known: a unit of InceptionV3
spans 1311 pixels, and mostly sees the few hundred in the middle."""


@dataclass(frozen=True, kw_only=True)
class FeatureSettings:
    """How to make the picture of a feature.

    Raises:
        SettingError: a number is out of its bounds.

    Source: Olah, Mordvintsev and Schubert 2017. Their code takes 512 steps of Adam at a rate of 0.05 with a spectrum
        that is not normalised; 0.1 here is about the same at 128x128. Differs: fewer steps are enough here; a steeper
        decay than their 1 (an alternative they name) gives calmer pictures with as strong a response, judged by eye.
    """

    steps: int = field(default=128, metadata=about("Gradient steps.", 1, 100_000))
    rate: float | None = field(
        default=None,
        metadata=about("Learning rate of Adam; 0.1, or 0.05 for blocks 1 and 2, when not given.", 1e-6, 10.0),
    )
    size: Size | None = field(
        default=None, metadata=about("Size of the pictures; follows from the receptive field when not given.")
    )
    seed: int = field(
        default=0, metadata=about("Seed of the noise to start from and of the transformations.", 0, 2**32 - 1)
    )
    neuron: bool = field(
        default=False, metadata=about("Excite one neuron, the centre unit, instead of the whole channel.")
    )
    negative: bool = field(
        default=False, metadata=about("Show what the channel dislikes: make its response as low as possible.")
    )
    plain: bool = field(
        default=False, metadata=about("Plain ascent on pixels: no waves, no colour decorrelation, no transformations.")
    )
    maco: bool = field(
        default=False,
        metadata=about("Free only the phases of waves: magnitudes are those of photographs (MaCo)."),
    )
    spectrum: str | None = field(
        default=None, metadata=about("Folder of pictures whose mean magnitudes --maco takes, in place of its own.")
    )
    accentuate: str | None = field(
        default=None,
        metadata=about("Start from this picture, and change it until the target responds."),
    )
    nearness: float = field(
        default=5.0, metadata=about("How near an accentuated picture stays to what it was: 1 far, 30 near.", 0.0, 1e4)
    )
    toward: str | None = field(
        default=None, metadata=about("Another target of the same layer: draw pictures from the one to the other.")
    )
    between: int = field(
        default=5, metadata=about("Number of pictures with --toward, the two targets' own among them.", 2, 64)
    )
    cosine: float = field(
        default=0.0,
        metadata=about("How much a direction's angle counts beside its length: a power of the cosine.", 0.0, 100.0),
    )
    diversity: int = field(default=1, metadata=about("Number of different pictures of each channel.", 1, 16))
    diversity_weight: float = field(
        default=1.5, metadata=about("Penalty on similarity between them, as a share of the response.", 0.0, 100.0)
    )
    decay: float = field(
        default=1.25, metadata=about("How steeply coarse waves are favoured: 0 not at all, 1 as in nature.", 0.0, 4.0)
    )
    scale: float = field(default=0.1, metadata=about("Largest relative change of size before each step.", 0.0, 0.9))
    turn: float = field(default=10.0, metadata=about("Largest turn before each step, in degrees.", 0.0, 180.0))
    precision: str = field(default="auto", metadata=about(FIELDS["precision"].metadata["help"]))

    def __post_init__(self) -> None:
        checks.check_bounds(self)
        checks.checked(FIELDS["precision"], self.precision)
        ways = [name for name in ("plain", "maco", "accentuate") if getattr(self, name)]
        if len(ways) > 1:
            raise SettingError(f"{ways[0]} and --{ways[1]} exclude each other.", "Give one of them.")
        usual = {setting.name: setting.default for setting in dataclasses.fields(self)}
        for name, needed in NEEDS.items():
            if getattr(self, name) != usual[name] and not getattr(self, needed):
                raise SettingError(f"{name} has no effect without --{needed}.", f"Add --{needed}, or leave it out.")
        for way in {"plain", "maco"}.intersection(ways):
            if self.decay != usual["decay"]:
                raise SettingError(f"decay has no effect with --{way}.", "Leave out one of them.")
        if self.size is not None and (not isinstance(self.size, Sequence) or len(self.size) != 2):
            raise SettingError(f"size {self.size!r} is not (height, width).")
        if self.size is not None and min(self.size) < 1:
            raise SettingError(f"size {format_size(self.size)} has no pixels.")


def parse_size(text: str) -> Size:
    """(height, width) from what a user types: one number for a square, or WIDTHxHEIGHT.

    Raises:
        SettingError: any other form.
    """
    bare = text.strip()
    try:
        size = parse_both_sides(f"{bare}x{bare}" if bare.isascii() and bare.isdigit() else text)
    except SettingError:
        message = f"size {text!r} is neither a side in pixels nor of the form WIDTHxHEIGHT."
        raise SettingError(message, "Type for example --size 160 or --size 160x120.") from None
    if min(size) < 1:
        raise SettingError(f"size {bare} has no pixels.")
    return size


def resolved(settings: FeatureSettings, layer: Layer, *, whole: bool = False) -> FeatureSettings:
    """The settings with size and rate filled in for a layer; `whole` as for `default_size`.

    The response of a layer with a small receptive field grows with contrast alone: at the usual rate its pictures would
    end in pure black, white and red.
    """
    if settings.maco:
        usual, rate = (MACO_SIDE, MACO_SIDE), MACO_RATE
    else:
        usual = default_size(layer, whole=whole or settings.neuron)
        rate = 0.05 if 0 < layer.receptive_field < SEES_LITTLE else 0.1
    return dataclasses.replace(settings, size=settings.size or usual, rate=settings.rate or rate)


def default_size(layer: Layer, *, whole: bool = False) -> Size:
    """The square that a picture of the layer's features is made in, 128 pixels a side at least.

    A neuron, and a target that may be a whole thing, gets the full receptive field, rounded up (`whole`). A channel's
    picture is periodic, and a unit mostly sees the inner half of its receptive field (Luo et al. 2016,
    arXiv:1701.04128), so half of it is enough.
    """
    field = layer.receptive_field or SEES_MUCH
    seen = min(field, SEES_MUCH) if whole else min(field, SEES_MUCH) / 2
    side = max(SMALLEST_DEFAULT, math.ceil(max(seen, layer.min_size) / GRAIN) * GRAIN)
    return side, side
