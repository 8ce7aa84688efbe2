"""The known weight sets: manifest.toml as frozen records, and digests to compare files with it.

read() -> {network: WeightSet}; digests(path) -> Digests. Nothing is downloaded or decoded here.
"""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deepdream.errors import WeightsError
from deepdream.network.vgg import architecture

MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True)
class Digests:
    """A file's identity: size in bytes, md5 and sha256 in hex."""

    size: int
    md5: str
    sha256: str


@dataclass(frozen=True)
class PublishedFile:
    """One published file of a set; None or "" for what the manifest does not list.

    Attributes:
        name: file name.
        size: bytes.
        md5, sha256: hex.
    """

    name: str
    size: int | None = None
    md5: str = ""
    sha256: str = ""

    @property
    def digest(self) -> str:
        """The strongest digest known, as "sha256 ..." or "md5 ..."."""
        return f"sha256 {self.sha256}" if self.sha256 else f"md5 {self.md5}"

    def matches(self, found: Digests) -> bool:
        """Whether a file with these digests is this one: everything that the manifest lists must agree."""
        pairs = ((self.size, found.size), (self.md5, found.md5), (self.sha256, found.sha256))
        return all(not known or known == value for known, value in pairs)


@dataclass(frozen=True)
class Former:
    """A file that shipped as a network's weights before the present one; dreams made with it still name it.

    Attributes:
        sha256: of the file, hex.
        channels: of its blocks 1 to 5.
        command: what gets it.
        classes: what gets the project as it was with the classifier of these weights; "" where there was none.
    """

    sha256: str
    channels: tuple[int, ...]
    command: str
    classes: str = ""


@dataclass(frozen=True)
class WeightSet:
    """The weights of one network.

    Attributes:
        network: its name.
        widths: channels of blocks 1 to 5; empty for a network built by Keras (see `applications`).
        files: the published files that hold the set; the first is the one to fetch.
        addresses: where it is fetched from; empty if it ships with the package.
        source, licence: for people.
        counts: convolutions in blocks 1 to 5.
        former: what shipped before.
        classes: the file of its classifier, in the package; None if it has none.
        statistics: mean and deviation of each convolution's activations on the sample picture; empty for a file
            that was never at hand to measure.
    """

    network: str
    widths: tuple[int, ...]
    files: tuple[PublishedFile, ...]
    addresses: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    counts: tuple[int, ...] = architecture.VGG19
    former: tuple[Former, ...] = ()
    classes: PublishedFile | None = None
    statistics: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def read() -> dict[str, WeightSet]:
    """The sets of manifest.toml by network; a mirror in the environment replaces the addresses.

    A mirror is an address in DEEPDREAM_VGG19_URL (DEEPDREAM_, the network's name, _URL).
    """
    sets = {}
    for network, entry in tomllib.loads(MANIFEST.read_text(encoding="utf-8")).items():
        mirror = os.environ.get(f"DEEPDREAM_{network.upper()}_URL")
        sets[network] = WeightSet(
            network=network,
            widths=tuple(entry.get("channels", ())),
            counts=tuple(entry.get("convolutions", ())),
            files=tuple(PublishedFile(**file) for file in entry["files"]),
            addresses=(mirror,) if mirror else tuple(entry.get("addresses", ())),
            source=entry["source"],
            licence=entry["licence"],
            former=tuple(Former(**file | {"channels": tuple(file["channels"])}) for file in entry.get("former", ())),
            classes=PublishedFile(**entry["classes"]) if "classes" in entry else None,
            statistics={layer: (mean, deviation) for layer, (mean, deviation) in entry.get("statistics", {}).items()},
        )
    return sets


def digests(path: Path) -> Digests:
    """Size, md5 and sha256 of a file, in one pass.

    Raises:
        WeightsError: there is no such file, or it can't be read.
    """
    md5 = hashlib.md5(usedforsecurity=False)  # the only digest published for VGG19's file
    sha256, size = hashlib.sha256(), 0
    try:
        if not path.exists():
            kind = "model" if path.suffix.lower() == ".keras" else "weight"
            raise WeightsError(f"There is no {kind} file {path}.")
        if path.is_dir():
            raise WeightsError(f"{path} is a folder, not a weight file.")
        if not path.is_file():
            raise WeightsError(f"{path} is not a file.")
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                md5.update(block)
                sha256.update(block)
                size += len(block)
    except OSError as error:
        raise WeightsError(f"{path} can't be read: {error.strerror}.") from error
    return Digests(size, md5.hexdigest(), sha256.hexdigest())
