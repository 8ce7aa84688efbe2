"""Schedules: a setting that changes from octave to octave, coarse to fine.

    20/10/5     one value per octave; the last repeats for all that follow
    20..5       linear from the first octave to the last

is_schedule(value) · values(text, kind) -> the values as typed · expand(value, count, kind) -> one value per octave
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from deepdream.errors import SettingError
from deepdream.settings.targets import split

T = TypeVar("T")

_RANGE = re.compile(r"(.+?)\.\.(.+)")


def is_schedule(value: Any) -> bool:
    """Whether the value is a schedule rather than one value for all octaves."""
    return isinstance(value, str) and (len(split(value, "/")) > 1 or bool(_RANGE.fullmatch(value)))


def values(text: str, kind: Callable[[str], T], name: str = "") -> tuple[T, ...]:
    """The values in a schedule: one per octave, or the two ends of a range.

    Args:
        text: as typed.
        kind: int, float or str.
        name: of the setting, for the error.

    Raises:
        SettingError: a value that is not of the kind.
    """
    single = kind is str and len(split(text, "/")) == 1
    if single:  # one for all octaves, checked by its own grammar
        return (kind(text),)
    match = _RANGE.fullmatch(text) if kind is not str else None
    terms = list(match.groups()) if match else split(text, "/")
    try:
        found = tuple(kind(term.strip()) for term in terms)
    except ValueError:
        found = ()
    if not found or any(term.strip() == "" for term in terms):
        raise SettingError(
            f"{name} {text!r} is not a value for each octave.".lstrip(),
            "Type for example 20/10/5, or 20..5 for an even change.",
        )
    return found


def expand(value: Any, count: int, kind: Callable[[Any], T]) -> tuple[T, ...]:
    """One value per octave, coarse to fine.

    Args:
        value: a plain value, or a schedule as typed.
        count: octaves.
        kind: int, float or str; an int range is rounded.
    """
    if not is_schedule(value):
        return (kind(value),) * count
    named = values(value, kind)
    if _RANGE.fullmatch(value) and kind is not str:
        first, last = values(value, float)
        evenly = (first + (last - first) * n / max(count - 1, 1) for n in range(count))
        return tuple(kind(round(step) if kind is int else step) for step in evenly)
    return (named + named[-1:] * count)[:count]
