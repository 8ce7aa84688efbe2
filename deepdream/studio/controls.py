"""The settings as the page and the API offer them, made from their statements: a new setting is a new control.

controls() -> rows for the page · recipe_rows() -> rows · accepted(given) -> given, as typed values
command(given, files, output) -> the command line that makes the same dream
"""

import dataclasses
import shlex
from collections.abc import Mapping
from typing import Any

from deepdream import settings
from deepdream.errors import SettingError
from deepdream.pipeline.python_values import PICTURES
from deepdream.settings import Settings, fields, recipes, user_recipes
from deepdream.settings.values import MODEL_FILES

PAINTED = (*PICTURES, "paint")
"""Settings whose value is a picture that was uploaded or painted."""

SERVERS = ("weights", "regions", "threads", "memory")
"""Settings that are the server's: they name its files, or hold for its whole process."""

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "Eyes and fur": {"recipe": "classic"},
    "Curls": {"layers": "block3_conv3"},
    "Weave": {"layers": "block2_conv2", "step_size": 0.004},
    "Bold strokes": {"recipe": "seed"},
}
"""Four ways to dream that the page tries on one's own picture."""


def controls() -> list[dict[str, Any]]:
    """Every setting that can be offered: what it is, its bounds, help, default, and when it has no effect."""
    rows = []
    for field in dataclasses.fields(Settings):
        if field.name in SERVERS:
            continue
        kind, optional = settings.value_type(field.name)
        facts = field.metadata
        shown = "picture" if field.name in PAINTED else "choice" if facts["choices"] else _KINDS.get(kind, "text")
        rows.append(
            {
                "name": field.name,
                "group": facts["group"],
                "help": facts["help"],
                "kind": shown,
                "whole": kind is int,
                "choices": facts["choices"],
                "low": facts["low"],
                "high": facts["high"],
                "default": field.default,
                "byNetwork": recipes.by_network(field.name),
                "optional": optional,
                "perOctave": facts["per_octave"],
                "metavar": facts["metavar"],
                "onlyIf": facts["only_if"],
                "unless": facts["unless"],
            }
        )
    return rows


_KINDS = {bool: "switch", int: "number", float: "number"}


def recipe_rows() -> list[dict[str, str]]:
    """The recipes by name, with what they look like."""
    return [{"name": name, "look": recipes.find(name).look} for name in [*recipes.RECIPES, *user_recipes.saved()]]


def accepted(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a request as typed values; names of the server's own files are never taken.

    Raises:
        SettingError: an unknown setting, or one that is the server's.
    """
    settings.check_names(given)
    for name, value in given.items():
        if value is not None and (name in SERVERS or name in PAINTED):
            what = "names a picture by its id, beside the settings" if name in PAINTED else "is set where it is started"
            raise SettingError(f"{name} is not taken here: in the studio it {what}.")
        if name in ("network", "recipe") and str(value).lower().endswith((*MODEL_FILES, ".toml")):
            raise SettingError(f"{name} {value!r} is a file; the studio takes names.")
    typed = {name: settings.typed(name, value) for name, value in given.items() if value is not None}
    return fields.drawn(typed)


def command(given: Mapping[str, Any], source: str | None, output: str) -> str:
    """The command line that makes the same dream, to the bit, where its files are.

    Args:
        given: settings as typed, with the names of files.
        source: the picture's name; None for a canvas.
        output: the dream's name.
    """
    words = ["deepdream", "dream", *([source] if source else [])]
    for name, value in given.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words += [
                f"--{flag}",
                settings.format_size(tuple(value)) if isinstance(value, (list, tuple)) else str(value),
            ]
    return shlex.join([*words, "-o", output])
