"""deepdream recipes: the named sets of settings, and what each is for."""

import json as encoding
from dataclasses import asdict
from typing import Annotated, Any

import typer

from deepdream import recipes as known
from deepdream.cli import messages, options
from deepdream.recipes import Recipe


def recipes(
    name: Annotated[str | None, typer.Argument(metavar="NAME", hidden=True)] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print them machine-readable.")] = False,
) -> int:
    """List the recipes; with NAME, explain one and its settings."""
    chosen = {name: known.find(name)} if name else dict(known.RECIPES)
    if json:
        print(encoding.dumps({key: asdict(recipe) for key, recipe in chosen.items()}, indent=2))
        return 0
    print("\n\n".join(describe(key, recipe, settings=name is not None) for key, recipe in chosen.items()))
    if name is None:
        print("\nIts settings: deepdream recipes NAME. To dream with it: deepdream dream photo.jpg --recipe NAME")
    return 0


def describe(name: str, recipe: Recipe, *, settings: bool) -> str:
    """A recipe for people: look, cost, source and, if wanted, the settings that differ from the defaults."""
    rows = [("look", recipe.look), ("cost", recipe.cost), ("source", recipe.source)]
    if settings:
        rows += _changed(recipe.overrides, "all networks" if recipe.networks else "")
        for network, overrides in recipe.networks.items():
            rows += _changed(overrides, network)
        rows.append(("all others", "as by default: deepdream dream --help"))
    return f"{name}\n" + "\n".join(f"  {line}" for line in messages.columns(rows).splitlines())


def _changed(overrides: Any, where: str) -> list[tuple[str, str]]:
    """The rows of some overrides, with the network that they are for."""
    return [(name, f"{value} ({where})" if where else value) for name, value in options.shown_settings(overrides)]
