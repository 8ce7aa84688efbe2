"""Pretrained networks: found, downloaded, verified, loaded.

    load(network="auto", file=None, *, progress=None) -> Network        the network of a dream
    load("model.keras") -> Network                                      a user's network, from a Keras file
    states() -> (State, ...)                                            every location and its file's state
    verify(file=None) -> (State, ...)                                   of the files that exist; raises if one is bad
    fetch(network="vgg19", *, progress=None) -> Path                    download into the cache now
    add(file) -> Path                                                   a file downloaded by hand, into the cache
    facts(path) -> str                                                  for maintainers: a new file's manifest entry

VGG19 is searched for in this order: `file`; the file named in DEEPDREAM_WEIGHTS; this package's cache (the folder named
in DEEPDREAM_CACHE, else the platform's); Keras's cache (`models` in the folder named in KERAS_HOME, else in ~/.keras);
then it is downloaded (DEEPDREAM_VGG19_URL names a mirror). VGG16, InceptionV3 and ResNet50 likewise, without
DEEPDREAM_WEIGHTS. A file in a cache is a published one and must have its digest; `file` and DEEPDREAM_WEIGHTS are the
user's own, and their network is the one that the shapes fit.

`auto` is VGG19 if it is found or can be downloaded, else the pocket network that ships with the package, with a note in
`Network.note`. A damaged file is an error; `auto` does not fall back past it, and a network requested by name is never
replaced. `pocket` is always the package's own file, whatever DEEPDREAM_WEIGHTS says.

`progress` is a bar as in download.Progress. `sets` replaces the manifest in tests.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from deepdream.errors import DownloadError, SettingError, StorageError, WeightsError, command, nearest
from deepdream.network.network import Network
from deepdream.network.vgg.model import VGG
from deepdream.network.weights import download, formats, manifest, statistics
from deepdream.network.weights.locations import (
    FETCHED,
    SHIPPED,
    USE_POCKET,
    VARIABLE,
    Location,
    Sets,
    cache,
    search_path,
    shipped,
)
from deepdream.network.weights.verify import checked_digest, load_verified
from deepdream.settings import MODEL_FILES, NOR_A_FILE
from deepdream.settings.values import no_model

__all__ = ["Location", "State", "add", "facts", "fetch", "is_model_file", "load", "states", "verify"]


@dataclass(frozen=True)
class State:
    """The state of a location's file.

    Attributes:
        location: the location.
        status: "verified", "absent" or "refused".
        network: whose weights the file holds; "" unless verified.
        digest: sha256 of the file, hex; "" unless verified.
        message: why it is refused, in one sentence; "" unless refused.
        advice: what to do about it; "" unless refused.
        judgement: whether a user's own file computes what the published one does, in one sentence; "" if not asked.
    """

    location: Location
    status: str
    network: str = ""
    digest: str = ""
    message: str = ""
    advice: str = ""
    judgement: str = ""


def load(
    network: Any = "auto",
    file: Path | None = None,
    *,
    progress: download.Progress | None = None,
    threads: int | None = None,
    sets: Sets | None = None,
) -> Network:
    """A network, with its weights from the first location that has them.

    Args:
        network: its name, "auto", the file of a Keras model, or the model itself.
        file: the user's own weight file.
        progress: a bar for the download.
        threads: for TensorFlow, which is loaded here if Keras builds the network; None for all allowed cores.
        sets: None for the manifest's.

    Raises:
        SettingError: there is no such network.
        WeightsError: a file is missing, damaged, fits no network, or not the requested one.
        DownloadError: a network requested by name was not found and could not be downloaded.
        StorageError: the same, because the cache can't be written.
    """
    if hasattr(network, "get_config"):  # a Keras model; Keras is not loaded to find out
        return _object(network)
    sets = sets or manifest.read()
    _known(network, sets)
    if is_model_file(network):
        if file is not None:
            raise SettingError(f"{network} brings its own weights.", "Leave out the weights.")
        return load_verified(Location("file", Path(network).expanduser(), network), sets, threads)
    if file is not None:
        return load_verified(Location("file", Path(file).expanduser(), network), sets, threads)
    if network == SHIPPED:
        return load_verified(shipped(sets), sets)
    wanted = FETCHED if network == "auto" else network
    for location in search_path(sets, wanted):
        if location.taken:
            return load_verified(replace(location, network=network) if location.own else location, sets, threads)
    return _downloaded(network, progress, sets, threads)


def _object(model: Any) -> Network:
    """A Keras model at hand as a network, named as its file would be."""
    from deepdream.network.keras_models import user_models  # loads TensorFlow

    return user_models.of(model, Path(f"{model.name}.keras"))


def _downloaded(network: str, progress: download.Progress | None, sets: Sets, threads: int | None) -> Network:
    """The network, downloaded; if that fails for `auto`, the pocket network with a note."""
    wanted = FETCHED if network == "auto" else network
    target = cache() / sets[wanted].files[0].name
    try:
        reasons = download.download(sets[wanted], target, progress)
    except StorageError as error:
        if network == wanted:
            raise
        return _fallback(sets, error.message.rstrip("."))
    if not reasons:
        return load_verified(Location("cache", target, wanted), sets, threads)
    if network == wanted:
        searched = ", ".join(
            "not set" if location.path is None else str(location.path) for location in search_path(sets, wanted)
        )
        raise DownloadError(
            f"The weights of {wanted} are in none of the locations searched "
            f"({f'{VARIABLE}: ' if wanted == FETCHED else ''}{searched}), and can't be fetched: {_listed(reasons)}.",
            _by_hand(target),
        )
    hosts = {urlsplit(address).netloc or address: reason for address, reason in reasons.items()}
    return _fallback(sets, _listed(hosts))


def states(*, sets: Sets | None = None) -> tuple[State, ...]:
    """The state of each location, in the order of the search path, the package's file last; every file is verified."""
    sets = sets or manifest.read()
    found = []
    for location in _everywhere(sets):
        try:
            found.append(_verified(location, sets) if location.taken else State(location, "absent"))
        except WeightsError as error:
            found.append(State(location, "refused", message=error.message, advice=error.advice))
    return tuple(found)


