"""The record that a film carries: in a video's comment, a GIF's comment, or as pictures do.

of_film(request, ...) -> record · read(path) -> record · sha256(path) of a file or a folder
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from deepdream import images
from deepdream.errors import ImageError
from deepdream.film import options
from deepdream.film.formats import VIDEOS, check_pyav
from deepdream.film.options import Film, Zoom
from deepdream.images.folders import pictures
from deepdream.pipeline import provenance, replay
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session

KINDS = ("film", "zoom", provenance.LIVE)
"""What a film may be: a time-lapse of a live dream carries that dream's record."""

SUFFIXES = (*VIDEOS, ".gif", ".apng")
"""Of files whose record is read here; an animated WebP is read as a picture is."""


def of_film(request: Request, wanted: Film | Zoom, session: Session, *, digest: str = "") -> dict[str, Any]:
    """The record of a film or a zoom.

    Args:
        request: of its first frame; `pipeline.run.prepare` was called.
        wanted: the film or zoom.
        session: shared by its frames.
        digest: of its source; that of the request's picture when "".

    Raises:
        ImageError: it is to be made again, and the source or another file is a different one.
        WeightsError: the same of the weights.
    """
    record, own = provenance.of_dream(request) | _targets(request, session), options.recorded(wanted)
    if wanted.keyframes is not None:
        record["files"] |= {own["curves"]: sha256(wanted.keyframes)}
    record["input"] = {
        "digest": digest or record["input"]["digest"],
        **provenance.location(wanted.source, wanted.output),
    }
    kind = type(wanted).__name__.lower()
    made = {"kind": kind, **record, kind: own}
    if wanted.again is not None:
        _refuse_another(made, *wanted.again, source=wanted.source)
    return made


def _targets(request: Request, session: Session) -> provenance.Record:
    """As `provenance.targets`; what depends on the picture is computed anew for each frame."""
    from deepdream.pipeline.wiring import resolved  # loads TensorFlow

    found = dict(provenance.targets(resolved(request, session)).get("targets", {}))
    for choice in request.choices:
        if choice.computed is not None and choice.computed.of_picture:
            found[f"{choice.layer}:{choice.computed}"] = "chosen for each frame"
    return {"targets": found} if found else {}


def _refuse_another(made: Mapping[str, Any], then: Mapping[str, Any], file: Path, *, source: Path | None) -> None:
    """Refuse to make a film again from another source, with other weights or other files.

    Args:
        made: the record of the film that would be made.
        then: the record that a film carries.
        file: that film.
        source: of the film that would be made.

    Raises:
        ImageError: the source or another file is a different one.
        WeightsError: the weights are different.
    """
    replay.refuse(then, file, str(source), digest=made["input"]["digest"], weights=made["weights"])
    kind, files = made["kind"], dict(made["files"])
    if curves := made[kind]["curves"]:  # seen from another place
        files[then[kind]["curves"]] = files[curves]
    replay.refuse_files(then, file, files)


def lasting(record: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a film's record that determines its frames: a film that is started again with the same resumes."""
    kept = provenance.lasting(record)
    return {**kept.pop("settings"), **kept.pop(record["kind"]), **kept}


def read(path: Path) -> dict[str, Any]:
    """The record that a film carries.

    Raises:
        ImageError: there is none.
    """
    suffix = path.suffix.lower()
    if suffix in SUFFIXES and path.exists() and not path.is_file():
        raise ImageError(f"{path} is not a file.")
    if suffix in VIDEOS:
        return of_video(path)
    if suffix == ".gif":
        with Image.open(path) as image:
            comment = image.info.get("comment", b"")
        text = comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)
        return _parsed(text, path)
    return images.read_recipe(path)


def of_video(path: Path) -> dict[str, Any]:
    """As `read`, whatever the video's file is called.

    Raises:
        ImageError: it can't be read, carries no record, or PyAV is missing.
    """
    return _parsed(_comment(path), path)


def _parsed(text: str, path: Path) -> dict[str, Any]:
    """The record in a comment."""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("kind") not in KINDS:
        raise ImageError(
            f"{path} carries no recipe.", "Only films written by deepdream carry one, and some editors drop it."
        )
    return record


def sha256(path: Path) -> str:
    """The sha256 of a file, or of a folder's pictures with their names, hex."""
    if path.is_file():
        return images.digest(path)
    found = hashlib.sha256()
    for one in pictures(path):
        found.update(one.name.encode("utf-8", "surrogateescape"))
        found.update(one.read_bytes())
    return found.hexdigest()


def _comment(path: Path) -> str:
    """The comment of a video; "" for none.

    Raises:
        ImageError: it can't be read, or PyAV is missing.
    """
    check_pyav("Reading")
    from deepdream.film import video

    with video.container_of(path) as container:
        found = {key.lower(): value for key, value in container.metadata.items()}
    return found.get("comment", "")
