"""Regions: parts of the picture, each with its own mask and target. `images.masks` reads the masks.

read(path) -> (Region, ...)                                          a TOML file of regions

    [[region]]
    mask = "sky.png"            # grey level is strength; relative to the TOML file's folder
    feather = 12                # pixels
    layers = "block4"           # this and the rest default to the dream's settings
    objective = "mean"
    strength = 0.5
    guide = "flower.jpg"
"""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.errors import SelectionError, SettingError, nearest
from deepdream.settings import toml
from deepdream.settings.checks import checked
from deepdream.settings.fields import FIELDS


@dataclass(frozen=True)
class Region:
    """A part of the picture with its own target.

    Attributes:
        mask: the mask's picture, as in the setting `mask`; None for the whole picture.
        feather: pixels by which the mask's edge is softened.
        layers, objective, guide: as the settings of these names; None for the dream's.
        strength: weight relative to other regions.
    """

    mask: str | None = None
    feather: float = 0.0
    layers: str | None = None
    objective: str | None = None
    guide: str | None = None
    strength: float = 1.0


def read(path: Path) -> tuple[Region, ...]:
    """The regions of a TOML file; picture names are relative to its folder.

    Raises:
        SettingError: no such file, not TOML, no region, an unknown key, or an invalid value.
        SelectionError: layers that the grammar does not allow.
    """
    table = toml.load(path, "regions file", SettingError)
    for key in table:
        if key != "region":
            raise SettingError(f"{path} has the unknown key {key!r}.", "Regions are tables named [[region]].")
    entries = table.get("region")
    if not isinstance(entries, list) or not entries:
        raise SettingError(f"{path} holds no region.", "Regions are tables named [[region]].")
    return tuple(_region(entry, path, number) for number, entry in enumerate(entries, start=1))


def _region(entry: dict[str, Any], path: Path, number: int) -> Region:
    """One [[region]] of the file, its keys and values checked."""
    where = f"Region {number} of {path}"
    known = [field.name for field in dataclasses.fields(Region)]
    for key in entry:
        if key not in known:
            alike = nearest(key, known)
            hint = f"Did you mean {' or '.join(alike)}?" if alike else f"A region has {', '.join(known)}."
            raise SettingError(f"{where} has the unknown key {key!r}.", hint)
    try:
        values: dict[str, Any] = {key: checked(FIELDS[key], value) for key, value in entry.items() if key != "strength"}
        strength = _strength(entry.get("strength", 1.0))
    except (SettingError, SelectionError) as error:
        raise type(error)(f"{where}: {error.message}", error.advice) from None
    for key in values.keys() & {"mask", "guide"}:
        if not values[key].removeprefix("!").strip():
            raise SettingError(f"{where}: {key} {values[key]!r} names no picture.", "Leave it out for none.")
        values[key] = _beside(values[key], path)
    return Region(**values, strength=strength)


def _strength(value: Any) -> float:
    """A region's weight: any number but 0; a negative one suppresses what the layers see."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise SettingError(f"strength {value!r} is not a number.")
    if value == 0:
        raise SettingError("strength 0 has no effect there.", "Leave the region out.")
    return float(value)


def _beside(text: str, path: Path) -> str:
    """The pictures' paths, relative to the TOML file's folder; a leading "!" stays in front."""
    sign = "!" if text.startswith("!") else ""
    names = (name.strip() for name in text.removeprefix("!").split(","))
    return sign + ",".join(str(path.parent / Path(name).expanduser()) for name in names)
