"""A sweep's values as captions on its sheets and as names of its files.

caption(name, value) -> "step-size 0.01"
stems(combinations) -> ("layers-block2_step-size-0.01", ...), all different
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from deepdream import settings

LONGEST = 120
"""Largest length of a file's name; longer ones are cut and end in a digest."""


def caption(name: str, value: Any) -> str:
    """A setting and its value as one would type them."""
    return f"{name.replace('_', '-')} {format_value(value)}"


def format_value(value: Any) -> str:
    """A value as one would type it."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return settings.format_size(value) if isinstance(value, tuple) else str(value)


def stems(combinations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A file name without suffix for each combination, of letters, digits and a few characters that every system
    accepts.
    """
    plain = [
        "_".join(_safe(caption(name, value)) for name, value in combination.items()) for combination in combinations
    ]
    counts = Counter(stem.casefold() for stem in plain)
    return tuple(
        stem if counts[stem.casefold()] == 1 and len(stem) <= LONGEST else f"{stem[:LONGEST]}-{_digest(combination)}"
        for stem, combination in zip(plain, combinations, strict=True)
    )


def _safe(text: str) -> str:
    return re.sub(r"[^\w.+-]+", "-", text).strip("-.")


def _digest(combination: Mapping[str, Any]) -> str:
    return hashlib.sha256(repr(dict(combination)).encode()).hexdigest()[:8]
