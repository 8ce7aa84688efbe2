"""Making a picture again from the record that it carries: its settings, its input, and what must not have changed.

given(record, file) -> settings · find_input(record, file) -> picture · refuse(record, ...) raises
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deepdream.errors import ImageError, WeightsError
from deepdream.settings import MODEL_FILES, SAMPLE, Settings, names
from deepdream.settings.recipes import RECIPES


def refuse_newer(recipe: Mapping[str, Any], file: Path) -> None:
    """Raise where a dream was made with a setting that this version does not have.

    Raises:
        ImageError: there is one.
    """
    if newer := [setting for setting in recipe["settings"] if setting not in names()]:
        raise ImageError(f"The recipe in {file} is of another version: this one has no setting {newer[0]!r}.")


def given(recipe: Mapping[str, Any], file: Path, weights: Path | None = None) -> dict[str, Any]:
    """Every setting as it was, with the network that `auto` came to.

    Args:
        recipe: as read.
        file: where it was read.
        weights: where the weight file lies now, if the user says so.

    Raises:
        ImageError: it was made with a setting that this version does not have.
        WeightsError: it was made with a weight file that is not where it was.
    """
    refuse_newer(recipe, file)
    found = dict(recipe["settings"])
    own = str(found.get("network")).lower().endswith(MODEL_FILES)
    if own:
        found["network"] = _model(recipe, file, weights)
        weights = None
    else:
        found["network"] = recipe["network"]
    if found.get("recipe", "classic") not in RECIPES:  # one's own, whose file may be gone: what it said is all here,
        found = asdict(Settings()) | found  # and what is newer than the picture was not said
    if weights is not None:
        found["weights"] = str(weights)
    elif found.get("weights") and not Path(found["weights"]).expanduser().exists():
        raise WeightsError(
            f"{file} was made with the weight file {found['weights']}, which is not there: its digest is "
            f"{recipe['weights']}.",
            f"Give it: deepdream again {file} --weights FILE",
        )
    return found


def _model(recipe: Mapping[str, Any], file: Path, weights: Path | None) -> str:
    """Where the Keras model that a dream was made with lies now.

    Raises:
        WeightsError: it is not where it was, and the user doesn't say where it is.
    """
    named = recipe["settings"]["network"]
    if weights is None and not Path(named).expanduser().exists():
        raise WeightsError(
            f"{file} was made with the network {named}, which is not there: its digest is {recipe['weights']}.",
            f"Give it: deepdream again {file} --weights FILE",
        )
    return named if weights is None else str(weights)


def find_input(recipe: Mapping[str, Any], file: Path) -> Path | None:
    """The picture that `file` was made from; None where it was made from a canvas.

    Raises:
        ImageError: it is not where it was, or no place was recorded.
    """
    entry = recipe["input"]
    if entry.get("canvas"):
        return None
    if entry.get("sample"):
        return SAMPLE
    if not entry["digest"]:
        raise ImageError(
            f"{file} was made in a program, from numbers that no file holds.", f"Give it: deepdream again {file} IMAGE"
        )
    path = file.parent / entry["path"] if "path" in entry else None
    if path is not None and path.exists():
        return path
    where = f"is not at {entry['path']}, seen from there" if path else "has no recorded place"
    raise ImageError(
        f"The picture that {file} was made from {where}: its digest is {entry['digest']}.",
        f"Give it: deepdream again {file} IMAGE",
    )


def refuse(recipe: Mapping[str, Any], file: Path, source: str, *, digest: str, weights: str) -> None:
    """Raise where the same pixels can't come out.

    Raises:
        ImageError: the input is another picture.
        WeightsError: the weights are others.
    """
    needed = recipe["input"]["digest"]
    if needed and digest != needed:
        raise ImageError(
            f"{source} is not the picture that {file} was made from: its digest is {digest}, the recipe needs {needed}."
        )
    if weights != recipe["weights"]:
        raise WeightsError(
            f"{file} was made with other weights of {recipe['network']}: the recipe needs {recipe['weights']}, "
            f"here are {weights}.",
            f"Give them: deepdream again {file} --weights FILE",
        )


def refuse_files(recipe: Mapping[str, Any], file: Path, files: Mapping[str, str]) -> None:
    """Raise where a mask, a guide, a palette or a regions file is another than it was.

    Raises:
        ImageError: the first of them.
    """
    for name, needed in recipe.get("files", {}).items():
        if files.get(name, needed) != needed:
            raise ImageError(
                f"{name} is not the file that {file} was made with: its digest is {files[name]}, "
                f"the recipe needs {needed}."
            )
