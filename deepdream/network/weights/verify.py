"""From a location to a network: its file, read and verified.

    load_verified(location, sets) -> Network

A published file (in a cache or in the package) must have its digest; a user's own file may be any that fits a network.
Both must have all tensors, with the right shapes, finite.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from deepdream.errors import WeightsError, command
from deepdream.network.network import Network
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import checks, classes, formats, manifest
from deepdream.network.weights.locations import FETCHED, USE_POCKET, VARIABLE, Location, Sets
from deepdream.settings.values import SAVED_MODEL

USUAL = "usual/"
"""How the names of arrays begin that are mean activations over photographs."""


def load_verified(location: Location, sets: Sets, threads: int | None = None) -> Network:
    """The network at a location, verified; an error gets the advice that fits the location.

    Args:
        location: of the file, and whose weights are expected there.
        sets: the manifest.
        threads: for TensorFlow, if Keras builds the network.

    Raises:
        WeightsError: the file is missing, damaged, or fits no network or the wrong one.
    """
    assert location.path is not None
    try:
        if location.network not in (*sets, "auto"):
            return _model(location.path, threads)
        if location.network != "auto" and not sets[location.network].widths:
            return _application(location, sets, threads)
        return _own(location.path, location.network, sets) if location.own else _published(location, sets)
    except WeightsError as error:
        raise WeightsError(error.message, error.advice or _advice(location)) from error


def checked_digest(location: Location, sets: Sets) -> str:
    """The sha256 of the file at a location; outside the user's own locations, it must be the published file.

    Raises:
        WeightsError: it is missing, or not the published file.
    """
    assert location.path is not None
    found = manifest.digests(location.path)
    if location.own:
        return found.sha256
    published = next(file for file in sets[location.network].files if file.name == location.path.name)
    if not published.matches(found):
        digest = f"sha256 {found.sha256}" if published.sha256 else f"md5 {found.md5}"
        size = f" of {published.size:,} bytes" if published.size else ""
        raise WeightsError(
            f"{location.path} is damaged or not the published file{size}: "
            f"its {found.size:,} bytes have {digest}, not {published.digest}.",
            _advice(location),
        )
    return found.sha256


def _own(path: Path, network: str, sets: Sets) -> Network:
    """A user's file, checked for names, shapes and finite values."""
    found = manifest.digests(path)
    arrays = formats.read(path)
    try:
        former = (replace(entry, widths=old.channels) for entry in sets.values() for old in entry.former)
        entry = checks.fitting(path, arrays, (*sets.values(), *former))
        pairs = checks.convolutions(path, arrays, entry)
    except WeightsError as error:
        if not formats.is_model(path):
            raise
        raise WeightsError(
            error.message, f"To dream on the model that it is: {command('dream', '--network', path)}"
        ) from error
    if network not in ("auto", entry.network):
        raise WeightsError(
            f"{path} holds the weights of {entry.network}, and {network} was asked for.",
            f"Give a file of {network}, or ask for --network {entry.network}.",
        )
    return VGG(
        entry.network, path, found.sha256, pairs, usual=_usual(path), classifier=classes.read(entry, found.sha256)
    )


def _published(location: Location, sets: Sets) -> Network:
    """A file of the manifest, whose digest is checked as well."""
    assert location.path is not None
    entry, digest = sets[location.network], checked_digest(location, sets)
    pairs = checks.convolutions(location.path, formats.read(location.path), entry)
    return VGG(
        entry.network,
        location.path,
        digest,
        pairs,
        usual=_usual(location.path),
        classifier=classes.read(entry, digest),
    )


def _usual(path: Path) -> dict[str, np.ndarray]:
    """The channels' mean activations that a file carries, as usual/LAYER."""
    found = formats.read(path, lambda name: name.startswith(USUAL))
    return {name.removeprefix(USUAL): array.astype(np.float32) for name, array in found.items()}


def _application(location: Location, sets: Sets, threads: int | None) -> Network:
    """A network that Keras builds, with the weights at a location."""
    from deepdream.network.keras_models import applications  # loads TensorFlow, because only Keras has these layers

    assert location.path is not None
    return applications.load(location.network, location.path, checked_digest(location, sets), threads)


def _model(path: Path, threads: int | None) -> Network:
    """A user's model, named after its file, or a SavedModel's folder."""
    if path.name.lower() == SAVED_MODEL:
        from deepdream.network import saved_model  # loads TensorFlow, which computes it

        return saved_model.load(path, threads)
    from deepdream.network.keras_models import user_models  # see above

    return user_models.load(path, manifest.digests(path).sha256, threads)


def _advice(location: Location) -> str:
    """What to do about an invalid file, depending on its location."""
    if location.name == "package":
        return "Reinstall this package: the file is part of it."
    if location.name == "file":
        return f"Give another file, or {USE_POCKET}"
    if location.name == VARIABLE:
        return f"Correct or unset {VARIABLE}, or {USE_POCKET}"
    network = () if location.network == FETCHED else (location.network,)
    return f"Fetch it again with: {command('weights', 'fetch', *network)}, or {USE_POCKET}"
