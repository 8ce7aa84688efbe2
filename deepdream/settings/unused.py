"""What was given and has no effect, said so that nobody waits for it.

notes(given, settings) -> sentences
"""

from collections.abc import Mapping
from typing import Any

from deepdream.settings import Settings, checks, schedules
from deepdream.settings.fields import FIELDS


def notes(given: Mapping[str, Any], settings: Settings) -> list[str]:
    """Sentences about what has no effect; none for settings given in full, as a file records them.

    Args:
        given: what the user said, by setting name; None means not said.
        settings: what that came to, as typed.
    """
    if given.keys() >= FIELDS.keys():
        return []
    found = []
    for name, setting in FIELDS.items():
        if given.get(name) is None:
            continue
        if when := checks.idle(setting, settings):
            found.append(f"{name} has no effect {when}.")
        value, octaves = getattr(settings, name), settings.octaves
        if setting.metadata["per_octave"] and schedules.is_schedule(value):
            count = len(schedules.values(value, checks.value_type(setting)[0]))
            if count > octaves:
                of = f"{octaves} octave{'' if octaves == 1 else 's'}"
                found.append(f"{name} {value} has {count} values for {of}; those left over have no effect.")
    return found
