"""From a location to a network: the file there, read and verified as the location demands.

    load_verified(location, sets) -> Network

A published file (in a cache or in the package) has to have its digest; a user's own file may be any that fits a
network. Either has all its tensors, of the right shapes, finite.
"""

from pathlib import Path

from deepdream.errors import WeightsError
from deepdream.network.network import Network
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import checks, formats, manifest
from deepdream.network.weights.locations import GO_ON, VARIABLE, Location, Sets


def load_verified(location: Location, sets: Sets, threads: int | None = None) -> Network:
    """The file at a location, verified as the location demands; an error gets the advice that fits the location.

    Args:
        location: where, and whose weights are wanted there.
        sets: the manifest.
        threads: for TensorFlow, where Keras is to build the network.

    Raises:
        WeightsError: it is absent, damaged, or fits no network or another than the location is for.
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
    """The sha256 of the file at a location; a published one has to be the published one.

    Raises:
        WeightsError: it is absent or another.
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
    """A user's file: names, shapes, finite values."""
    found = manifest.digests(path)
    arrays = formats.read(path)
    try:
        entry = checks.fitting(path, arrays, sets.values())
        pairs = checks.convolutions(path, arrays, entry)
    except WeightsError as error:
        if not formats.is_model(path):
            raise
        raise WeightsError(
            error.message, f"To dream on the model that it is: deepdream dream --network {path}"
        ) from error
    if network not in ("auto", entry.network):
        raise WeightsError(
            f"{path} holds the weights of {entry.network}, and {network} was asked for.",
            f"Give a file of {network}, or ask for --network {entry.network}.",
        )
    return VGG(entry.network, path, found.sha256, pairs)


def _published(location: Location, sets: Sets) -> Network:
    """A file of the manifest: its digest as well."""
    assert location.path is not None
    entry, digest = sets[location.network], checked_digest(location, sets)
    pairs = checks.convolutions(location.path, formats.read(location.path), entry)
    return VGG(entry.network, location.path, digest, pairs)


def _application(location: Location, sets: Sets, threads: int | None) -> Network:
    """A network that Keras builds, with the weights at a location."""
    from deepdream.network.keras_models import applications  # TensorFlow loads here: only Keras knows these layers

    assert location.path is not None
    return applications.load(location.network, location.path, checked_digest(location, sets), threads)


def _model(path: Path, threads: int | None) -> Network:
    """A network of the user's own, named by its file."""
    from deepdream.network.keras_models import user_models  # see above

    return user_models.load(path, manifest.digests(path).sha256, threads)


def _advice(location: Location) -> str:
    """What to do about a file that is refused, by where it lies."""
    if location.name == "package":
        return "Install this package again: the file is part of it."
    if location.name == "file":
        return f"Give another file, or {GO_ON}"
    if location.name == VARIABLE:
        return f"Correct or unset {VARIABLE}, or {GO_ON}"
    again = "" if location.network == "vgg19" else f" {location.network}"
    return f"Get it anew with: deepdream weights fetch{again}, or {GO_ON}"
