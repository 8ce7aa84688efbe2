"""The search path for weight files; no file is opened here.

search_path(sets, network) -> (Location, ...)    in order;  shipped(sets) -> Location of the pocket network
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from deepdream.network.weights.manifest import WeightSet

FETCHED, SHIPPED = "vgg19", "pocket"

VARIABLE = "DEEPDREAM_WEIGHTS"

USE_POCKET = "use the small network that ships with the package: deepdream dream --network pocket"
"""The end of every advice about weights that are not available."""

Sets = Mapping[str, WeightSet]


@dataclass(frozen=True)
class Location:
    """One location in the search path.

    Attributes:
        name: "DEEPDREAM_WEIGHTS", "cache", "Keras", "package", or "file" for one given by the user.
        path: the file; None if the environment variable is not set.
        network: whose weights are expected there; "auto" for any network's; the file itself if that is the network.
    """

    name: str
    path: Path | None
    network: str = "auto"

    @property
    def own(self) -> bool:
        """Whether the user named the file: it may then be any weight file, and its absence is an error."""
        return self.name in ("file", VARIABLE)

    @property
    def taken(self) -> bool:
        """Whether the search ends here; a file without read permission on its folder counts as absent."""
        return self.path is not None and (self.own or os.path.exists(self.path))


def search_path(sets: Sets, network: str = FETCHED) -> tuple[Location, ...]:
    """The locations of a network's weights, in order; the environment variable applies to VGG19 only."""
    own = os.environ.get(VARIABLE)
    keras = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"
    return (
        *([Location(VARIABLE, Path(own).expanduser() if own else None)] if network == FETCHED else []),
        Location("cache", _in(cache(), sets[network]), network),
        Location("Keras", _in(keras, sets[network]), network),
    )


def shipped(sets: Sets) -> Location:
    """The pocket network's file in the package."""
    return Location("package", Path(__file__).with_name(sets[SHIPPED].files[0].name), SHIPPED)


def cache() -> Path:
    """The cache folder of this package; it may not exist."""
    given = os.environ.get("DEEPDREAM_CACHE")
    return Path(given).expanduser() if given else platformdirs.user_cache_path("deepdream", appauthor=False)


def _in(folder: Path, entry: WeightSet) -> Path:
    """The first of a set's files that exists in a folder; the one to fetch if none does."""
    paths = [folder / published.name for published in entry.files]
    return next((path for path in paths if os.path.exists(path)), paths[0])
