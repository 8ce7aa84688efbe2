"""The record that a picture carries: everything that determines its bits. Built, read and compared only here.

of_dream(request) -> a dream's record · shared(settings, network, files) -> the part that all pictures share
stamp(kind) -> the head of any other picture's record · machine() · location(source, output)
read(file) -> a dream's record · read_any(file) -> any picture's
carries(file, record) -> whether the file has an equivalent record · matches(record, shared) · digest(record)
differences(then, now) -> sentences
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any

from deepdream._version import __version__
from deepdream.errors import ImageError
from deepdream.settings import SAMPLE, Settings, declaration, fields
from deepdream.settings.former import recorded

if TYPE_CHECKING:
    from deepdream.network.network import Network
    from deepdream.pipeline.request import Request

Record = dict[str, Any]
"""Ready for JSON."""

LIVE = "live session"
"""Kind of the record of a picture that was painted live in the studio."""

NEEDED = ("version", "settings", "network", "weights", "input", "partial.steps")
"""The keys that every dream's record has; of an entry, those that it has if it exists."""

DERIVED = ("notes", "targets")
"""The keys of a dream's record that follow from the others; they are for people."""

SHAPE: Mapping[str, type | UnionType] = {
    "version": str,
    "settings": dict,
    "settings.recipe": str,
    "settings.network": str,
    "network": str,
    "weights": str,
    "files": dict,
    "targets": dict | list,  # a list of a sheet's
    "input": dict,
    "input.digest": str | None,  # None of a canvas
    "input.path": str,
    "notes": list,
    "runtime": dict,
    "runtime.device": str,
    "runtime.convolution": list,
    "partial": dict,
    "partial.steps": int,
    "bits": int,
}
"""The types of a record's entries, each before its own entries."""


def of_dream(request: "Request") -> Record:
    """The record of a dream, without clock time and without the input's path: see `location`."""
    record = shared(request.settings, request.network, request.files)
    if not request.closes:
        record.pop("closed", None)
    return {
        **record,
        **targets(request),
        "input": {"digest": request.picture.digest},
        "notes": list(request.notes),
        "runtime": {**machine(), **_computed(request)},
    }


def shared(settings: Settings, network: "Network", files: Mapping[str, str]) -> Record:
    """The part of a dream's record that depends neither on its picture nor on the machine.

    Args:
        settings: resolved for the network.
        network: the network.
        files: every further file that affects the dream, as typed -> its sha256.
    """
    return {
        "version": __version__,
        "settings": asdict(settings),
        "network": network.name,
        "weights": network.digest,
        "files": dict(files),
        **({"closed": True} if settings.panorama else {}),  # version 0.1 did not cross-fade the sides
    }


def targets(request: "Request") -> Record:
    """What the targets of a request were computed to be, as a part of its record; empty before they are."""
    choices = [choice for choice in request.choices if choice.computed is not None and choice.resolved]
    if not choices:
        return {}
    from deepdream.objectives.targets import explained  # TensorFlow is loaded by now

    return {"targets": explained(choices, request.network)}


