"""Settings of earlier versions, translated to today's.

renewed(given, algorithms) -> given         for what was written then in a recipe file
recorded(given, algorithms) -> given        for what a picture carries
"""

from collections.abc import Mapping, Sequence
from typing import Any


def renewed(given: Mapping[str, Any], algorithms: Sequence[str] = ()) -> dict[str, Any]:
    """The settings by today's names; all others stay as they are.

    `compile`, up to 0.1: whether Winograd's convolution, the only compiled one, was allowed. "yes" becomes convolution
    winograd, "no" the TensorFlow convolution that was used in its place; an explicit convolution takes precedence.

    Args:
        given: settings by name.
        algorithms: the convolution of each octave, if a picture records them.
    """
    found = dict(given)
    meant = {"auto": "auto", "yes": "winograd", "no": next(iter(algorithms), "direct")}
    if found.get("compile") in meant:
        compiled = found.pop("compile")
        if compiled != "auto" and found.get("convolution", "auto") == "auto":
            found["convolution"] = meant[compiled]
    return found


def recorded(given: Mapping[str, Any], algorithms: Sequence[str]) -> dict[str, Any]:
    """As `renewed`, for all settings of a dream.

    Up to 0.1 none had a precision, since all were computed in float32; nor a suppression: weights were absolute, which
    counts where one is negative, as one of a regions file may be. All layers were shaped together, pictures rolled
    around their borders, and steps went on to black and white. There was neither paint nor breath.

    What "auto" chooses may change from version to version, so a convolution is as its octaves were computed.
    """
    suppresses = "=-" in str(given.get("layers")) or given.get("regions") is not None
    meant = {
        "precision": "float32",
        "suppression": "absolute" if suppresses else "relative",
        "shape_field": "deepest",
        "border": "wrap",
        "headroom": 0.0,
        "paint": None,
        "brushes": None,
        "breath": 0.0,
    }
    found = meant | renewed(given, algorithms)
    if found.get("convolution") == "auto" and algorithms and found["precision"] == "float32":
        found["convolution"] = algorithms[0] if len(set(algorithms)) == 1 else "/".join(algorithms)
    return found
