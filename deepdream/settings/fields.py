"""Every setting of a dream, declared here and nowhere else: default, bounds, help, and how it depends on others.

Settings(**given) -> a frozen, validated record. The command line, the recipes, the README's table and the library's
keywords all read these fields. The defaults are the `classic` recipe.

A setting is one statement of the class: `name: type = setting(default, affects, group, facts, help=...)`, as described
in `declaration`. Adding it adds the keyword, the option, the checks, the sharing between dreams, and the row in the
README. EXCLUSIVE, below the class, has the pairs that can't be given together.
"""

import dataclasses
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.errors import SettingError
from deepdream.settings import checks, schedules, selection
from deepdream.settings.declaration import COMPUTING, FINISH, GRADIENT, NOTHING, START, STEP, Part, setting
from deepdream.settings.values import (
    MODEL_FILES,
    Size,
    format_size,
    parse_bytes,
    parse_colour,
    parse_guides,
    parse_size,
)

NETWORKS = ("auto", "vgg19", "pocket", "vgg16", "inceptionv3", "resnet50")
"""Networks known by name; the first chooses between the next two."""

VGGS = ("vgg19", "pocket", "vgg16")
"""VGG-style networks, with VGG's layer names; weights/manifest.toml has the number and width of their layers."""

ANY_VGG = f"{', '.join(VGGS[:-1])} or {VGGS[-1]}"

SAMPLE = Path(__file__).parents[1] / "sample.jpg"
"""The picture that ships with the package, used when none is given."""

