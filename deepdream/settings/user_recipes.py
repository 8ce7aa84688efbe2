"""Users' recipes: small TOML files, in the user's folder or anywhere else.

    look = "thin lines, like an etching"      # look, cost, source and based_on are optional
    based_on = "seed"                         # the built-in recipe underneath; classic when not given
    steps = 20                                # any setting by its name

    [networks.pocket]                         # further settings for one network
    layers = "block2"

A file that a setting names, such as a mask, is relative to the recipe's folder.

path_of(name) -> Path or None · saved() -> {name: Path} · read(path) -> UserRecipe · write(path, own) · folder() -> Path

A file is checked in full when it is read: its keys, its values in the words of Settings, and its selections.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from deepdream.atomic import replacing
from deepdream.errors import RecipeError, SelectionError, SettingError, StorageError, nearest
from deepdream.settings.fields import FIELDS, NETWORKS, Settings, names
from deepdream.settings.former import renewed
from deepdream.settings.values import MODEL_FILES, format_size

VARIABLE = "DEEPDREAM_RECIPES"
WORDS = ("look", "cost", "source", "based_on")
"""Keys that are no settings: text about the recipe."""

NAME = re.compile(r"[^\W_][\w-]*")
"""What a saved recipe may be called: letters, digits, - and _."""


@dataclass(frozen=True)
class UserRecipe:
    """What a file says: as `recipes.Recipe`, before it is laid over the built-in recipe `based_on`."""

    look: str = ""
    cost: str = ""
    source: str = ""
    based_on: str = "classic"
    overrides: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def folder() -> Path:
    """Where saved recipes lie; it need not exist."""
    given = os.environ.get(VARIABLE)
    return (
        Path(given).expanduser() if given else platformdirs.user_config_path("deepdream", appauthor=False) / "recipes"
    )


def saved() -> dict[str, Path]:
    """The recipes in the user's folder, by name."""
    return {path.stem: path for path in sorted(folder().glob("*.toml")) if NAME.fullmatch(path.stem)}


def is_file_name(name: str) -> bool:
    """Whether a recipe is named by its file rather than by its name in the folder."""
    return name.endswith(".toml")


def path_of(name: str) -> Path | None:
    """The file of a recipe: a path that ends in .toml, or the file of that name in the folder; None if there is none.

    Raises:
        RecipeError: a path without a file; the message names the nearest one beside it.
    """
    if not is_file_name(name):
        return saved().get(name)
    path = Path(name).expanduser()
    if path.exists():
        return path
    beside = {str(path.with_name(other.name)): None for other in sorted(path.parent.glob("*.toml"))}
    alike = nearest(str(path), [*beside, *saved()])
    hint = f"Did you mean {' or '.join(alike)}?" if alike else "List those there are with: deepdream recipes"
    raise RecipeError(f"There is no recipe file {name}.", hint)


def read(path: Path, built_in: Iterable[str]) -> UserRecipe:
    """What the file says, checked in full.

    Args:
        path: of the file.
        built_in: names that it may be based on.

    Raises:
        RecipeError: it can't be read, is no TOML, or holds a key or value that can't serve; names file and key.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"The recipe file {path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise RecipeError(f"The recipe file {path} is not text in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        raise RecipeError(f"The recipe file {path} is not TOML: {message[:1].lower()}{message[1:]}.") from None
    words = {key: table.pop(key) for key in WORDS if key in table}
    networks = table.pop("networks", {})
    _check_words(path, words, built_in)
    _check_networks(path, networks)
    overrides = _settings(path, table)
    own = {name: _settings(path, values, f" under [networks.{name}]") for name, values in networks.items()}
    for values in own.values():
        _check(path, overrides | values)  # what holds apart may exclude each other together
    return UserRecipe(**words, overrides=overrides, networks=own)


def write(path: Path, own: UserRecipe) -> None:
    """Write the file that `read` reads, atomically; folders are made for it.

    Raises:
        StorageError: the disk refused.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text(text(own), encoding="utf-8", newline="")
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror}.") from error


def text(own: UserRecipe) -> str:
    """A recipe as TOML. The values are text, numbers, truths and lists of them, whose JSON is their TOML."""
    words = {key: getattr(own, key) for key in WORDS if getattr(own, key)}
    parts = [_lines(words), _lines(own.overrides)]
    parts += [f"[networks.{_key(name)}]\n{_lines(values)}" for name, values in own.networks.items() if values]
    return "\n".join(part for part in parts if part)


def _key(name: str) -> str:
    """A table's name as TOML: bare where it may be, else in quotes, as a file's name has to be."""
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _lines(values: Mapping[str, Any]) -> str:
    lines = []
    for key, value in values.items():
        shown = format_size(value) if key == "size" else value
        encoded = json.dumps(shown, ensure_ascii=False).replace("\x7f", "\\u007f")  # which JSON allows as it is
        lines.append(f"{key} = {encoded}\n")
    return "".join(lines)


def _check_words(path: Path, words: Mapping[str, Any], built_in: Iterable[str]) -> None:
    """Refuse words that are no text, and a base that is not built in."""
    for key, value in words.items():
        if not isinstance(value, str):
            raise RecipeError(f"{path}: {key} {value!r} is not text.")
    if (base := words.get("based_on")) is not None and base not in built_in:
        alike = nearest(base, built_in, 1)
        hint = f"Did you mean {' or '.join(alike)}?" if alike else f"These are: {', '.join(built_in)}."
        raise RecipeError(f"{path}: based_on {base!r} is not a built-in recipe.", hint)


def _check_networks(path: Path, networks: Any) -> None:
    """Refuse what is not a table for each network."""
    if not isinstance(networks, dict) or not all(isinstance(values, dict) for values in networks.values()):
        raise RecipeError(f"{path}: networks is not a table for each network.", "Write for example [networks.pocket].")
    known = [name for name in NETWORKS if name != "auto"]
    for name in networks:
        if name not in known and not name.lower().endswith(MODEL_FILES):
            alike = nearest(name, known, 1)
            hint = f"Did you mean {' or '.join(alike)}?" if alike else f"The networks are {', '.join(known)}."
            raise RecipeError(f"{path}: networks holds the unknown network {name!r}.", hint)


def _settings(path: Path, table: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The settings of one table in the types of Settings.

    Raises:
        RecipeError: an unknown key with the nearest one, or a value that its setting does not allow.
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
    """A file's name, relative to the recipe's folder; a leading "!", which inverts a mask, stays in front."""
    sign = "!" if name.startswith("!") else ""
    return f"{sign}{path.parent / Path(name.removeprefix('!')).expanduser()}"


def _check(path: Path, values: Mapping[str, Any]) -> Settings:
    """The values as Settings; a refusal names the file."""
    try:
        return Settings(**values)
    except (SettingError, SelectionError) as error:
        raise RecipeError(f"{path}: {error.message}", error.advice) from None
