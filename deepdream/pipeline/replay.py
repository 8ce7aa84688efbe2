"""Making a picture again from the record it carries: its settings, its input, and checks that nothing has changed.

given(record, file) -> settings · find_input(record, file) -> picture · refuse(record, ...) raises
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deepdream.errors import ImageError, SelectionError, SettingError, WeightsError, command
from deepdream.settings import MODEL_FILES, SAMPLE, Settings, names
from deepdream.settings.recipes import RECIPES


def refuse_newer(recipe: Mapping[str, Any], file: Path) -> None:
    """Raise if a dream was made with a setting that this version does not have.

    Raises:
        ImageError: there is one.
    """
    if newer := [setting for setting in recipe["settings"] if setting not in names()]:
        raise ImageError(f"The recipe in {file} is of another version: this one has no setting {newer[0]!r}.")


def given(recipe: Mapping[str, Any], file: Path, weights: Path | None = None) -> dict[str, Any]:
    """Every setting as it was, with the network that `auto` resolved to.

    Args:
        recipe: the record.
        file: the picture it was read from.
        weights: the weight file's current path, if given by the user.

    Raises:
        ImageError: it was made with a setting that this version does not have, or of a value that can't be.
        WeightsError: it was made with a weight file that has moved.
    """
    refuse_newer(recipe, file)
    found = dict(recipe["settings"])
    own = str(found.get("network")).lower().endswith(MODEL_FILES)
    if own:
        found["network"] = _model(recipe, file, weights)
        weights = None
    else:
        found["network"] = recipe["network"]
    if found.get("recipe", "classic") not in RECIPES:  # a user's recipe, whose file may be gone: the record has all its
        found = asdict(Settings()) | found  # values, and settings newer than the picture have their defaults
    try:
        Settings(**found)
    except (SettingError, SelectionError) as error:
        raise ImageError(f"The recipe in {file} is damaged: {error.message}") from error
    if weights is not None:
        found["weights"] = str(weights)
    elif found.get("weights") and not Path(found["weights"]).expanduser().exists():
        raise WeightsError(
            f"{file} was made with the weight file {found['weights']}, which is not there: its digest is "
            f"{recipe['weights']}.",
            f"Give it: {command('again', file, '--weights', 'FILE')}",
        )
    return found


def _model(recipe: Mapping[str, Any], file: Path, weights: Path | None) -> str:
    """The current path of the Keras model that a dream was made with.

    Raises:
        WeightsError: it has moved, and the user gave no path, or that of no model.
    """
    named = recipe["settings"]["network"]
    if weights is not None and not str(weights).lower().endswith(MODEL_FILES):
        raise WeightsError(
            f"{file} was made with the network {named}, and {weights} is not a model's file "
            f"({', '.join(MODEL_FILES)}).",
            f"Give it: {command('again', file, '--weights', 'FILE')}",
        )
    if weights is None and not Path(named).expanduser().exists():
        raise WeightsError(
            f"{file} was made with the network {named}, which is not there: its digest is {recipe['weights']}.",
            f"Give it: {command('again', file, '--weights', 'FILE')}",
        )
    return named if weights is None else str(weights)


def find_input(recipe: Mapping[str, Any], file: Path) -> Path | None:
    """The picture that `file` was made from; None if it was made from a canvas.

    Raises:
        ImageError: it has moved, or its path was not recorded.
    """
    entry = recipe["input"]
    if entry.get("canvas"):
        return None
    if entry.get("sample"):
        return SAMPLE
    if not entry.get("digest"):
        raise ImageError(
            f"{file} was made in a program, from numbers that no file holds.",
            f"Give it: {command('again', file, 'IMAGE')}",
        )
    path = file.parent / entry["path"] if "path" in entry else None
    if path is not None and path.exists():
        return path
    where = f"is not at {entry['path']}, seen from there" if path else "has no recorded location"
    raise ImageError(
        f"The picture that {file} was made from {where}: its digest is {entry['digest']}.",
        f"Give it: {command('again', file, 'IMAGE')}",
    )


def refuse(recipe: Mapping[str, Any], file: Path, source: str, *, digest: str, weights: str) -> None:
    """Raise if the result would not have the same pixels.

    Raises:
        ImageError: the input is a different picture.
        WeightsError: the weights are different.
    """
    needed = recipe["input"].get("digest")
    if needed and digest != needed:
        raise ImageError(
            f"{source} is not the picture that {file} was made from: its digest is {digest}, the recipe needs {needed}."
        )
    if weights != recipe["weights"]:
        raise WeightsError(
            f"{file} was made with other weights of {recipe['network']}: the recipe needs {recipe['weights']}, "
            f"here are {weights}.",
            _remedy(recipe, file),
        )


def _remedy(recipe: Mapping[str, Any], file: Path) -> str:
    """Advice: how to come by the weights of a recipe, and by their classifier where it has a class."""
    from deepdream.network.weights import manifest

    network, again = recipe["network"], command("again", file, "--weights", "FILE")
    entry = manifest.read().get(network)
    for old in entry.former if entry else ():
        if old.sha256 == recipe["weights"] and old.classes and f"classes of {network}" in recipe.get("files", {}):
            return (
                f"Its class is of the classifier that shipped with them: type {old.classes} in this project's "
                f"repository, then there: python -m {command('again', file.absolute())}"
            )
        if old.sha256 == recipe["weights"]:
            return f"Get them from this project's repository ({old.command}), then: {again}"
    return f"Give them: {again}"


def refuse_files(recipe: Mapping[str, Any], file: Path, files: Mapping[str, str]) -> None:
    """Raise if a mask, a guide, a palette or a regions file has changed.

    Raises:
        ImageError: the first of them.
    """
    for name, needed in recipe.get("files", {}).items():
        if name in files and files[name] != needed:
            raise ImageError(
                f"{name} is not the file that {file} was made with: its digest is {files[name]}, "
                f"the recipe needs {needed}."
            )
