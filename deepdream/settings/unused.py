"""Settings the user passed that have no effect on this run; each becomes a note.

notes(given, settings) -> sentences
"""

from collections.abc import Mapping
from typing import Any

from deepdream.errors import plural
from deepdream.settings import Settings, checks, schedules
from deepdream.settings.fields import FIELDS


def notes(given: Mapping[str, Any], settings: Settings) -> list[str]:
    """One sentence for each setting without effect; none if every setting is given, as in a picture's record.

    Args:
        given: the user's settings by name; None means not given.
        settings: the full settings they resolve to.
    """
    if given.keys() >= FIELDS.keys():
        return []
    found = []
    for name, setting in FIELDS.items():
        if given.get(name) is None:
            continue
        if reason := checks.why_unused(setting, settings):
            found.append(f"{name} has no effect {reason}.")
        value, octaves = getattr(settings, name), settings.octaves
        if setting.metadata["per_octave"] and schedules.is_schedule(value):
            count = len(schedules.values(value, checks.value_type(setting)[0]))
            if count > octaves:
                values = f"{plural(count, 'value')} for {plural(octaves, 'octave')}"
                found.append(f"{name} {value} has {values}; the rest have no effect.")
    return found
