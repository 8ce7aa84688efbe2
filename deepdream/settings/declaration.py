"""How a setting is declared: its default and every fact about it in one statement.

setting(default, affects, group, help=...) -> field      the facts are in the field's metadata
"""

from collections.abc import Callable
from dataclasses import field
from enum import Flag
from typing import Any


class Part(Flag):
    """The part of a dream that a setting affects."""

    NOTHING = 0
    START = 1  # the picture it starts from
    GRADIENT = 2  # the compiled function from picture to gradient
    STEP = 4  # sizes, and what happens to the gradient
    FINISH = 8  # what happens once, at the end
    COMPUTING = 16  # how the gradient is computed: the same picture up to rounding


NOTHING, START, GRADIENT, STEP, FINISH, COMPUTING = (
    Part.NOTHING, Part.START, Part.GRADIENT, Part.STEP, Part.FINISH, Part.COMPUTING,
)  # fmt: skip

GROUPS = {
    "everyday": "Everyday",
    "what": "What to see",
    "where": "Where",
    "look": "Look",
    "colour": "Colour",
    "start": "What to start from",
    "size": "Size",
    "machine": "Machine",
}
"""Settings in groups, as people look for them, and the groups' headings; ten settings and options are everyday."""

Condition = str | tuple[str, Any]
"""Another setting that must be given, or (setting, value) that must hold."""


def setting(
    default: Any,
    affects: Part,
    group: str,
    *,
    help: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    files: tuple[str, ...] = (),
    metavar: str = "",
    grammar: Callable[[str], Any] | None = None,
    per_octave: bool = False,
    only_if: Condition | None = None,
    unless: Condition | None = None,
) -> Any:
    """The field of a setting in the class `Settings`.

    Args:
        default: its value in the recipe `classic`.
        affects: the part of a dream that it affects; dreams with equal values of all such settings can share that part.
        group: one of GROUPS, its heading in `--help`.
        help: for people, one sentence.
        low: inclusive bound.
        high: inclusive bound.
        choices: the only values.
        files: suffixes of files that may be given in place of a choice.
        metavar: the form of its value, for people.
        grammar: parses it as typed, or raises; a setting that is text is checked by it and stays as typed.
        per_octave: whether it may be a schedule, with a value for each octave (see `schedules`).
        only_if: it has no effect unless this holds.
        unless: it has no effect if this holds.
    """
    facts = {name: value for name, value in locals().items() if name != "default"}
    return field(default=default, metadata=facts)
