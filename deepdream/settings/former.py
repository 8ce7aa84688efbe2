"""Settings that earlier versions had, as today's.

renewed(given, algorithms) -> given         for what was written then: recipe files, and what a picture carries
"""

from collections.abc import Mapping, Sequence
from typing import Any


def renewed(given: Mapping[str, Any], algorithms: Sequence[str] = ()) -> dict[str, Any]:
    """The settings by today's names; what is not an earlier one stays as it is.

    `compile`, up to 0.1: whether Winograd's convolution, the only one that is compiled, might be taken. "yes" is
    convolution winograd, "no" the one of TensorFlow's that was taken in its place; a convolution that was named
    decided anyway.

    Args:
        given: settings by name.
        algorithms: the convolution of each octave, where a picture carries them.
    """
    found = dict(given)
    meant = {"auto": "auto", "yes": "winograd", "no": next(iter(algorithms), "direct")}
    if found.get("compile") in meant:
        compiled = found.pop("compile")
        if compiled != "auto" and found.get("convolution", "auto") == "auto":
            found["convolution"] = meant[compiled]
    return found
