"""The grammar of --vary: the settings that a sweep varies, and their values.

parse(texts, given) -> {setting: (value, ...)}, in the order typed

    step-size=0.01,0.05              values are separated by commas,
    layers=block2;block3=0.5,block4  or, if a value contains a comma itself, all of them by semicolons
    mask=none,sky.png                none: the setting is not given
"""

from collections.abc import Mapping, Sequence
from typing import Any

from deepdream import settings
from deepdream.errors import SettingError, nearest
from deepdream.settings.targets import split

EXAMPLE = "Type for example --vary step-size=0.01,0.05."
BOOLEANS = {"true": True, "false": False}
Varied = dict[str, tuple[Any, ...]]


def parse(texts: Sequence[str], given: Mapping[str, Any]) -> Varied:
    """The values of each varied setting.

    Args:
        texts: as typed, SETTING=VALUES; a setting's name with - or _.
        given: settings that hold for every dream of the sweep.

    Raises:
        SettingError: no --vary, a malformed one, a setting that is unknown or can't be varied, or a repeated value.
    """
    if not texts:
        raise SettingError("A sweep needs at least one --vary.", EXAMPLE)
    varied: Varied = {}
    for text in texts:
        name, values = _one(text)
        if name in varied:
            raise SettingError(
                f"{_option(name)} is varied twice.", "Give all its values in one --vary, separated by ; or commas."
            )
        if name in given:
            raise SettingError(f"{_option(name)} is both given and varied.", "Give it once.")
        varied[name] = values
    return varied


def _one(text: str) -> tuple[str, tuple[Any, ...]]:
    """One --vary: the setting's name and its values."""
    key, equals, rest = text.partition("=")
    name = key.strip().replace("-", "_")
    if not equals:
        raise SettingError(f"--vary {text!r} is not of the form SETTING=VALUE,VALUE.", EXAMPLE)
    if name not in settings.names():
        alike = [_option(other) for other in nearest(name, settings.names(), 1)]
        hint = f"Did you mean {' or '.join(alike)}?" if alike else "List them with: deepdream dream --help"
        raise SettingError(f"--vary {key.strip()!r} names no setting of a dream.", hint)
    if name == "threads":
        raise SettingError("--vary can't take threads: a process has one number of them.", "Give --threads.")
    parts = [part.strip() for part in split(rest, ";" if len(split(rest, ";")) > 1 else ",")]
    values = tuple(_value(name, part) for part in parts if part)
    if not values:
        raise SettingError(f"--vary {text!r} gives {_option(name)} no value.", EXAMPLE)
    for value in values:
        if values.count(value) > 1:
            raise SettingError(f"--vary gives {_option(name)} the value {value} twice.", "Give it once.")
    return name, values


def _value(name: str, text: str) -> Any:
    """A value in its setting's type; invalid text unchanged, for Settings to refuse."""
    kind, optional = settings.value_type(name)
    if optional and text == "none":
        return None
    if kind is bool:
        return BOOLEANS.get(text, text)
    return settings.typed(name, text)


def _option(name: str) -> str:
    """A setting as --vary spells it."""
    return name.replace("_", "-")
