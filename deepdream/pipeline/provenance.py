"""The record that a picture carries: everything that moves a bit of it. Built, read and compared here only.

of_dream(request) -> record · stamp(kind) -> what the record of any other picture begins with · machine()
shared(settings, network, files) -> what of a dream's record does not depend on its picture · matches(record, shared)
read(file) -> a dream's record · read_any(file) -> any picture's
carries(file, record) -> whether it is there, made the same way · digest(record) · differences(then, now) -> sentences
free(path, record) -> the path, with a number where a picture with another record has it · kept(path, new) -> sentence
"""

import hashlib
import itertools
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepdream._version import __version__
from deepdream.errors import ImageError
from deepdream.settings import SAMPLE, Settings, fields
from deepdream.settings.former import recorded

if TYPE_CHECKING:
    from deepdream.network.network import Network
    from deepdream.pipeline.request import Request

Record = dict[str, Any]
"""Ready for JSON."""

NEEDED = ("version", "settings", "network", "weights", "input", "partial.steps")
"""What the record of every dream holds, or what an entry of it holds where it is there."""

SHAPE: Mapping[str, type] = {
    "version": str,
    "settings": dict,
    "settings.recipe": str,
    "settings.network": str,
    "network": str,
    "weights": str,
    "files": dict,
    "input": dict,
    "input.digest": str,
    "input.path": str,
    "notes": list,
    "runtime": dict,
    "runtime.device": str,
    "runtime.convolution": list,
    "partial": dict,
    "partial.steps": int,
    "bits": int,
}
"""The types of a record's entries; an entry's own entries follow it."""


def of_dream(request: "Request") -> Record:
    """The record of a dream, without clock time.

    Where the input lies is not in it: see `place`.
    """
    record = shared(request.settings, request.network, request.files)
    if not request.closes:
        record.pop("closed", None)
    return {
        **record,
        "input": {"digest": request.picture.digest},
        "notes": list(request.notes),
        "runtime": {**machine(), **_computed(request)},
    }


def shared(settings: Settings, network: "Network", files: Mapping[str, str]) -> Record:
    """What of a dream's record does not depend on its picture, nor on what computes it.

    Args:
        settings: resolved for the network.
        network: what dreams.
        files: every further file that moves the dream, as typed -> its sha256.
    """
    return {
        "version": __version__,
        "settings": asdict(settings),
        "network": network.name,
        "weights": network.digest,
        "files": dict(files),
        **({"closed": True} if settings.panorama else {}),  # up to 0.1, sides that did not meet were left so
    }


def matches(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a dream's record is what `shared` says, with its "input", on any machine with the same TensorFlow.

    It loads no TensorFlow: by which convolution an octave is computed counts only where the settings name one.
    """
    there, here = lasting(record), lasting(wanted)
    runtime, _ = there.pop("runtime"), here.pop("runtime")
    named = wanted["settings"]["convolution"]
    same = named == "auto" or set(runtime.get("convolution", [named])) == {named}
    return there == here and same and runtime.get("tensorflow") == version("tensorflow")


def stamp(kind: str, network: str | None = None, digest: str | None = None) -> Record:
    """What the record of a picture that is no dream begins with.

    Args:
        kind: what it is, such as "feature" or "sweep sheet".
        network: its name, where one made the picture.
        digest: of its weights.
    """
    made_by = {} if network is None else {"network": network, "weights": digest}
    return {"kind": kind, "version": __version__, **made_by}


def machine() -> Record:
    """TensorFlow's version, the device and the threads."""
    from deepdream import runtime  # loads TensorFlow

    return {"tensorflow": runtime.tf.__version__, "device": runtime.device(), "threads": runtime.threads()}


def place(source: Path | None, output: Path) -> Record:
    """Where the input lies, as the output records it: relative to itself, so that both can move together."""
    if source is None:
        return {"canvas": True}
    if source == SAMPLE:
        return {"sample": True}
    here = os.path.realpath(source)
    try:
        return {"path": Path(os.path.relpath(here, os.path.dirname(os.path.realpath(output)))).as_posix()}
    except ValueError:  # another drive of Windows
        return {"path": Path(here).as_posix()}


def read(file: Path) -> Record:
    """The record that a dream carries.

    Raises:
        ImageError: there is none, it is of another kind of picture, or this version does not understand it.
    """
    record = read_any(file)
    if "kind" in record:
        raise ImageError(f"{file} is no dream: its recipe is of the kind {record['kind']!r}.")
    return record


def read_any(file: Path) -> Record:
    """The record that a picture of this tool carries: a dream's, its settings under today's names, or one of
    another "kind", such as a feature's.

    Raises:
        ImageError: there is none, or this version does not understand it.
    """
    from deepdream import images  # NumPy and the decoders, which `--help` does without

    record = images.read_recipe(file)
    if fault := _fault(record):
        raise ImageError(f"The recipe in {file} is none that this version understands: {fault}.")
    if "kind" in record:
        return record
    algorithms = record.get("runtime", {}).get("convolution", ())
    return {**record, "settings": recorded(record["settings"], algorithms)}


def _fault(record: Mapping[str, Any]) -> str:
    """What keeps a record from being understood, as half a sentence; "" for nothing."""
    for name, kind in SHAPE.items():
        above, _, last = name.rpartition(".")
        holder = record.get(above, {}) if above else record
        if last not in holder and name in NEEDED and (not above or above in record) and "kind" not in record:
            return f"it has no {name}"
        if (value := holder.get(last)) is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            return f"its {name} is {str(value)[:40]!r}"
    return ""


def carries(file: Path, record: Mapping[str, Any], *, keys: Collection[str] | None = None) -> bool:
    """Whether the file is there and carries this record, but for what moves no bit.

    Args:
        file: a picture.
        record: as it would be made now.
        keys: those that make the picture; a dream's when None.
    """
    try:
        there = read_any(file)
    except ImageError:
        return False
    if keys is not None:
        wanted = json.loads(json.dumps({key: record[key] for key in keys}))
        return all(there.get(key) == value for key, value in wanted.items())
    return lasting(there) == lasting(record)


def free(path: Path, record: Mapping[str, Any], *, keys: Collection[str] | None = None) -> Path:
    """Where a picture goes that must not replace one with another record: the path, or the path with a number.

    Args:
        path: where it would go. A file that carries no record does not keep it from there.
        record: the one that it will carry; a picture that carries the same one is the same and may be replaced.
        keys: as for `carries`.

    Returns: photo-dream.png, or the first of photo-dream-2.png, photo-dream-3.png, ... that is not there or carries
        this record.
    """
    if not _has_record(path) or carries(path, record, keys=keys):
        return path
    return next(name for name in numbered(path) if not os.path.lexists(name) or carries(name, record, keys=keys))


def numbered(path: Path) -> Iterator[Path]:
    """photo-dream-2.png, photo-dream-3.png, ..."""
    return (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))


