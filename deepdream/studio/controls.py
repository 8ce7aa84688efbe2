"""The settings as the page and the API offer them, made from their statements: a new setting is a new control.

controls() -> rows for the page · recipe_rows() -> rows · accepted(given) -> given, as typed values
option_rows(kind) -> rows · options(kind, given) -> options of a film or a zoom, as typed values
command(given, files, output) -> the command line that makes the same dream
"""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

from deepdream import settings
from deepdream.errors import SettingError
from deepdream.film.options import BOUNDS, CHANGING, Film, Zoom, declared
from deepdream.pipeline import aims
from deepdream.pipeline.python_values import PICTURES
from deepdream.settings import Settings, fields, recipes, user_recipes
from deepdream.settings.values import MODEL_FILES

PAINTED = (*PICTURES, "paint")
"""Settings whose value is a picture that was uploaded or painted."""

SERVERS = ("weights", "regions", "threads", "memory")
"""Settings that are the server's: they name its files, or hold for its whole process."""

SELECTIONS = ("layers", "brushes")
"""Settings that choose layers, and may name files in a target."""

FILM_SERVERS = ("compare", "preview", "keep_frames", "force")
"""Options of films that are of files and of the terminal."""

FILMS: Mapping[str, tuple[type, Sequence[str]]] = {"film": (Film, CHANGING), "zoom": (Zoom, tuple(BOUNDS))}
"""Of each kind of film its options, and what may change over time."""

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


_KINDS: Mapping[type, str] = {bool: "switch", int: "number", float: "number", Path: "text file"}


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
        if name in SELECTIONS:
            refuse_files(str(value))
    typed = {name: settings.typed(name, value) for name, value in given.items() if value is not None}
    return fields.drawn(typed)


def asked_for(asked: Mapping[str, Any], memory: int | None) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The settings of a request for a dream, a film or a batch, as typed values, and its further pictures by setting.

    Args:
        asked: as in the API.
        memory: the bytes that the engine may take, if there is a limit.

    Raises:
        SettingError: as `accepted`, or either is no object.
    """
    settings, others = asked.get("settings") or {}, asked.get("pictures") or {}
    if not isinstance(settings, dict) or not isinstance(others, dict):
        raise SettingError("The settings, and the pictures beside them, are objects.")
    given = accepted(settings)
    return (given | {"memory": memory} if memory else given), others


def refuse_files(text: str) -> None:
    """Raise if a selection, or one of several, has a target that is computed from files: they would be the server's.

    Raises:
        SettingError: there is one.
        SelectionError: a term that the grammar does not allow.
    """
    for target in aims.of_text(text):
        if target.files:
            raise SettingError(
                f"{target} is not taken here: it names files, and the studio opens none of the server's.",
                "The command line takes it: deepdream dream.",
            )


def option_rows(kind: str) -> list[dict[str, Any]]:
    """The options of a kind of film that can be offered, made from their declarations as `controls` is."""
    declaring, changing = FILMS[kind]
    types = _types(declaring)
    return [
        {
            "name": one.name,
            "help": one.metadata["help"],
            "kind": "choice" if one.metadata["choices"] else _KINDS.get(types[one.name], "text"),
            "choices": one.metadata["choices"],
            "default": one.default,
            "metavar": one.metadata["metavar"],
            "changing": changing if types[one.name] is Path else (),
        }
        for one in declared(declaring)
        if one.name not in FILM_SERVERS
    ]


def options(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a film or a zoom as typed values; keyframes as the text of their file.

    Raises:
        SettingError: an unknown option, one that is the server's, or a value of another kind.
    """
    if not isinstance(given, dict):
        raise SettingError(f"The options of a {kind} are an object.")
    offered, types = [row["name"] for row in option_rows(kind)], _types(FILMS[kind][0])
    found = {}
    for name, value in given.items():
        if name not in offered:
            raise SettingError(f"{name!r} is not an option of a {kind}.", f"{', '.join(offered)} are.")
        flag, type_ = f"--{name.replace('_', '-')}", types[name]
        if type_ is Path and not isinstance(value, str):
            raise SettingError(f"{flag} is not a text.", "Send the text of the TOML file itself.")
        if type_ is bool and not isinstance(value, bool):
            raise SettingError(f"{flag} {value!r} is not true or false.")
        try:
            found[name] = value if type_ is Path else type_(value)
        except (TypeError, ValueError):
            what = "a whole number" if type_ is int else "a number"
            raise SettingError(f"{flag} {value!r} is not {what}.") from None
    return found


def _types(declaring: type) -> Mapping[str, type]:
    """The type of each option's values, beside None."""
    hints = get_type_hints(declaring)
    return {name: next((one for one in get_args(hint) if one is not type(None)), hint) for name, hint in hints.items()}


def command(
    given: Mapping[str, Any],
    source: str | None,
    output: str,
    options: Mapping[str, Any] | None = None,
    kind: str = "dream",
) -> str:
    """The command line that makes the same dream, to the bit, where its files are.

    Args:
        given: settings as typed, with the names of files.
        source: the picture's name; None for a canvas.
        output: the dream's name.
        options: of a film or a zoom.
        kind: of its job.
    """
    name, named, end = ("batch", [], ["-o", "dreams"]) if kind == "batch" else ("dream", [], ["-o", output])
    if kind in FILMS:
        name, named, end = kind, [output], []
    words = ["deepdream", name, *([source] if source else []), *named]
    for name, value in {**given, **(options or {})}.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words += [
                f"--{flag}",
                settings.format_size(tuple(value)) if isinstance(value, (list, tuple)) else str(value),
            ]
    return shlex.join([*words, *end])
