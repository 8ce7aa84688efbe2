"""From a place to weights: the file there, read and verified as the place demands.

    open_at(place, sets) -> Weights

A published file (in a cache or in the package) has to have its digest, and answer a known picture where the manifest
says what; a user's own file may be any that fits a network. Either has all its tensors, of the right shapes, finite.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from deepdream.errors import WeightsError
from deepdream.network.layers import Layer
from deepdream.network.vgg import architecture
from deepdream.network.weights import checks, formats, known_answer, manifest
from deepdream.network.weights.locations import GO_ON, VARIABLE, Place, Sets

if TYPE_CHECKING:
    from deepdream.network.keras_models.model import Model


@dataclass(frozen=True, eq=False)
class Weights:
    """One network's weights, verified.

    Attributes:
        network: its name; of a model of the user's, the file's.
        widths: channels of blocks 1 to 5; empty where Keras computes the network.
        arrays: by convolution's name, kernel [3, 3, in, out] and bias [out], float32; empty likewise.
        digest: sha256 of the file, hex.
        path: the file.
        note: one sentence for the user where something was chosen for them, such as the pocket network, else "".
        counts: convolutions in blocks 1 to 5.
        model: the network where Keras computes it, else None.
    """

    network: str
    widths: tuple[int, ...]
    arrays: checks.Pairs
    digest: str
    path: Path
    note: str = ""
    counts: tuple[int, ...] = architecture.VGG19
    model: "Model | None" = None

    @cached_property
    def table(self) -> tuple[Layer, ...]:
        """The network's layers, first to last."""
        return self.model.table if self.model else architecture.layers(self.widths, self.counts)

    @property
    def nbytes(self) -> int:
        """Bytes of all its arrays."""
        return self.model.nbytes if self.model else sum(array.nbytes for pair in self.arrays.values() for array in pair)


def open_at(place: Place, sets: Sets, threads: int | None = None) -> Weights:
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


def _own(path: Path, network: str, sets: Sets) -> Weights:
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
    return Weights(entry.network, entry.widths, pairs, found.sha256, path, counts=entry.counts)


def _published(place: Place, sets: Sets) -> Weights:
    """A file of the manifest: its digest and known answer as well."""
    assert place.path is not None
    entry, digest = sets[place.network], checked_digest(place, sets)
    pairs = checks.convolutions(place.path, formats.read(place.path), entry)
    known_answer.check(place.path, pairs, entry.known_answer)
    return Weights(entry.network, entry.widths, pairs, digest, place.path, counts=entry.counts)


def _application(place: Place, sets: Sets, threads: int | None) -> Weights:
    """A network that Keras builds, with the weights at a place."""
    from deepdream.network.keras_models import applications  # TensorFlow loads here: only Keras knows these layers

    assert place.path is not None
    digest = checked_digest(place, sets)
    return Weights(
        place.network, (), {}, digest, place.path, model=applications.load(place.network, place.path, threads)
    )


def _model(path: Path, threads: int | None) -> Weights:
    """A network of the user's own, named by its file."""
    from deepdream.network.keras_models import user_models  # see above

    digest = manifest.digests(path).sha256
    model, note = user_models.load(path, threads)
    return Weights(path.name, (), {}, digest, path, note=note, model=model)


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