INPUTS = ("raw", "bytes", "signed")
"""Input ranges that any network can be fed: 0..1 unchanged, 0..255, or -1..1."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to dream. Sizes are (height, width); lengths are in pixels; colours and steps are relative to the range 0..1.

    Raises:
        SettingError: a value of the wrong type, out of bounds, or not among the choices, or two that exclude each
            other.
        SelectionError: layers that the grammar of selections does not allow.
    """

    # One statement per setting: its facts, then its help.
    # fmt: off
    recipe: str = setting("classic", NOTHING, "everyday",
        help="Named set of settings to start from: see `deepdream recipes`.")
    start: str = setting("picture", START, "start", choices=("picture", "noise", "pink", "clouds", "flat"),
        help="What to start from: the picture; or, of the given size, white noise, 1/f noise, clouds, or one colour.")
    fill: str = setting("#808080", START, "start", metavar="#RRGGBB", only_if=("start", "flat"), grammar=parse_colour,
        help="The colour of --start flat.")
    layers: str | None = setting(None, GRADIENT, "everyday", metavar="SELECTION", per_octave=True,
        grammar=selection.parse, unless="paint",
        help="Layers to excite, such as block4, block4_conv2:12=0.5 or class:leopard; the recipe's own when not given.")
    suppression: str = setting("relative", STEP, "what", choices=("relative", "absolute"), unless="paint",
        help="How weights count where a layer's is negative: relative to the layers' own gradients; or absolute, as "
        "factors of activations.")
    guide: str | None = setting(None, GRADIENT, "what", metavar="FILES", grammar=parse_guides,
        help="Pictures whose features the layers are pulled toward, not to more of what they see, such as "
        "a.jpg,b.jpg=0.5.")
    objective: str = setting("squares", GRADIENT, "what", choices=("mean", "squares"), unless="guide",
        help="What is maximised of the layers: the mean of their activations, or of the squares.")
    steps: int | str = setting(10, STEP, "everyday", low=1, high=100_000, per_octave=True,
        help="Gradient steps per octave.")
    step_size: float | str = setting(1.5 / 255, STEP, "look", low=1e-6, high=1.0, per_octave=True,
        help="Change per step, of the range 0..1.")
    octaves: int = setting(4, STEP, "everyday", low=1, high=100, help="Scales, coarse to fine.")
    octave_ratio: float = setting(1.4, STEP, "look", low=1.01, high=10.0, unless=("octaves", 1),
        help="Size of each octave over the one before it.")
    octave_mode: str = setting("detail", STEP, "look", choices=("detail", "grow"), unless=("octaves", 1),
        help="detail: up to the picture's size, carrying up only what was added; grow: from the picture's size upward.")
    jitter: int | str = setting(32, STEP, "look", low=0, high=4096, per_octave=True,
        help="Largest random shift before each step, in pixels.")
    normalize: str = setting("mean-abs", STEP, "look", choices=("std", "mean-abs", "rms", "none"),
        help="How the gradient is scaled before a step.")
    shape: str = setting("natural", STEP, "look", choices=("natural", "laplacian", "cascade", "plain"),
        help="natural: the gradient in the spectrum and colours of natural pictures; laplacian: all scales alike, "
        "in those colours; cascade: smoothed, in those colours; plain: as it is.")
    shape_exponent: float | None = setting(None, STEP, "look", low=0.0, high=4.0, only_if=("shape", "natural"),
        help="How steeply natural shaping favours coarse waves: 0 not at all, 1 as natural pictures do; by depth when "
        "not given, from 0.5 for layers that see little to 1.")
    shape_field: str = setting("own", STEP, "look", choices=("own", "deepest"),
        only_if=("shape", "natural"),
        help="own: each layer's gradient is shaped within its own receptive field, and longer waves fade; deepest: all "
        "together within the deepest layer's, and longer waves stay.")
    shape_colour: float = setting(1.0, STEP, "look", low=0.0, high=1.0, unless=("shape", "plain"),
        help="Share of natural colour correlation in shaping, 0 to 1; plain has none.")
    shape_levels: int = setting(4, STEP, "look", low=1, high=12, only_if=("shape", "laplacian"),
        help="Levels of the pyramid of laplacian shaping.")
    shape_sigma: float = setting(1.5, STEP, "look", low=0.1, high=100.0, only_if=("shape", "cascade"),
        help="Middle blur of cascade shaping, in pixels.")
    tv: float = setting(0.07, STEP, "look", low=0.0, high=10.0,
        help="Penalty on total variation, against noise: 0.1 subtle, 1 strong.")
    l2: float = setting(0.0, STEP, "look", low=0.0, high=10.0,
        help="Penalty on the distance from middle grey: 0.5 tames, 2 greys.")
    optimizer: str = setting("ascent", STEP, "look", choices=("ascent", "adam"),
        help="How a direction becomes a step: along it, or by Adam.")
    breath: float = setting(0.0, STEP, "look", low=0.0, high=1.0,
        help="How far each step is drawn back to the original, 0 to 1, so that long dreams do not burn out.")
    clip: bool = setting(True, STEP, "look", help="Clip the picture to 0..1 after each step.")
    headroom: float = setting(0.5, STEP, "look", low=0.0, high=0.5, only_if=("clip", True),
        help="Within this distance of black and white steps shrink, so that nothing burns out; 0 lets them.")
    border: str = setting("smooth", STEP, "look", choices=("smooth", "mirror", "wrap"), unless=("tileable", True),
        help="What the picture's border meets when it is shifted and shaped: smooth, its mirror image about the "
        "smoothed border; mirror, about the border as it is; wrap, the other side.")
    seed: int = setting(0, START | STEP, "everyday", low=0, high=2**32 - 1,
        help="Seed of the random shifts; random draws one, which the picture records.")
    size: Size | None = setting(None, START, "size", metavar="WIDTHxHEIGHT", grammar=parse_size,
        help="Resize the picture first; it may change its shape.")
    max_side: int | None = setting(None, START, "everyday", low=1, high=1_000_000,
        help="Shrink the picture first so that no side is longer.")
    profile: str = setting("convert", START, "colour", choices=("convert", "keep"), only_if=("start", "picture"),
        help="convert: work and save in sRGB; keep: the file's own numbers, its colour profile attached unchanged.")
    input: str = setting("network", GRADIENT, "what", choices=("network", *INPUTS),
        help="What the network is shown: its own preprocessing; or the numbers 0..1 as they are (raw), 0..255 "
        "(bytes), -1..1 (signed).")
    network: str = setting("auto", GRADIENT, "what", choices=NETWORKS, files=MODEL_FILES,
        help="Network by name, or a Keras model file of your own; auto takes vgg19 where its weights are at hand, "
        "else pocket.")
    weights: str | None = setting(None, GRADIENT, "what", metavar="FILE",
        help="Weight file to use instead of the installed ones.")
    strength: float = setting(1.0, FINISH, "everyday", low=0.0, high=1.0,
        help="How much of the dream is shown, 0 to 1; the rest is the original.")
    colour: str = setting("dream", FINISH, "everyday", choices=("dream", "keep", "lightness", "match"),
        help="dream: as dreamt; keep: the original's colours; lightness: the original's lightness; match: colours "
        "in the original's mean and spread.")
    palette: str | None = setting(None, FINISH, "colour", metavar="FILE",
        help="Picture whose colours, in mean and spread, the dream takes.")
    hold: bool = setting(False, STEP, "colour",
        help="Hold mean colour, contrast and saturation to the start's after each step.")
    distance: float | None = setting(None, STEP, "look", low=0.001, high=1.0,
        help="Stop when the picture has changed this much: root mean square difference from the original, of 0..1.")
    mask: str | None = setting(None, STEP | FINISH, "everyday", metavar="FILE",
        help="Picture of where to dream: white fully, black not at all; ! before its name inverts it.")
    feather: float = setting(0.0, STEP | FINISH, "where", low=0.0, high=10_000.0, only_if="mask",
        help="Soften the mask's edge by this many pixels.")
    paint: str | None = setting(None, STEP | FINISH, "where", metavar="FILE",
        help="Indexed picture of where to dream what: 0 nowhere, 1 the first of the brushes, 2 the second; a mask "
        "softens it.")
    brushes: str | None = setting(None, GRADIENT | STEP, "where", metavar="SELECTIONS", only_if="paint",
        grammar=selection.parse_brushes,
        help="What each colour of the paint excites, such as \"block4_conv2:12;block3\".")
    regions: str | None = setting(None, GRADIENT | STEP | FINISH, "where", metavar="FILE",
        help="TOML file of several regions, each with its own mask, layers, strength or guide.")
    tileable: bool = setting(False, START | GRADIENT, "where",
        help="Dream on a picture that wraps around both ways, so that copies tile without a seam.")
    panorama: bool = setting(False, START | GRADIENT | STEP, "where",
        help="Dream on a 360 degree picture: left meets right, and rows near the poles stay calm.")
    preview: bool = setting(False, STEP, "size",
        help="Only the coarse octaves, up to 512 pixels: what the full size will look like.")
    tile: int | None = setting(None, COMPUTING, "machine", low=32, high=65_536,
        help="Side of the tiles' cores in pixels; chosen by memory when not given.")
    memory: int | None = setting(None, COMPUTING, "machine", low=2**20, high=2**50, metavar="6GiB", unless="tile",
        grammar=parse_bytes,
        help="Largest memory of the whole process; 3GiB or 70 % of what is free, whichever is less, when not given.")
    convolution: str = setting("auto", COMPUTING, "machine", per_octave=True,
        choices=("auto", "direct", "transpose", "winograd", "strips"),
        help="How convolutions are computed: TensorFlow's own way, turned, or by Winograd, slow to start and then "
        "twice as fast: compiled for each size, or on strips, once for all; auto takes the fastest.")
    precision: str = setting("auto", GRADIENT, "machine", choices=("auto", "float32", "bfloat16"),
        help="Numbers that the network computes with; auto takes bfloat16 on processors that multiply it fastest, else "
        "float32.")
    threads: int | None = setting(None, COMPUTING, "machine", low=1, high=1024,
        help="Processor threads; all allowed cores when not given.")
    # fmt: on

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = checks.checked(field, getattr(self, field.name))
            object.__setattr__(self, field.name, value)  # the record is frozen: assigned once, here
        refuse_exclusive({name: getattr(self, name) for name in names() if getattr(self, name) != FIELDS[name].default})

        if self.precision == "bfloat16" and not FLOAT32.isdisjoint(self.convolutions):
            raise SettingError(
                f"convolution {self.convolution} and precision bfloat16 exclude each other: that convolution is "
                "computed in float32.",
                "Give one of them.",
            )

    @property
    def convolutions(self) -> tuple[str, ...]:
        """The convolutions that are named, "auto" or one for each octave."""
        return schedules.values(self.convolution, str)

    @property
    def wraps(self) -> tuple[bool, bool]:
        """Whether the picture wraps around vertically and horizontally."""
        return self.tileable, self.tileable or self.panorama

    @property
    def mirrors(self) -> tuple[bool, bool]:
        """Whether it meets its mirror image at its borders, vertically and horizontally."""
        mirrors = self.border != "wrap"
        return mirrors and not self.wraps[0], mirrors and not self.wraps[1]


