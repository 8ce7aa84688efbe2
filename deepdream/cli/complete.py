"""Shell completion: the choices of a setting, the existing recipes, a network's layers.

values(setting, incomplete) -> words                 layers(context, incomplete) -> words
"""

import typer

from deepdream.cli.tables import table
from deepdream.errors import DreamError
from deepdream.settings import VGGS, Settings, fields, recipes, user_recipes


def values(name: str, incomplete: str) -> list[str]:
    """The values of a setting that begin with what was typed: its choices, or the existing recipes."""
    known = [*recipes.RECIPES, *user_recipes.saved()] if name == "recipe" else fields.FIELDS[name].metadata["choices"]
    return [value for value in known if value.startswith(incomplete)]


def layers(context: typer.Context, incomplete: str) -> list[str]:
    """The layers of the network on the command line that continue what is typed, each a whole selection."""
    network = context.params.get("network") or "auto"
    before, comma, begun = incomplete.rpartition(",")
    try:  # VGG19 and the pocket network have the same layers: either may be `auto`
        found = table(VGGS[0] if Settings(network=network).network == "auto" else network).layers
    except DreamError:
        return []
    return [f"{before}{comma}{layer.name}" for layer in found if layer.name.startswith(begun)]
