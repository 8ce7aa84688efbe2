"""What can be asked of a film and of a zoom: each option is declared here, with its default, bounds and help.

Film(source=..., output=..., ...) · Zoom(...)
check(wanted, kind) -> Settings                 refuses options out of their bounds, and settings without meaning
recorded(wanted) -> {name: value}               what the record of the film keeps; read(recorded, folder) -> keywords

Without NumPy, so that `--help` starts at once.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from deepdream.errors import SettingError
from deepdream.pipeline import provenance
from deepdream.settings import Settings, recipes
from deepdream.settings.values import named


def _option(
    default: Any,
    metavar: str = "X",
    *,
    help: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    records: bool = True,
    changes: bool = False,
) -> Any:
    """An option.

    Args:
        default: when it is not given.
        metavar: how its value is written in the help.
        help: the option, in a sentence.
        low: smallest value.
        high: largest value.
        choices: all values that it takes.
        records: whether the record of the film keeps it.
        changes: whether its value may change over time, by keyframes.
    """
    return field(
        default=default,
        metadata={
            "metavar": "|".join(choices) or metavar,
            "help": help,
            "low": low,
            "high": high,
            "choices": choices,
            "records": records,
            "changes": changes,
        },
    )


CODEC = "h264, hevc, av1, vp9, prores or ffv1; the format's usual one when not given."
CRF = "Constant quality of the codec, 0 to 63; less is better."
KEEP_FRAMES = "Keep the folder of frames, OUT.film."
FORCE = "Replace OUT; begin anew where it was begun with other settings."


@dataclass(frozen=True, kw_only=True)
class Film:
    """A film to dream.

    Attributes:
        source: a video, an animation or a folder of pictures.
        output: where it goes: a video, an animation, or a folder.
        given: settings as typed.
        again: the record of a film to make again, and the file that carries it.
    """

    source: Path
    output: Path
    given: Mapping[str, Any] = field(default_factory=dict)
    again: tuple[Mapping[str, Any], Path] | None = None
    # fmt: off
    start: float = _option(0.0, "SECONDS", low=0, high=1e6, help="Leave out what is shown before.")
    end: float | None = _option(None, "SECONDS", low=0, high=1e6, help="Leave out what is shown from then on.")
    every: int = _option(1, "N", low=1, high=100_000, help="Dream every N-th frame only.")
    rate: float | None = _option(None, "FPS", low=0.001, high=1000,
        help="Frames per second of a folder of pictures; 25 when not given.")
    coherence: str = _option("flow", choices=("flow", "none"),
        help="flow: the dream rides along with what moves; none: one by one.")
    renewal: float = _option(0.25, low=0.05, high=1,
        help="Share of the steps of frames that begin with the last one's dream.")
    calm: bool = _option(False, help="Damp flashes, so that the check for them passes.")
    compare: bool = _option(False, records=False,
        help="Also dream a few frames one by one, and print how much calmer this is.")
    keyframes: Path | None = _option(None, "FILE", help="TOML file of settings over time, in seconds.")
    preview: bool = _option(False, records=False, help="Few frames, at most 240 pixels: a first look.")
    codec: str | None = _option(None, "NAME", help=CODEC)
    crf: int | None = _option(None, "N", help=CRF)
    keep_frames: bool = _option(False, records=False, help=KEEP_FRAMES)
    force: bool = _option(False, records=False, help=FORCE)
    # fmt: on

    WITHOUT: ClassVar = ("fill", "profile", "octave_mode", "tileable", "panorama")
    """Settings that have no meaning for a film."""


@dataclass(frozen=True, kw_only=True)
class Zoom:
    """A zoom to dream.

    Attributes:
        source: a picture; None for a canvas.
        output: a video, an animation, or a folder.
        given: settings as typed.
        again: the record of a zoom to make again, and the file that carries it.
    """

    source: Path | None
    output: Path
    given: Mapping[str, Any] = field(default_factory=dict)
    again: tuple[Mapping[str, Any], Path] | None = None
    # fmt: off
    seconds: float = _option(10.0, low=0.001, high=86_400, help="How long it lasts.")
    fps: float = _option(30.0, low=1, high=240, help="Frames per second: how smooth it is.")
    zoom: float = _option(1.5, low=0.1, high=10, changes=True,
        help="Times larger per second; below 1 it comes out instead, which is the way in played backwards.")
    degrees: float = _option(0.0, low=-360, high=360, changes=True, help="Clockwise turn per second.")
    right: float = _option(0.0, low=-2, high=2, changes=True, help="Shift per second, of the width.")
    down: float = _option(0.0, low=-2, high=2, changes=True, help="Shift per second, of the height.")
    x: float = _option(0.5, low=0, high=1, changes=True, help="Where to fall into, from the left, of the width.")
    y: float = _option(0.5, low=0, high=1, changes=True, help="Where to fall into, from the top, of the height.")
    dream: float = _option(6.0, low=0, high=60, changes=True, help="Dreams per second: how much new is seen.")
    keyframes: Path | None = _option(None, "FILE", help="TOML file of these values over time, in seconds.")
    loop: bool = _option(False, help="End where it began.")
    codec: str | None = _option(None, "NAME", help=CODEC)
    crf: int | None = _option(None, "N", help=CRF)
    keep_frames: bool = _option(False, records=False, help=KEEP_FRAMES)
    force: bool = _option(False, records=False, help=FORCE)
    # fmt: on

    WITHOUT: ClassVar = (
        *("strength", "colour", "palette", "mask", "feather", "regions", "tileable", "panorama", "octave_mode"),
        *("distance", "profile", "hold", "preview"),
    )
    """Settings that would act anew on every frame, each of which is made from the last one, whose balance is held."""


def declared(kind: type) -> tuple[dataclasses.Field, ...]:
    """The options of Film or Zoom, in the order of their help."""
    return tuple(one for one in dataclasses.fields(kind) if "help" in one.metadata)


CHANGING = ("strength", "tv", "l2", "shape_exponent", "shape_colour")
"""Settings of a film that may change over time: numbers that neither the gradient nor the steps' count and size depend
on."""

BOUNDS = {
    one.name: (float(one.metadata["low"]), float(one.metadata["high"]))
    for one in declared(Zoom)
    if one.metadata["changes"]
}
"""What changes over time in a zoom, and its bounds."""


def check(wanted: Film | Zoom) -> Settings:
    """Refuse options out of their bounds, and settings that have no meaning.

    Returns: the settings, resolved.

    Raises:
        SettingError: there is one.
    """
    for one in declared(type(wanted)):
        value, facts, name = getattr(wanted, one.name), one.metadata, one.name.replace("_", "-")
        if facts["choices"] and value not in facts["choices"]:
            raise SettingError(f"--{name} {value} is not one of {', '.join(facts['choices'])}.")
        if facts["low"] is not None and value is not None and not facts["low"] <= value <= facts["high"]:
            raise SettingError(f"--{name} {value:g} is out of its bounds: {facts['low']:g} to {facts['high']:g}.")
    settings, usual = recipes.resolve(wanted.given), Settings()
    kind = type(wanted).__name__.lower()
    for name in wanted.WITHOUT if wanted.again is None else ():  # older versions let some of them pass
        if getattr(settings, name) != getattr(usual, name):
            raise SettingError(f"{named(name, getattr(settings, name))} has no meaning for a {kind}.", "Leave it out.")
    return settings


def recorded(wanted: Film | Zoom) -> dict[str, Any]:
    """The options that the record of a film or a zoom keeps; keyframes by the name that it knows them by, `curves`, and
    by their place as seen from the film, so that both can be moved together.
    """
    kept = {one.name: getattr(wanted, one.name) for one in declared(type(wanted)) if one.metadata["records"]}
    file = kept.pop("keyframes")
    return {**kept, "curves": None if file is None else provenance.location(file, wanted.output)["path"]}


def read(kept: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The keywords of Film or Zoom from what `recorded` kept.

    Args:
        kept: by version 0.1 with keyframes by their absolute path.
        folder: of the film.
    """
    options = dict(kept)
    file = options.pop("curves")
    return {**options, "keyframes": None if file is None else folder / file}
