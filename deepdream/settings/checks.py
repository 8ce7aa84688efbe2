"""Validation of a value against its setting's field: type, grammar, bounds and choices.

checked(setting, value) -> the value in the setting's type
typed(setting, text) -> a number if the setting is numeric
why_unused(setting, settings) -> why it has no effect given the others, as a phrase
about(help, low, high) -> metadata of a field · describe(record, name) -> help    of another record than a dream's
made(record, given, what) -> record      such a record from settings by name
check_bounds(record)                     its numbers, by its fields' metadata
value_type(setting) -> (str, int, float, bool or Size; whether it may be None)
"""

import difflib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import Field, fields
from numbers import Real
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from deepdream.errors import SettingError, nearest
from deepdream.settings import schedules
from deepdream.settings.values import NOR_A_FILE, Size, format_bytes, format_size, no_model, parse_bytes

LONGEST = 1_000_000
"""Pixels per side."""

_TYPE_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


Record = TypeVar("Record")


def about(help: str, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    """A field's metadata: its help and its inclusive bounds."""
    return {"help": help, "low": low, "high": high}


def describe(record: Any, name: str) -> str:
    """The help of a field of a record, with its default where that is a number or a word."""
    setting = next(known for known in fields(record) if known.name == name)
    value, help = setting.default, setting.metadata["help"]
    if value is None or isinstance(value, bool | tuple):
        return help
    return f"{help}  [default: {value if isinstance(value, str) else f'{value:g}'}]"


def made(record: type[Record], given: Mapping[str, Any], what: str) -> Record:
    """A record of settings by name.

    Args:
        record: a dataclass, which checks its values.
        given: settings by name.
        what: these are the settings of, for the message: "an atlas".

    Raises:
        SettingError: an unknown name, or a value that the record refuses.
    """
    check_names(given, [setting.name for setting in fields(cast(Any, record))], what)
    return record(**given)


def check_names(given: Iterable[str], known: Collection[str], what: str) -> None:
    """Check that every name is a setting.

    Args:
        given: names.
        known: those of all settings.
        what: these are the settings of, for the message: "a dream".

    Raises:
        SettingError: an unknown name; the message suggests the nearest ones.
    """
    for name in given:
        if name not in known:
            alike = nearest(name, known)
            raise SettingError(
                f"{name!r} is not a setting of {what}.",
                f"Did you mean {' or '.join(alike)}?" if alike else f"The settings are {', '.join(known)}.",
            )


def check_bounds(record: Any) -> None:
    """Check the numbers of a record of settings whose fields have `low` and `high` in their metadata.

    Raises:
        SettingError: one is no number, or out of its bounds.
    """
    for setting in fields(record):
        value, low, high = getattr(record, setting.name), setting.metadata["low"], setting.metadata["high"]
        if None in (low, value):
            continue
        if isinstance(value, bool) or not isinstance(value, Real):
            raise SettingError(f"{setting.name} {value!r} is not a number.")
        if not low <= value <= high:  # nor is nan
            raise SettingError(f"{setting.name} {value} is out of its bounds: {low} to {high}.")


def value_type(setting: Field) -> tuple[Any, bool]:
    """The plain type of a setting (str, int, float, bool or Size) and whether it may be None."""
    hint = setting.type
    if get_origin(hint) in (Union, UnionType):
        types = get_args(hint)  # the plain type comes first: `int | str` is a number that may be a schedule
        return types[0], type(None) in types
    return hint, False


def typed(setting: Field, text: Any) -> Any:
    """What was typed, as a number if the setting is numeric; invalid text unchanged, for `checked` to reject."""
    kind, _ = value_type(setting)
    if not isinstance(text, str) or kind not in (int, float):
        return text
    try:
        return kind(text)
    except ValueError:
        return text


def checked(setting: Field, value: Any) -> Any:
    """The value in the setting's type, converted only without loss: an int to a float, text to a size.

    Raises:
        SettingError: a value of the wrong type, out of bounds, or not among the choices.
        SelectionError: layers that the grammar does not allow.
    """
    kind, optional = value_type(setting)
    if value is None and optional:
        return None
    if not setting.metadata["per_octave"]:
        return _checked(setting, value)
    if isinstance(value, (list, tuple)):
        value = "/".join(str(one) for one in value)
    if not schedules.is_schedule(value):
        return _checked(setting, typed(setting, value))
    for one in schedules.values(value, kind, setting.name):
        _checked(setting, one)
    return value


def why_unused(setting: Field, settings: Any) -> str:
    """Why the setting has no effect given these others, as a phrase: "without a mask"; empty if it has one."""
    for rule, required, word in (("only_if", True, "without"), ("unless", False, "with")):
        if condition := setting.metadata[rule]:
            other, *values = [condition] if isinstance(condition, str) else condition
            value = getattr(settings, other)
            if (value in values if values else value is not None) != required:
                return f"{word} {other} {values[0]}" if values else f"{word} a {other}"
    return ""


def _checked(setting: Field, value: Any) -> Any:
    """One value, for one octave or for all."""
    name, (kind, _), grammar = setting.name, value_type(setting), setting.metadata["grammar"]
    if isinstance(value, str) and grammar:
        parsed = grammar(value)
        value = value if kind is str else parsed  # a text setting stays as typed
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if kind == Size:
        return _size(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise SettingError(f"{name} {value!r} is not {_TYPE_WORDS[kind]}.")
    _check_choices(setting, value)
    low, high = setting.metadata["low"], setting.metadata["high"]
    if low is not None and not (math.isfinite(value) and low <= value <= high):
        low, high = (format_bytes(bound) if grammar is parse_bytes else bound for bound in (low, high))
        raise SettingError(f"{name} {value} is out of its bounds: {low} to {high}.")
    return value


def _size(value: Any) -> Size:
    """(height, width), also from a list, as a JSON recipe has it."""
    size = tuple(value) if isinstance(value, list) else value
    if isinstance(size, tuple) and len(size) == 2 and all(isinstance(n, int) and 0 < n <= LONGEST for n in size):
        return size
    shown = format_size(size) if isinstance(size, tuple) and len(size) == 2 else repr(value)
    raise SettingError(f"size {shown} is not a width and a height in whole pixels, each 1 to {LONGEST}.")


def _check_choices(setting: Field, value: Any) -> None:
    """Raise unless the value is one of the setting's choices, or a file that may stand for one."""
    choices, files = setting.metadata["choices"], setting.metadata["files"]
    if not choices or value in choices or (files and value.lower().endswith(files)):
        return
    alike = difflib.get_close_matches(value, choices, n=1)
    nor = f", {NOR_A_FILE}" if files else ""
    hint = f"Did you mean {alike[0]}?" if alike else no_model(value) if files else ""
    raise SettingError(f"{setting.name} {value!r} is not one of {', '.join(choices)}{nor}.", hint)
