"""Where a dream acts: regions, each with its own mask and aim, and the names of guides. `images.masks` reads the files.

read(path) -> (Region, ...)                                          a TOML file of regions
guides(text) -> ((Path, weight), ...)                                pictures to be guided by, "a.jpg,b.jpg=0.5"

    [[region]]
    mask = "sky.png"            # grey is strength; seen from the TOML file's folder
    feather = 12                # pixels
    layers = "block4"           # without these, the dream's own
    objective = "mean"
    strength = 0.5
    guide = "flower.jpg"
"""

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepdream.errors import SettingError, nearest


@dataclass(frozen=True)
class Region:
    """A part of the picture with an aim of its own.

    Attributes:
        mask: the mask's picture, as `mask` takes it; None for the whole picture.
        feather: pixels by which the mask's edge is softened.
        layers, objective, guide: as the settings of these names; None for the dream's own.
        strength: how hard, against other regions.
    """

    mask: str | None = None
    feather: float = 0.0
    layers: str | None = None
    objective: str | None = None
    guide: str | None = None
    strength: float = 1.0


def read(path: Path) -> tuple[Region, ...]:
    """The regions of a TOML file; names of pictures are seen from its folder.

    Raises:
        SettingError: no such file, not TOML, no region, an unknown key, or a value of the wrong type.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"The regions file {path} can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"The regions file {path} is not TOML: {error}.") from None
    for key in table:
        if key != "region":
            raise SettingError(f"{path} has the unknown key {key!r}.", "Regions are tables named [[region]].")
    entries = table.get("region")
    if not isinstance(entries, list) or not entries:
        raise SettingError(f"{path} holds no region.", "Regions are tables named [[region]].")
    return tuple(_region(entry, path, number) for number, entry in enumerate(entries, start=1))


def guides(text: str) -> tuple[tuple[Path, float], ...]:
    """The pictures of a guide, with their weights.

    Raises:
        SettingError: a weight that is no number, weights that are all 0, or no picture at all.
    """
    found = []
    for term in (part.strip() for part in text.split(",")):
        name, sign, weight = term.rpartition("=")
        try:
            number = float(weight) if sign else 1.0
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise SettingError(
                f"The weight {weight!r} in guide {term!r} is not a number.", "Type for example --guide a.jpg,b.jpg=0.5."
            )
        found.append((Path(name if sign else term).expanduser(), number))
    if any(str(path) in ("", ".") for path, _ in found):
        raise SettingError(f"guide {text!r} names no picture.", "Type for example --guide flower.jpg.")
    if all(weight == 0 for _, weight in found):
        raise SettingError(f"guide {text!r} gives every picture the weight 0.", "Give one of them a weight.")
    return tuple(found)


def _region(entry: dict[str, Any], path: Path, number: int) -> Region:
    """One [[region]] of the file, its keys and values checked."""
    where = f"Region {number} of {path}"
    kinds = {field.name: field.type for field in dataclasses.fields(Region)}
    for key, value in entry.items():
        if key not in kinds:
            alike = nearest(key, kinds)
            hint = f"Did you mean {' or '.join(alike)}?" if alike else f"A region has {', '.join(kinds)}."
            raise SettingError(f"{where} has the unknown key {key!r}.", hint)
        wanted = (int, float) if kinds[key] is float else str
        if isinstance(value, bool) or not isinstance(value, wanted) or value in (math.inf, -math.inf) or value != value:
            raise SettingError(f"{where}: {key} {value!r} is not {'text' if wanted is str else 'a number'}.")
    values: dict[str, Any] = {key: float(value) if kinds[key] is float else value for key, value in entry.items()}
    for key in ("mask", "guide"):
        if key in values:
            values[key] = _beside(values[key], path)
    region = Region(**values)
    if not 0 <= region.feather <= 10_000:
        raise SettingError(f"{where}: feather {region.feather:g} is out of its bounds: 0 to 10000.")
    if region.objective not in (None, "mean", "squares"):
        raise SettingError(f"{where}: objective {region.objective!r} is not one of mean, squares.")
    if region.strength == 0:
        raise SettingError(f"{where}: strength 0 dreams nothing there.", "Leave the region out.")
    return region


def _beside(text: str, path: Path) -> str:
    """The pictures' paths as seen from the TOML file's folder; a leading "!" stays in front."""
    sign = "!" if text.startswith("!") else ""
    names = (part.strip() for part in text.removeprefix("!").split(","))
    return sign + ",".join(str(path.parent / Path(name).expanduser()) for name in names)