def verify(
    file: Path | None = None, *, picture: np.ndarray | None = None, sets: Sets | None = None
) -> tuple[State, ...]:
    """The states of all files that exist, or of the one given; all of them are "verified".

    Args:
        file: one file; None for all.
        picture: the sample, [H, W, 3] float32 RGB in 0..1: a user's file is also judged by what it computes on it, if
            the manifest has the statistics of its network.
        sets: the manifest.

    Raises:
        WeightsError: a file is damaged or fits no network.
    """
    sets = sets or manifest.read()
    own = Location("file", Path(file).expanduser(), str(file) if formats.is_model(file) else "auto") if file else None
    wanted = _everywhere(sets) if own is None else (own,)
    return tuple(_verified(location, sets, picture) for location in wanted if location.taken)


def fetch(network: str = FETCHED, *, progress: download.Progress | None = None, sets: Sets | None = None) -> Path:
    """Download a network's weights into the cache and verify them; a damaged file is replaced, a good one kept.

    Returns: the file in the cache.

    Raises:
        SettingError: there is no such network, or it ships with the package.
        DownloadError: it could not be fetched from any address.
        StorageError: the cache can't be written.
    """
    sets = sets or manifest.read()
    if network == SHIPPED:
        raise SettingError(f"The weights of {SHIPPED} are part of the package: there is nothing to fetch.")
    if is_model_file(network):
        raise SettingError(f"{network} is a file of your own: there is nothing to fetch.")
    if network not in sets:
        fetched = [name for name in sets if name != SHIPPED]
        alike = nearest(network, fetched, 1)
        advice = f"Did you mean {alike[0]}?" if alike else f"There are those of {', '.join(fetched)}."
        raise SettingError(f"There are no weights of {network!r} to fetch.", advice)
    target = cache() / sets[network].files[0].name
    if reasons := download.download(sets[network], target, progress):
        raise DownloadError(f"The weights of {network} can't be fetched: {_listed(reasons)}.", _by_hand(target))
    return target


