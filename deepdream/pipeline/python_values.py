"""Settings as Python's users write them: lists of layers, paths, pictures and models in place of names.

plain(given, session) -> the settings as text and numbers; pictures and a model are kept in the session by name
"""

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from deepdream.images import Picture, from_image
from deepdream.pipeline.session import Session

PICTURES = ("guide", "mask", "palette")
"""Settings that name a picture's file, or take the picture itself."""


def plain(given: Mapping[str, Any], session: Session) -> dict[str, Any]:
    """The settings by name, as they would be typed.

    Args:
        given: settings by name. `layers` may be a list, or a dict of weights; `guide` a list of pictures, or a dict of
            their weights by file; `guide`, `mask` and `palette` an array, a Pillow image or a Picture; `network` a
            Keras model; any file a Path.
        session: what keeps pictures and models that have no file.
    """
    return {name: _plain(name, value, session) for name, value in given.items()}


def _plain(name: str, value: Any, session: Session) -> Any:
    """One setting's value."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if name == "layers" and isinstance(value, Mapping):
        return ",".join(f"{layer}={weight}" for layer, weight in value.items())
    if name == "layers" and isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    if name == "guide" and isinstance(value, Mapping):
        return ",".join(f"{_plain(name, file, session)}={weight}" for file, weight in value.items())
    if name == "guide" and isinstance(value, (list, tuple)):
        return ",".join(_plain(name, one, session) for one in value)
    if name in PICTURES and not isinstance(value, (str, type(None))):
        return _kept(value, session)
    if name == "network" and hasattr(value, "get_config"):  # a Keras model; Keras is not loaded to find out
        return session.keep_model(value)
    return value


def _kept(value: Any, session: Session) -> str:
    """The name under which a picture without a file is kept: it follows from its pixels."""
    picture = value if isinstance(value, Picture) else from_image(value)
    alpha = b"" if picture.alpha is None else picture.alpha.tobytes()
    digest = hashlib.sha256(np.ascontiguousarray(picture.pixels).tobytes() + alpha).hexdigest()
    name = f"array-{digest[:16]}"
    session.keep_picture(name, picture, digest)
    return name
