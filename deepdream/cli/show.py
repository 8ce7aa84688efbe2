"""deepdream show: the recipe that a picture carries."""

import json as encoding
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.cli import messages, options
from deepdream.errors import ImageError, SettingError, command, plural
from deepdream.pipeline import provenance, replay
from deepdream.settings import MODEL_FILES, Settings, recipes

FILMS = ("film", "zoom")
"""Kinds of recipes that `deepdream again` makes a film of."""


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the recipe as it is stored.")] = False,
    command: Annotated[
        bool, typer.Option("--command", help="Print the command that makes such a dream, ready to type.")
    ] = False,
    traceback: options.Traceback = False,
) -> int:
    """Print how a dream was made.

    FILE is a picture or a film that this tool made, or a sheet of features; it carries network, input, machine and
    every setting.
    """
    if json and command:
        raise SettingError("--json and --command exclude each other.", "Give one of them.")
    recipe = read(file)
    if command and "kind" in recipe:
        raise ImageError(f"{file} is no dream: its recipe is of the kind {recipe['kind']!r}.")
    if command:
        print(typed(recipe, file))
    elif json:
        print(encoding.dumps(recipe, indent=2))
    else:
        print(describe_other(recipe, file) if "kind" in recipe else describe(recipe, file))
    return 0


def read(file: Path) -> Mapping[str, Any]:
    """The recipe that a picture or a film carries.

    Raises:
        ImageError: there is none.
    """
    from deepdream.film import record

    return record.read(file) if file.suffix.lower() in record.SUFFIXES else provenance.read_any(file)


def typed(recipe: Mapping[str, Any], file: Path) -> str:
    """A dream's command: its input, its network, and the settings that its recipe does not have by itself."""
    replay.refuse_newer(recipe, file)
    entry, found = recipe["input"], dict(recipe["settings"])
    source: list[str | Path] = []
    if not (entry.get("canvas") or entry.get("sample")) and ("path" in entry or "digest" in entry):
        source = [file.parent / entry["path"] if "path" in entry else "IMAGE"]
    if not str(found["network"]).lower().endswith(MODEL_FILES):
        found["network"] = recipe["network"]
    if found["recipe"] not in recipes.RECIPES:  # one's own, whose settings are all here
        found["recipe"] = Settings().recipe
    usual = asdict(recipes.resolve({"recipe": found["recipe"]}, recipe["network"])) | {"recipe": Settings().recipe}
    rows = options.shown_settings(
        {name: value for name, value in found.items() if _plain(value) != _plain(usual[name])}
    )
    bits = ["--bits", str(recipe["bits"])] if "bits" in recipe else []
    words = [*source, *(word for row in rows for word in row if word), *bits]
    return command("dream", *words)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def describe(recipe: Mapping[str, Any], file: Path) -> str:
    """A dream's recipe as text, and how to make it again."""
    rows = [
        ("made by", _maker(recipe)),
        ("network", f"{recipe['network']}, weights {recipe['weights']}"),
        ("input", _source(recipe["input"])),
    ]
    if "partial" in recipe:
        rows.append(("taken", f"after {plural(recipe['partial']['steps'], 'step')}, before the end"))
    rows += [("note", str(note)) for note in recipe.get("notes", ())]
    rows += [("target", f"{term}: {found}") for term, found in dict(recipe.get("targets", {})).items()]
    rows += options.shown_settings(recipe["settings"])
    return f"{file}\n{messages.columns(rows)}\nTo make it again: {command('again', file)}"


def describe_other(recipe: Mapping[str, Any], file: Path) -> str:
    """The recipe of another kind of picture as text: all its entries, the settings last."""
    rows = [("kind", str(recipe["kind"])), ("made by", _maker(recipe))]
    for name, value in recipe.items():
        if name == "input":
            rows.append((name, _source(value)))
        elif isinstance(value, Mapping) and name == recipe["kind"]:
            rows += options.shown_settings({key: found for key, found in value.items() if found is not False})
        elif isinstance(value, Mapping) and name == "targets":
            rows += [("target", f"{term}: {found}") for term, found in value.items()]
        elif isinstance(value, Mapping) and name == "files":
            rows += [("file", f"{file}, {digest}") for file, digest in value.items()]
        elif name not in ("kind", "version", "runtime", "settings") and value not in (None, [], ""):
            counted = isinstance(value, list) and isinstance(value[0], dict)  # strokes, too many to list
            shown = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
            shown = str(len(value)) if counted else shown
            rows.append((name.replace("_", " "), shown))
    rows += options.shown_settings(recipe.get("settings", {}))
    again = f"\nTo make it again: {command('again', file)}" if recipe["kind"] in (*FILMS, provenance.LIVE) else ""
    return f"{file}\n{messages.columns(rows)}{again}"


def _maker(recipe: Mapping[str, Any]) -> str:
    """The version and the machine that made it."""
    runtime = recipe.get("runtime", {})
    return ", ".join(
        [
            f"deepdream {recipe.get('version', 'of an unknown version')}",
            *(f"{name} {_plainly(found)}" for name, found in runtime.items()),
        ]
    )


def _plainly(found: Any) -> str:
    """An entry of a record in words; of a list, each that differs once."""
    return " and ".join(dict.fromkeys(map(str, found))) if isinstance(found, list) else str(found)


def _source(entry: Mapping[str, Any]) -> str:
    """What a picture was made from: its location and digest."""
    if entry.get("canvas"):
        return "none: it began with a canvas"
    place = "the sample picture" if entry.get("sample") else entry.get("path", "a picture without a recorded location")
    return f"{place}, {entry['digest']}" if entry.get("digest") else place