def add(file: Path, *, sets: Sets | None = None) -> Path:
    """Copy a published file, downloaded by hand under any name, into the cache.

    Returns: the file in the cache.

    Raises:
        WeightsError: it is missing, damaged, or not a published file.
        StorageError: the cache can't be written.
    """
    sets, file = sets or manifest.read(), Path(file).expanduser()
    found = manifest.digests(file)
    for published in (published for network, entry in sets.items() if network != SHIPPED for published in entry.files):
        if published.matches(found):
            download.copy(file, cache() / published.name, published)
            return cache() / published.name
    holds = load_verified(Location("file", file), sets).name  # a damaged file raises here, with the reason
    meant = holds if holds != SHIPPED else FETCHED
    raise WeightsError(
        f"{file} holds weights of the shapes of {holds}, but is not the published file of {meant}: "
        f"its md5 is {found.md5}, not {sets[meant].files[0].md5}.",
        f"Use it as your own: {command('dream', '--weights', file)}",
    )


def facts(path: Path) -> str:
    """The entry in manifest.toml for a new pocket.safetensors."""
    found = manifest.digests(path)
    return (
        f'[[pocket.files]]\nname = "pocket.safetensors"\nsize = {found.size:_}\nmd5 = "{found.md5}"\n'
        f'sha256 = "{found.sha256}"\n'
    )


def is_model_file(network: str) -> bool:
    """Whether a network is given as the file of a Keras model."""
    return network.lower().endswith(MODEL_FILES)


def _everywhere(sets: Sets) -> tuple[Location, ...]:
    """Every location in any search path."""
    fetched = (network for network in sets if network != SHIPPED)
    return (*(location for network in fetched for location in search_path(sets, network)), shipped(sets))


def _verified(location: Location, sets: Sets, picture: np.ndarray | None = None) -> State:
    """A location's state, verified; for a published file that only Keras can build, by its digest alone."""
    if not location.own and not sets[location.network].widths:
        return State(location, "verified", location.network, checked_digest(location, sets))
    network = load_verified(location, sets)
    published = sets[network.name].statistics if network.name in sets else {}
    if picture is None or not location.own or not published or not isinstance(network, VGG):
        return State(location, "verified", network.name, network.digest)
    judgement = statistics.judged(network, picture, published)
    return State(location, "verified", network.name, network.digest, judgement=judgement)


def _known(network: Any, sets: Sets) -> None:
    """Check that the network exists."""
    if not isinstance(network, str):
        advice = "Give its file: FOLDER/saved_model.pb" if hasattr(network, "signatures") else ""
        raise SettingError(f"network {network!r} is neither a name, nor a model's file, nor a Keras model.", advice)
    known = ("auto", *sets)
    if network not in known and not is_model_file(network):
        hint = "".join(f"Did you mean {alike}?" for alike in nearest(network, known, 1)) or no_model(network)
        raise SettingError(f"network {network!r} is not one of {', '.join(known)}, {NOR_A_FILE}.", hint)


def _by_hand(target: Path) -> str:
    return (
        f"Download {target.name} by hand and put it at {target} "
        f"(deepdream weights add FILE does that and checks it), or {USE_POCKET}"
    )


def _listed(reasons: dict[str, str]) -> str:
    return "; ".join(f"{address} {reason}" for address, reason in reasons.items())


def _fallback(sets: Sets, why: str) -> Network:
    """The pocket network in place of VGG19, with a note that says why."""
    pocket = load_verified(shipped(sets), sets)
    assert isinstance(pocket, VGG)
    if _explained(why):
        return replace(pocket, note="VGG19's weights are not here, so the small pocket network is used.")
    return replace(
        pocket,
        note=f"VGG19's weights are not here and can't be fetched ({why}), so the small pocket network is used; "
        "to get them: deepdream weights fetch",
    )


def _explained(why: str) -> bool:
    """Whether the full note with this reason was printed before; a file in the cache records it."""
    mark = cache() / "explained.txt"
    try:
        if mark.is_file() and mark.read_text(encoding="utf-8") == why:
            return True
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(why, encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # then the full note is printed every time
        pass
    return False
