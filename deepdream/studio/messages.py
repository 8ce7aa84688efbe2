"""What the worker sends to the server."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What a request came to."""

    number: int
    value: Any


class Refused(NamedTuple):
    """Why a request came to nothing."""

    number: int
    message: str
    advice: str


class Told(NamedTuple):
    """What happened to a dream."""

    id: str
    what: Mapping[str, Any]
