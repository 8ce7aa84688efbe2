"""Settings that were given and have no say, told so that nobody waits for their effect.

notes(given, settings) -> sentences
"""

from collections.abc import Callable, Mapping
from typing import Any

from deepdream.settings import Settings, names, schedules

IDLE: dict[str, tuple[str, Callable[[Settings], bool]]] = {
    "fill": ("without start flat", lambda s: s.start != "flat"),
    "profile": ("without a picture", lambda s: s.start != "picture"),
    "objective": ("with a guide", lambda s: s.guide is not None and s.regions is None),
    "octave_mode": ("on a single octave", lambda s: s.octaves == 1),
    "octave_ratio": ("on a single octave", lambda s: s.octaves == 1),
    "shape_exponent": ("without shape natural", lambda s: s.shape != "natural"),
    "shape_colour": ("with shape plain", lambda s: s.shape == "plain"),
    "shape_levels": ("without shape laplacian", lambda s: s.shape != "laplacian"),
    "shape_sigma": ("without shape cascade", lambda s: s.shape != "cascade"),
    "feather": ("without a mask", lambda s: s.mask is None),
    "memory": ("with a tile", lambda s: s.tile is not None),
}
"""By setting, when it has no effect: in words, and as a question to all settings."""

SCHEDULES = {"layers": str, "steps": int, "step_size": float, "jitter": int}
"""The settings that may have a value for each octave, and its type."""


def notes(given: Mapping[str, Any], settings: Settings) -> list[str]:
    """Sentences about what was given in vain; none for settings given in full, as a file records them.

    Args:
        given: what the user said, by setting name; None means not said.
        settings: what that came to, as typed.
    """
    if given.keys() >= set(names()):
        return []
    said = [name for name, value in given.items() if value is not None]
    found = [f"{name} has no effect {when}." for name, (when, idle) in IDLE.items() if name in said and idle(settings)]
    for name, kind in SCHEDULES.items():
        value = getattr(settings, name)
        if name in said and schedules.is_schedule(value):
            count, octaves = len(schedules.values(value, kind)), settings.octaves
            if count > octaves:
                of = f"{octaves} octave{'' if octaves == 1 else 's'}"
                found.append(f"{name} {value} has {count} values for {of}; those left over have no effect.")
    return found
