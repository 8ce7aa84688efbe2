"""Every setting of a dream: its default, unit, bound and one line of help, stated here and nowhere else.

Settings(**given) -> a frozen, validated record. The command line, the recipes, the README's table and the library's
keywords all read these fields. The defaults are the `classic` recipe.

A setting is one line of the class: `name: type = _setting(default, help, bounds)`. Adding the line adds the keyword,
the option, the check and the row in the README. A setting marked `per_octave` may also be a schedule (see `schedules`).
"""

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from deepdream.errors import SettingError, nearest
from deepdream.settings import schedules
from deepdream.settings.values import Size, format_size, parse_bytes, parse_size

NETWORKS = ("auto", "vgg19", "pocket", "vgg16", "inceptionv3", "resnet50")
"""Networks that have a name; the first stands for one of the next two."""

MODEL_FILES = (".keras", ".h5", ".hdf5")
"""How the file of a Keras model ends that stands for a network by itself."""

NOR_A_FILE = f"nor the file of a Keras model ({', '.join(MODEL_FILES)})"

INPUTS = ("raw", "bytes", "signed")
"""What any network can be shown: the numbers 0..1 as they are, 0..255, or -1..1."""


def _setting(default: Any, help: str, *, low: float | None = None, high: float | None = None, **more: Any) -> Any:
    """A dataclass field that carries its help, its inclusive bounds and, in `more`, `choices` or `metavar`."""
    return field(default=default, metadata={"help": help, "low": low, "high": high, **more})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to dream. Sizes are (height, width); lengths are pixels; colours and steps are of the range 0..1.

    Raises:
        SettingError: a value of the wrong type, out of its bound, or not among its choices.
    """

    recipe: str = _setting("classic", "Named set of settings to start from: see `deepdream recipes`.")
    start: str = _setting(
        "picture",
        "What to start from: the picture; or, of the given size, white noise, 1/f noise, clouds, or one colour.",
        choices=("picture", "noise", "pink", "clouds", "flat"),
    )
    fill: str = _setting("#808080", "The colour of --start flat.", metavar="#RRGGBB", pattern="#[0-9a-fA-F]{6}")
    layers: str | None = _setting(
        None,
        "Layers to excite, such as block4, pool or block4_conv2:12+87=0.5; the recipe's own when not given.",
        metavar="SELECTION",
    )
    guide: str | None = _setting(
        None,
        "Pictures whose features the layers are pulled toward, not to more of what they see, such as a.jpg,b.jpg=0.5.",
        metavar="FILES",
    )
    objective: str = _setting("squares", "What of the layers is made large.", choices=("mean", "squares"))
    steps: int | str = _setting(10, "Gradient steps per octave.", low=1, high=100_000, per_octave=True)
    step_size: float | str = _setting(
        1.5 / 255, "Change per step, of the range 0..1.", low=1e-6, high=1.0, per_octave=True
    )
    octaves: int = _setting(4, "Scales, coarse to fine.", low=1, high=100)
    octave_ratio: float = _setting(1.4, "Size of each octave over the one before it.", low=1.01, high=10.0)
    octave_mode: str = _setting(
        "detail",
        "detail: up to the picture's size, carrying up only what was added; grow: from the picture's size upward.",
        choices=("detail", "grow"),
    )
    jitter: int | str = _setting(
        32, "Largest random shift before each step, in pixels.", low=0, high=4096, per_octave=True
    )
    normalize: str = _setting(
        "mean-abs", "How the gradient is scaled before a step.", choices=("std", "mean-abs", "rms", "none")
    )
    shape: str = _setting(
        "natural",
        "natural: the gradient in the spectrum and colours of natural pictures; laplacian: all scales alike, in those "
        "colours; cascade: smoothed, in those colours; plain: as it is.",
        choices=("natural", "laplacian", "cascade", "plain"),
    )
    shape_exponent: float = _setting(
        1.0,
        "How steeply natural shaping favours coarse waves: 0 not at all, 1 as natural pictures do.",
        low=0.0,
        high=4.0,
    )
    shape_colour: float = _setting(
        1.0, "Share of natural colour correlation in shaping, 0 to 1; plain has none.", low=0.0, high=1.0
    )
    shape_levels: int = _setting(4, "Levels of the pyramid of laplacian shaping.", low=1, high=12)
    shape_sigma: float = _setting(1.5, "Middle blur of cascade shaping, in pixels.", low=0.1, high=100.0)
    tv: float = _setting(0.0, "Penalty on total variation, against noise: 0.1 subtle, 1 strong.", low=0.0, high=10.0)
    l2: float = _setting(0.0, "Penalty on the distance from middle grey: 0.5 tames, 2 greys.", low=0.0, high=10.0)
    optimizer: str = _setting(
        "ascent", "How a direction becomes a step: along it, or by Adam.", choices=("ascent", "adam")
    )
    clip: bool = _setting(True, "Clip the picture to 0..1 after each step.")
    seed: int = _setting(0, "Seed of the random shifts.", low=0, high=2**32 - 1)
    size: Size | None = _setting(None, "Resize the picture first; it may change its shape.", metavar="WIDTHxHEIGHT")
    max_side: int | None = _setting(None, "Shrink the picture first so that no side is longer.", low=1, high=1_000_000)
    profile: str = _setting(
        "convert",
        "convert: work and save in sRGB; keep: the file's own numbers, its colour profile attached unchanged.",
        choices=("convert", "keep"),
    )
    input: str = _setting(
        "network",
        "What the network is shown: its own preprocessing; or the numbers 0..1 as they are (raw), 0..255 (bytes), "
        "-1..1 (signed).",
        choices=("network", *INPUTS),
    )
    network: str = _setting(
        "auto",
        "Network by name, or a Keras model file of your own; auto takes vgg19 where its weights are at hand, else "
        "pocket.",
        choices=NETWORKS,
        files=MODEL_FILES,
    )
    weights: str | None = _setting(None, "Weight file to use instead of the installed ones.", metavar="FILE")
    strength: float = _setting(
        1.0, "How much of the dream is shown, 0 to 1; the rest is the original.", low=0.0, high=1.0
    )
    colour: str = _setting(
        "dream",
        "dream: as dreamt; keep: the original's colours; lightness: the original's lightness; match: colours in the "
        "original's mean and spread.",
        choices=("dream", "keep", "lightness", "match"),
    )
    palette: str | None = _setting(None, "Picture whose colours, in mean and spread, the dream takes.", metavar="FILE")
    hold: bool = _setting(False, "Hold mean colour, contrast and saturation to the start's after each step.")
    distance: float | None = _setting(
        None,
        "Stop when the picture has moved so far: root mean square difference from the original, of 0..1.",
        low=0.001,
        high=1.0,
    )
    mask: str | None = _setting(
        None, "Picture of where to dream: white fully, black not at all; ! before its name inverts it.", metavar="FILE"
    )
    feather: float = _setting(0.0, "Soften the mask's edge by so many pixels.", low=0.0, high=10_000.0)
    regions: str | None = _setting(
        None, "TOML file of several regions, each with its own mask, layers, strength or guide.", metavar="FILE"
    )
    tileable: bool = _setting(False, "Dream on a picture that goes round both ways, so that copies of it join unseen.")
    panorama: bool = _setting(False, "Dream on a 360 degree picture: it goes round, and rows near the poles stay calm.")
    preview: bool = _setting(False, "Only the coarse octaves, up to 512 pixels: what the full size will look like.")
    tile: int | None = _setting(
        None, "Side of the tiles' cores in pixels; chosen by memory when not given.", low=32, high=65_536
    )
    memory: int | None = _setting(
        None,
        "Largest memory of the whole process; 3GiB or 70 % of what is free, whichever is less, when not given.",
        low=2**20,
        high=2**50,
        metavar="6GiB",
        bytes=True,
    )
    convolution: str = _setting(
        "auto",
        "How convolutions are computed: TensorFlow's own way, turned, or by Winograd; auto takes the fastest.",
        choices=("auto", "direct", "transpose", "winograd"),
    )
    compile: str = _setting(
        "auto",
        "Compile Winograd's convolution: seconds to start, then twice as fast; auto does so for long octaves only.",
        choices=("auto", "yes", "no"),
    )
    threads: int | None = _setting(None, "Processor threads; all allowed cores when not given.", low=1, high=1024)

    def __post_init__(self) -> None:
        for setting in dataclasses.fields(self):
            value = _converted(setting, getattr(self, setting.name))
            _check(setting, value)
            object.__setattr__(self, setting.name, value)  # frozen: written once, here
        if self.size is not None and self.max_side is not None:
            raise SettingError(
                f"size {format_size(self.size)} and max_side {self.max_side} exclude each other.", "Give one of them."
            )
        if self.tileable and self.panorama:
            raise SettingError("tileable and panorama exclude each other.", "Give one of them.")
        if (self.convolution, self.compile) in (("direct", "yes"), ("transpose", "yes"), ("winograd", "no")):
            raise SettingError(
                f"convolution {self.convolution} and compile {self.compile} exclude each other: "
                "Winograd's is the one that is compiled.",
                "Give one of them.",
            )


def names() -> tuple[str, ...]:
    """The names of all settings, in the order of the class."""
    return tuple(setting.name for setting in dataclasses.fields(Settings))


def check_names(given: Mapping[str, Any]) -> None:
    """Refuse a keyword that is no setting, naming the nearest ones.

    Raises:
        SettingError: for the first unknown name.
    """
    for name in given:
        if name not in names():
            alike = nearest(name, names())
            raise SettingError(
                f"{name!r} is not a setting of a dream.",
                f"Did you mean {' or '.join(alike)}?" if alike else f"The settings are {', '.join(names())}.",
            )


def value_type(name: str) -> tuple[Any, bool]:
    """The plain type of a setting (str, int, float, bool or Size) and whether it may be None."""
    hint = get_type_hints(Settings)[name]
    if get_origin(hint) in (Union, UnionType):
        parts = get_args(hint)  # the plain type stands first: `int | str` is a number that may be a schedule
        return parts[0], type(None) in parts
    return hint, False


def typed(name: str, text: Any) -> Any:
    """What was typed, as a number where the setting is one; unfit text as it is, for Settings to refuse."""
    kind, _ = value_type(name)
    if not isinstance(text, str) or kind not in (int, float):
        return text
    try:
        return kind(text)
    except ValueError:
        return text


def _converted(setting: dataclasses.Field, value: Any) -> Any:
    """The value in its field's type, where nothing is lost by that: an int for a float, text for a size."""
    kind, _ = value_type(setting.name)
    if setting.metadata.get("bytes") and isinstance(value, str):
        return parse_bytes(value)
    if setting.metadata.get("per_octave"):
        return _one_or_many(value, kind)
    if kind == Size and isinstance(value, str):
        return parse_size(value)
    if kind == Size and isinstance(value, list):  # as read back from a recipe in JSON
        return tuple(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _one_or_many(value: Any, kind: type) -> Any:
    """A number for all octaves, or a schedule in the form it is typed in."""
    if isinstance(value, (list, tuple)):
        value = "/".join(str(one) for one in value)
    if isinstance(value, str) and not schedules.is_schedule(value):
        try:
            return kind(value)
        except ValueError:
            return value
    return float(value) if kind is float and isinstance(value, int) and not isinstance(value, bool) else value


def _check(setting: dataclasses.Field, value: Any) -> None:
    """Raise SettingError unless the value has its type, its bounds and its choices."""
    name, kind, optional = setting.name, *value_type(setting.name)
    if value is None and optional:
        return
    if kind == Size:
        if not (isinstance(value, tuple) and len(value) == 2 and all(isinstance(n, int) and n > 0 for n in value)):
            shown = format_size(value) if isinstance(value, tuple) and len(value) == 2 else repr(value)
            raise SettingError(f"size {shown} is not a width and a height in whole pixels, each 1 at least.")
        return
    if setting.metadata.get("per_octave") and schedules.is_schedule(value):
        for one in schedules.values(value, kind, name):
            _check_bounds(setting, one)
        return
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise SettingError(f"{name} {value!r} is not {_TYPE_WORDS[kind]}.")
    pattern, choices = setting.metadata.get("pattern"), setting.metadata.get("choices")
    if pattern and not re.fullmatch(pattern, value):
        raise SettingError(f"{name} {value!r} is not of the form {setting.metadata['metavar']}.")
    files = setting.metadata.get("files", ())
    if choices and value not in choices and not value.lower().endswith(files):
        alike = difflib.get_close_matches(value, choices, n=1)
        hint = f"Did you mean {alike[0]}?" if alike else ""
        nor = f", {NOR_A_FILE}" if files else ""
        raise SettingError(f"{name} {value!r} is not one of {', '.join(choices)}{nor}.", hint)
    _check_bounds(setting, value)


def _check_bounds(setting: dataclasses.Field, value: Any) -> None:
    """Raise SettingError for a number out of its bounds."""
    low, high = setting.metadata["low"], setting.metadata["high"]
    if low is not None and not (math.isfinite(value) and low <= value <= high):
        raise SettingError(f"{setting.name} {value} is out of its bounds: {low} to {high}.")


_TYPE_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
