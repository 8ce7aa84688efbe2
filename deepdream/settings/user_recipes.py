"""Users' recipes: small TOML files, in the user's folder or anywhere else.

    look = "thin lines, like an etching"      # look, cost, source and based_on are optional
    based_on = "seed"                         # the built-in recipe underneath; classic when not given
    steps = 20                                # any setting by its name

    [networks.pocket]                         # further settings for one network
    layers = "block2"

Paths in settings, such as a mask's, are relative to the recipe's folder.

path_of(name) -> Path or None · saved() -> {name: Path} · read(path) -> UserRecipe · write(path, recipe)
folder() -> Path

A file is validated in full when it is read: its keys, its values as Settings checks them, and its selections.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from deepdream.atomic import replacing
from deepdream.errors import RecipeError, SelectionError, SettingError, StorageError, nearest
from deepdream.settings import toml
from deepdream.settings.fields import FIELDS, NETWORKS, Settings, names
from deepdream.settings.former import renewed
from deepdream.settings.values import MODEL_FILES, format_size

VARIABLE = "DEEPDREAM_RECIPES"
WORDS = ("look", "cost", "source", "based_on")
"""Keys that are not settings but text about the recipe."""

NAME = re.compile(r"[^\W_][\w-]*")
"""A saved recipe's name: letters, digits, - and _."""


@dataclass(frozen=True)
class UserRecipe:
    """A recipe file's contents: as `recipes.Recipe`, before it is merged onto the built-in recipe `based_on`."""

    look: str = ""
    cost: str = ""
    source: str = ""
    based_on: str = "classic"
    overrides: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def folder() -> Path:
    """The folder of saved recipes; it may not exist."""
    given = os.environ.get(VARIABLE)
    return (
        Path(given).expanduser() if given else platformdirs.user_config_path("deepdream", appauthor=False) / "recipes"
    )


def saved() -> dict[str, Path]:
    """The recipes in the user's folder, by name."""
    return {path.stem: path for path in sorted(folder().glob("*.toml")) if NAME.fullmatch(path.stem)}


def is_file_name(name: str) -> bool:
    """Whether this is a recipe's file name rather than the name of a saved recipe."""
    return name.endswith(".toml")


def path_of(name: str) -> Path | None:
    """The file of a recipe: a path that ends in .toml, or the saved recipe of that name; None if there is none.

    Raises:
        RecipeError: no file at that path; the message suggests the nearest name.
    """
    if not is_file_name(name):
        return saved().get(name)
    path = Path(name).expanduser()
    if path.exists():
        return path
    neighbours = [str(path.with_name(other.name)) for other in sorted(path.parent.glob("*.toml"))]
    alike = nearest(str(path), [*neighbours, *saved()])
    hint = f"Did you mean {' or '.join(alike)}?" if alike else "List those there are with: deepdream recipes"
    raise RecipeError(f"There is no recipe file {name}.", hint)


def read(path: Path, built_in: Iterable[str]) -> UserRecipe:
    """The file's contents, fully validated.

    Args:
        path: of the file.
        built_in: names of recipes that it may be based on.

    Raises:
        RecipeError: it can't be read, is not TOML, or has an invalid key or value; the message names file and key.
    """
    table = toml.load(path, "recipe file", RecipeError)
    words = {key: table.pop(key) for key in WORDS if key in table}
    networks = table.pop("networks", {})
    _check_words(path, words, built_in)
    _check_networks(path, networks)
    overrides = _settings(path, table)
    by_network = {name: _settings(path, values, f" under [networks.{name}]") for name, values in networks.items()}
    for values in by_network.values():
        _check(path, overrides | values)  # valid apart, they may still exclude each other
    return UserRecipe(**words, overrides=overrides, networks=by_network)


def write(path: Path, recipe: UserRecipe) -> None:
    """Write the file that `read` reads, atomically; missing folders are created.

    Raises:
        StorageError: writing failed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text(text(recipe), encoding="utf-8", newline="")
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror}.") from error


def text(recipe: UserRecipe) -> str:
    """A recipe as TOML. Values are text, numbers, booleans and lists of these, whose JSON form is valid TOML."""
    words = {key: getattr(recipe, key) for key in WORDS if getattr(recipe, key)}
    tables = [_lines(words), _lines(recipe.overrides)]
    tables += [f"[networks.{_key(name)}]\n{_lines(values)}" for name, values in recipe.networks.items() if values]
    return "\n".join(table for table in tables if table)


def _key(name: str) -> str:
    """A table's name in TOML: bare if allowed, else quoted, as a file name must be."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _lines(values: Mapping[str, Any]) -> str:
    lines = []
    for key, value in values.items():
        shown = format_size(value) if key == "size" else value
        encoded = json.dumps(shown, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON allows DEL, TOML does not
        lines.append(f"{key} = {encoded}\n")
    return "".join(lines)


def _check_words(path: Path, words: Mapping[str, Any], built_in: Iterable[str]) -> None:
    """Raise if a description is not text or the base is not a built-in recipe."""
    for key, value in words.items():
        if not isinstance(value, str):
            raise RecipeError(f"{path}: {key} {value!r} is not text.")
    if (base := words.get("based_on")) is not None and base not in built_in:
        alike = nearest(base, built_in, 1)
        hint = f"Did you mean {' or '.join(alike)}?" if alike else f"These are: {', '.join(built_in)}."
        raise RecipeError(f"{path}: based_on {base!r} is not a built-in recipe.", hint)


def _check_networks(path: Path, networks: Any) -> None:
    """Raise unless there is one table per known network."""
    if not isinstance(networks, dict) or not all(isinstance(values, dict) for values in networks.values()):
        raise RecipeError(f"{path}: networks is not a table for each network.", "Write for example [networks.pocket].")
    known = [name for name in NETWORKS if name != "auto"]
    for name in networks:
        if name not in known and not name.lower().endswith(MODEL_FILES):
            alike = nearest(name, known, 1)
            hint = f"Did you mean {' or '.join(alike)}?" if alike else f"The networks are {', '.join(known)}."
            raise RecipeError(f"{path}: networks holds the unknown network {name!r}.", hint)


def _settings(path: Path, table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The settings of one table, in the types of Settings.

    Raises:
        RecipeError: an unknown key (the message suggests the nearest one), or an invalid value.
    """
    table = renewed(table)
    known = [name for name in names() if name != "recipe"]
    words = WORDS if not where else ()
    for key in table:
        if key not in known:
            alike = nearest(key, [*known, *words, *(["networks"] if words else [])], 1)
            hint = f"Did you mean {' or '.join(alike)}?" if alike else f"The settings are {', '.join(known)}."
            raise RecipeError(f"{path}: the key {key!r}{where} is not a setting of a dream.", hint)
    checked = _check(path, table)
    files = {name for name, field in FIELDS.items() if field.metadata["metavar"] == "FILE"}
    return {key: _beside(path, getattr(checked, key)) if key in files else getattr(checked, key) for key in table}


def _beside(path: Path, name: str) -> str:
    """A file name relative to the recipe's folder; a leading "!", which inverts a mask, stays in front."""
    sign = "!" if name.startswith("!") else ""
    return f"{sign}{path.parent / Path(name.removeprefix('!')).expanduser()}"


def _check(path: Path, values: Mapping[str, Any]) -> Settings:
    """The values as Settings; an error names the file."""
    try:
        return Settings(**values)
    except (SettingError, SelectionError) as error:
        raise RecipeError(f"{path}: {error.message}", error.advice) from None
