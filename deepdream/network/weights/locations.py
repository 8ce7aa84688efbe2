"""The search path for weight files. Nothing is opened here.

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

GO_ON = "go on with the small network that is here: deepdream dream --network pocket"
"""The end of every advice about weights that can't be had."""

Sets = Mapping[str, WeightSet]


@dataclass(frozen=True)
class Location:
    """One location where weights are looked for.

    Attributes:
        name: "DEEPDREAM_WEIGHTS", "cache", "Keras", "package", or "file" for one given by the user.
        path: the file; None where the environment variable is not set.
        network: whose weights are wanted there; "auto" for those of any; the file itself where it is the network.
    """

    name: str
    path: Path | None
    network: str = "auto"

    @property
    def own(self) -> bool:
        """Whether the user names the file: it may be any weight file then, and is missed when it is not there."""
        return self.name in ("file", VARIABLE)

    @property
    def taken(self) -> bool:
        """Whether looking ends here; what may not be looked at counts as absent."""
        return self.path is not None and (self.own or os.path.exists(self.path))


def search_path(sets: Sets, network: str = FETCHED) -> tuple[Location, ...]:
    """Where a network is looked for, in order; the environment variable stands for VGG19 only."""
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
    """This tool's cache folder; it need not exist."""
    given = os.environ.get("DEEPDREAM_CACHE")
    return Path(given).expanduser() if given else platformdirs.user_cache_path("deepdream", appauthor=False)


def _in(folder: Path, entry: WeightSet) -> Path:
    """The first of a set's files that is in a folder; the one to fetch where none is."""
    paths = [folder / published.name for published in entry.files]
    return next((path for path in paths if os.path.exists(path)), paths[0])
