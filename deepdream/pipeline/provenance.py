"""A folder of dreams that one command makes, such as a comparison's or a sweep's: checked before, filled picture by
picture, and gone on with where the same command stopped.

check(folder, what) refuses · recipe(request, place) -> what a picture carries · carries(path, recipe) -> done already?
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.errors import ImageError
from deepdream.pipeline import run
from deepdream.pipeline.request import Request


def check(folder: Path, what: str) -> None:
    """Refuse a folder that can't be made or written, or that is a file.

    Args:
        folder: where to; its parent has to exist.
        what: is written there, in words: "a comparison".

    Raises:
        ImageError: its parent does not exist, something else has its name, or there is no right to write.
    """
    if not folder.parent.is_dir():
        raise ImageError(f"The folder {folder.parent} of {folder.name} does not exist.", "Create it first.")
    if folder.exists() and not folder.is_dir():
        raise ImageError(f"{folder} is a file; {what} is written into a folder.", "Give another name to --output.")
    written = folder if folder.exists() else folder.parent
    if not os.access(written, os.W_OK):
        raise ImageError(f"{written} can't be written: no right to.", "Name another output.")


def recipe(request: Request, place: Mapping[str, Any]) -> dict[str, Any]:
    """The pipeline's recipe and where the input lies, as JSON gives it back."""
    made = run.recipe(request)
    made["input"] = {**made["input"], **place}
    return json.loads(json.dumps(made))


def carries(path: Path, recipe: Mapping[str, Any]) -> bool:
    """Whether the picture is there with this recipe, but for what may differ."""
    try:
        there = images.read_recipe(path)
    except ImageError:
        return False
    return lasting(there) == lasting(recipe)


def lasting(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """What of a recipe makes the picture: not its notes, nor its tile, which follows the memory that is free and moves
    the last bits at most.
    """
    return {**recipe, "notes": None, "settings": {**recipe.get("settings", {}), "tile": None}}


def with_tile(recipe: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with the tile that the dream came to: smaller than planned where memory ran out."""
    return {**recipe, "settings": {**recipe["settings"], "tile": made["settings"]["tile"]}}