FLOAT32 = frozenset({"transpose", "winograd", "strips"})
"""Convolutions that support only float32."""

EXCLUSIVE = (
    ("size", "max_side", "Give one of them."),
    ("tileable", "panorama", "Give one of them."),
    ("palette", "colour", "Give one of them."),
    ("mask", "regions", "Name the mask in the regions file."),
    ("paint", "regions", "Give one of them."),
    ("paint", "guide", "Give one of them."),
)
"""Pairs of settings of which at most one may differ from its default, and the advice."""

FIELDS: Mapping[str, dataclasses.Field] = {field.name: field for field in dataclasses.fields(Settings)}
"""By name, in the order of the class."""


def names() -> tuple[str, ...]:
    """The names of all settings, in the order of the class."""
    return tuple(FIELDS)


def check_names(given: Mapping[str, Any]) -> None:
    """Check that every name is a setting.

    Raises:
        SettingError: an unknown name; the message suggests the nearest ones.
    """
    checks.check_names(given, FIELDS, "a dream")


def refuse_exclusive(given: Mapping[str, Any]) -> None:
    """Check that no two settings exclude each other.

    Args:
        given: by name, only those that were given.

    Raises:
        SettingError: two that do; the message names both, with values unless they are files.
    """
    for *pair, advice in EXCLUSIVE:
        if all(name in given for name in pair):
            first, second = (_shown(name, given[name]) for name in pair)
            raise SettingError(f"{first} and {second} exclude each other.", advice)


def value_type(name: str) -> tuple[Any, bool]:
    """The plain type of a setting (str, int, float, bool or Size) and whether it may be None."""
    return checks.value_type(FIELDS[name])


def typed(name: str, text: Any) -> Any:
    """What was typed, as a number where the setting is one; any other text as it is, for Settings to refuse."""
    if name == "seed" and text == "random":
        return drawn({name: text})[name]
    return checks.typed(FIELDS[name], text)


def drawn(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings given, with a seed drawn where "random" was asked for; it is a number from here on."""
    return {**given, "seed": secrets.randbelow(2**32)} if given.get("seed") == "random" else dict(given)


def sharing(settings: Settings, part: Part = GRADIENT | COMPUTING) -> tuple[Any, ...]:
    """The values of all settings that affect a part of the dream; dreams with equal values can share that part."""
    return tuple(getattr(settings, name) for name, field in FIELDS.items() if field.metadata["affects"] & part)


def _shown(name: str, value: Any) -> str:
    """A setting's name and value for messages; only the name of a switch or a file setting."""
    if isinstance(value, bool) or FIELDS[name].metadata["metavar"] == "FILE":
        return name
    return f"{name} {format_size(value) if isinstance(value, tuple) else value}"