def kept(path: Path, new: Path) -> str:
    """The sentence about a picture that got a number."""
    return f"{path} carries another recipe and is kept: this one is {new}; --force would replace it."


def lasting(record: Mapping[str, Any]) -> Record:
    """What of a dream's record makes the picture.

    Not its notes, nor the threads, nor the device's name, nor where the input lies; nor the settings of how it is
    computed, since the algorithms that were taken are recorded themselves, and a tile, which follows the memory that
    is free, moves the last bits at most.
    """
    kept = json.loads(json.dumps({key: value for key, value in record.items() if key != "notes"}))
    computing = {name for name, field in fields.FIELDS.items() if field.metadata["affects"] == fields.COMPUTING}
    kept["settings"] = {key: value for key, value in kept.get("settings", {}).items() if key not in computing}
    kept["input"] = kept.get("input", {}).get("digest")
    kept["runtime"] = _moving(kept.get("runtime", {}))
    return kept


def digest(record: Mapping[str, Any]) -> str:
    """sha256 of what of a dream's record makes the picture, hex."""
    return hashlib.sha256(json.dumps(lasting(record), sort_keys=True).encode()).hexdigest()


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two records of a dream and may move a bit, a sentence each."""
    before, here = _moving(then.get("runtime", {})), _moving(now.get("runtime", {}))
    pairs = [("deepdream", then["version"], now["version"])]
    pairs += [(name, before.get(name), here.get(name)) for name in dict.fromkeys([*before, *here])]
    unknown = (
        []
        if then["input"].get("digest") or then["input"].get("canvas")
        else ["Its recipe names no input: whether this is the same can't be told."]
    )
    return unknown + [
        f"It was made with {name} {_shown(old)}, here it is {_shown(new)}: the pixels may differ slightly."
        for name, old, new in pairs
        if old != new
    ]


def _has_record(path: Path) -> bool:
    from deepdream import images  # see `read_any`

    try:
        images.read_recipe(path)
    except ImageError:
        return False
    return True


def _moving(runtime: Mapping[str, Any]) -> Record:
    """What of the machine moves a bit: whether it is a GPU does, its name and its threads don't."""
    kept = {name: value for name, value in runtime.items() if name != "threads"}
    if kept.get("device"):
        kept["device"] = kept["device"].partition(" ")[0]
    return kept


def _computed(request: "Request") -> Record:
    """By what the network is computed: Keras of a version, or each octave's convolution."""
    from deepdream import runtime

    if not request.network.cuts:
        return {"keras": runtime.tf.keras.__version__}
    return {"convolution": list(request.execution.algorithms)}


def _shown(value: Any) -> str:
    return "unknown" if value is None else str(value)
