"""From a place to a network: the file there, read and verified as the place demands.

    open_at(place, sets) -> Network

A published file (in a cache or in the package) has to have its digest, and answer a known picture where the manifest
says what; a user's own file may be any that fits a network. Either has all its tensors, of the right shapes, finite.
"""

from pathlib import Path

from deepdream.errors import WeightsError
from deepdream.network.network import Network
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import checks, formats, known_answer, manifest
from deepdream.network.weights.locations import GO_ON, VARIABLE, Place, Sets


def open_at(place: Place, sets: Sets, threads: int | None = None) -> Network:
    """The file at a place, verified as the place demands; an error gets the advice that fits the place.

    Args:
        place: where, and whose weights are wanted there.
        sets: the manifest.
        threads: for TensorFlow, where Keras is to build the network.

    Raises:
        WeightsError: it is absent, damaged, or fits no network or another than the place is for.
    """
    assert place.path is not None
    try:
        if place.network not in (*sets, "auto"):
            return _model(place.path, threads)
        if place.network != "auto" and not sets[place.network].widths:
            return _application(place, sets, threads)
        return _own(place.path, place.network, sets) if place.own else _published(place, sets)
    except WeightsError as error:
        raise WeightsError(error.message, error.advice or _advice(place)) from error


def checked_digest(place: Place, sets: Sets) -> str:
    """The sha256 of the file at a place; a published one has to be the published one.

    Raises:
        WeightsError: it is absent or another.
    """
    assert place.path is not None
    found = manifest.digests(place.path)
    if place.own:
        return found.sha256
    published = next(file for file in sets[place.network].files if file.name == place.path.name)
    if not published.matches(found):
        digest = f"sha256 {found.sha256}" if published.sha256 else f"md5 {found.md5}"
        size = f" of {published.size:,} bytes" if published.size else ""
        raise WeightsError(
            f"{place.path} is damaged or not the published file{size}: "
            f"its {found.size:,} bytes have {digest}, not {published.digest}.",
            _advice(place),
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


def _published(place: Place, sets: Sets) -> Network:
    """A file of the manifest: its digest and known answer as well."""
    assert place.path is not None
    entry, digest = sets[place.network], checked_digest(place, sets)
    pairs = checks.convolutions(place.path, formats.read(place.path), entry)
    known_answer.check(place.path, pairs, entry.known_answer)
    return VGG(entry.network, place.path, digest, pairs)


def _application(place: Place, sets: Sets, threads: int | None) -> Network:
    """A network that Keras builds, with the weights at a place."""
    from deepdream.network.keras_models import applications  # TensorFlow loads here: only Keras knows these layers

    assert place.path is not None
    return applications.load(place.network, place.path, checked_digest(place, sets), threads)


def _model(path: Path, threads: int | None) -> Network:
    """A network of the user's own, named by its file."""
    from deepdream.network.keras_models import user_models  # see above

    return user_models.load(path, manifest.digests(path).sha256, threads)


def _advice(place: Place) -> str:
    """What to do about a file that is refused, by where it lies."""
    if place.name == "package":
        return "Install this package again: the file is part of it."
    if place.name == "file":
        return f"Give another file, or {GO_ON}"
    if place.name == VARIABLE:
        return f"Correct or unset {VARIABLE}, or {GO_ON}"
    again = "" if place.network == "vgg19" else f" {place.network}"
    return f"Get it anew with: deepdream weights fetch{again}, or {GO_ON}"
