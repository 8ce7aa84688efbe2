"""deepdream show: the recipe that a picture carries."""

import json as encoding
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from deepdream.cli import messages, options, recorded


def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the recipe as it is stored.")] = False,
) -> int:
    """Print how a dream was made.

    FILE is a picture that this tool made; it carries network, input, machine and every setting.
    """
    recipe = recorded.read(file)
    print(encoding.dumps(recipe, indent=2) if json else describe(recipe, file))
    return 0


def describe(recipe: Mapping[str, Any], file: Path) -> str:
    """A recipe for people, and how to run it again."""
    entry, runtime = recipe["input"], recipe.get("runtime", {})
    place = "the sample picture" if entry.get("sample") else entry.get("path", "a picture without a recorded place")
    rows = [
        ("made by", ", ".join([f"deepdream {recipe['version']}", *(f"{name} {runtime[name]}" for name in runtime)])),
        ("network", f"{recipe['network']}, weights {recipe['weights']}"),
        ("input", f"{place}, {entry['digest']}"),
    ]
    if "partial" in recipe:
        rows.append(("taken", f"after {messages.several(recipe['partial']['steps'], 'step')}, before the end"))
    rows += [("note", note) for note in recipe.get("notes", ())]
    rows += options.shown_settings(recipe["settings"])
    return f"{file}\n{messages.columns(rows)}\nTo make it again: deepdream again {file}"