def matches(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a dream's record equals a `shared` one with its "input", on any machine with the same TensorFlow.

    This does not load TensorFlow, so an octave's convolution is compared only if the settings name one.
    """
    there, here = lasting(record), lasting(wanted)
    runtime, _ = there.pop("runtime"), here.pop("runtime")
    named = wanted["settings"]["convolution"]
    same = named == "auto" or set(runtime.get("convolution", [named])) == {named}
    return there == here and same and runtime.get("tensorflow") == version("tensorflow")


def stamp(kind: str, network: str | None = None, digest: str | None = None) -> Record:
    """The head of the record of a picture that is not a dream.

    Args:
        kind: such as "feature" or "sweep sheet".
        network: the name of the network that made it, if one did.
        digest: of its weights.
    """
    made_by = {} if network is None else {"network": network, "weights": digest}
    return {"kind": kind, "version": __version__, **made_by}


def machine() -> Record:
    """TensorFlow's version, the device and the threads."""
    from deepdream import runtime  # loads TensorFlow

    return {"tensorflow": runtime.tf.__version__, "device": runtime.device(), "threads": runtime.threads()}


def location(source: Path | None, output: Path) -> Record:
    """The input's path as the output records it: relative to the output, so that both can be moved together."""
    if source is None:
        return {"canvas": True}
    if source == SAMPLE:
        return {"sample": True}
    here = os.path.realpath(source)
    try:
        return {"path": Path(os.path.relpath(here, os.path.dirname(os.path.realpath(output)))).as_posix()}
    except ValueError:  # on another drive, on Windows
        return {"path": Path(here).as_posix()}


def read(file: Path) -> Record:
    """The record that a dream carries.

    Raises:
        ImageError: there is none, it is another kind of picture's, or this version does not understand it.
    """
    record = read_any(file)
    if "kind" in record:
        raise ImageError(f"{file} is no dream: its recipe is of the kind {record['kind']!r}.")
    return record


def read_any(file: Path) -> Record:
    """The record of a picture made by this tool: a dream's, with its settings under their current names, or that of
    another "kind", such as a feature.

    Raises:
        ImageError: there is none, or this version does not understand it.
    """
    from deepdream import images  # NumPy and the decoders, which `--help` doesn't need

    record = images.read_recipe(file)
    if fault := _fault(record):
        raise ImageError(f"The recipe in {file} is none that this version understands: {fault}.")
    if "kind" in record:
        return record
    algorithms = record.get("runtime", {}).get("convolution", ())
    return {**record, "settings": recorded(record["settings"], algorithms)}


def _fault(record: Mapping[str, Any]) -> str:
    """Why a record can't be understood, as half a sentence; "" if it can."""
    for name, kind in SHAPE.items():
        above, _, last = name.rpartition(".")
        holder = record.get(above, {}) if above else record
        if last not in holder and name in NEEDED and (not above or above in record) and "kind" not in record:
            return f"it has no {name}"
        if last in holder and (not isinstance(holder[last], kind) or isinstance(holder[last], bool)):
            return f"its {name} is {str(holder[last])[:40]!r}"
    return ""


def carries(file: Path, record: Mapping[str, Any], *, keys: Collection[str] | None = None) -> bool:
    """Whether the file exists and carries this record, apart from what does not affect the pixels.

    Args:
        file: a picture.
        record: as it would be made now.
        keys: those that determine the picture; None for a dream's.
    """
    try:
        there = read_any(file)
    except ImageError:
        return False
    if keys is not None:
        wanted = json.loads(json.dumps({key: record[key] for key in keys}))
        return all(there.get(key) == value for key, value in wanted.items())
    return lasting(there) == lasting(record)


def lasting(record: Mapping[str, Any]) -> Record:
    """The part of a dream's record that determines the picture.

    It leaves out notes, what targets came to, threads, the device's name and the input's path. It also leaves out the
    settings of how the dream is computed: the algorithms used are recorded separately, and the tile, which depends on
    the free memory, changes the last bits at most.
    """
    kept = json.loads(json.dumps({key: value for key, value in record.items() if key not in DERIVED}))
    computing = {name for name, field in fields.FIELDS.items() if field.metadata["affects"] == declaration.COMPUTING}
    kept["settings"] = {key: value for key, value in kept.get("settings", {}).items() if key not in computing}
    kept["input"] = kept.get("input", {}).get("digest")
    kept["runtime"] = _moving(kept.get("runtime", {}))
    return kept


def digest(record: Mapping[str, Any]) -> str:
    """sha256, hex, of the part of a dream's record that determines the picture."""
    return hashlib.sha256(json.dumps(lasting(record), sort_keys=True).encode()).hexdigest()


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The differences between two records of a dream that may change its bits, a sentence each."""
    before, here = _moving(then.get("runtime", {})), _moving(now.get("runtime", {}))
    pairs = [("deepdream", then["version"], now["version"])]
    pairs += [(name, before.get(name), here.get(name)) for name in dict.fromkeys([*before, *here])]
    unknown = (
        []
        if then["input"].get("digest") or then["input"].get("canvas")
        else ["Its recipe names no input, so the pictures can't be compared."]
    )
    return unknown + [
        f"It was made with {name} {_shown(old)}, here it is {_shown(new)}: the pixels may differ slightly."
        for name, old, new in pairs
        if old != new
    ]


def _moving(runtime: Mapping[str, Any]) -> Record:
    """The part of a runtime's record that affects the bits: CPU or GPU, but not its name nor the threads."""
    kept = {name: value for name, value in runtime.items() if name != "threads"}
    if kept.get("device"):
        kept["device"] = kept["device"].partition(" ")[0]
    return kept


def _computed(request: "Request") -> Record:
    """What computes the network: software beside TensorFlow, and each octave's convolution if there is a choice."""
    several = len(request.network.algorithms) > 1
    return {**request.network.software, **({"convolution": list(request.execution.algorithms)} if several else {})}


def _shown(value: Any) -> str:
    return "unknown" if value is None else str(value)
