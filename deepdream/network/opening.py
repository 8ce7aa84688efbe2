"""From a place to weights: the file there, read and verified as the place demands.

    open_at(place, sets) -> Weights

A published file (in a cache or in the package) has to have its digest, and answer a known picture where the manifest
says what; a user's own file may be any that fits a network. Either has all its tensors, of the right shapes, finite.
"""

from dataclasses import dataclass
from pathlib import Path

from deepdream.errors import WeightsError
from deepdream.network import checks, formats, known_answer, manifest
from deepdream.network.manifest import WeightSet
from deepdream.network.places import GO_ON, VARIABLE, Place, Sets


@dataclass(frozen=True, eq=False)
class Weights:
    """One network's weights, verified.

    Attributes:
        network: "vgg19" or "pocket".
        widths: channels of blocks 1 to 5.
        arrays: by convolution's name, kernel [3, 3, in, out] and bias [out], float32.
        digest: sha256 of the file, hex.
        path: the file.
        note: one sentence for the user where `auto` fell back to the pocket network, else "".
    """

    network: str
    widths: tuple[int, ...]
    arrays: checks.Pairs
    digest: str
    path: Path
    note: str = ""


def open_at(place: Place, sets: Sets) -> Weights:
    """The file at a place, verified as the place demands; an error gets the advice that fits the place.

    Raises:
        WeightsError: it is absent, damaged, or fits no network or another than the place is for.
    """
    assert place.path is not None
    try:
        return _own(place.path, place.network, sets) if place.own else _published(place.path, sets[place.network])
    except WeightsError as error:
        raise WeightsError(error.message, error.advice or _advice(place)) from error


def _own(path: Path, network: str, sets: Sets) -> Weights:
    """A user's file: names, shapes, finite values."""
    found = manifest.digests(path)
    arrays = formats.read(path)
    entry = checks.fitting(path, arrays, sets.values())
    pairs = checks.convolutions(path, arrays, entry)
    if network not in ("auto", entry.network):
        raise WeightsError(
            f"{path} holds the weights of {entry.network}, and {network} was asked for.",
            f"Give a file of {network}, or ask for --network {entry.network}.",
        )
    return Weights(entry.network, entry.widths, pairs, found.sha256, path)


def _published(path: Path, entry: WeightSet) -> Weights:
    """A file of the manifest: its digest and known answer as well."""
    found = manifest.digests(path)
    published = next(file for file in entry.files if file.name == path.name)
    if not published.matches(found):
        digest = f"sha256 {found.sha256}" if published.sha256 else f"md5 {found.md5}"
        size = f" of {published.size:,} bytes" if published.size else ""
        raise WeightsError(
            f"{path} is damaged or not the published file{size}: "
            f"its {found.size:,} bytes have {digest}, not {published.digest}."
        )
    pairs = checks.convolutions(path, formats.read(path), entry)
    known_answer.check(path, pairs, entry.known_answer)
    return Weights(entry.network, entry.widths, pairs, found.sha256, path)


def _advice(place: Place) -> str:
    """What to do about a file that is refused, by where it lies."""
    if place.name == "package":
        return "Install this package again: the file is part of it."
    if place.name == "file":
        return f"Give another file, or {GO_ON}"
    if place.name == VARIABLE:
        return f"Correct or unset {VARIABLE}, or {GO_ON}"
    return f"Get it anew with: deepdream weights fetch, or {GO_ON}"
