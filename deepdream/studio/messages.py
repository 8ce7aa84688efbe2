"""What the worker sends to the server."""

import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple

from deepdream.errors import DreamError, to_dream_error


class Reply(NamedTuple):
    """The result of a request."""

    number: int
    value: Any


class Refused(NamedTuple):
    """Why a request has no result."""

    number: int
    message: str
    advice: str


class Event(NamedTuple):
    """A change of a dream or a live dream: the attributes of its `store.Job` that change, or `note`, one more note."""

    id: str
    changes: Mapping[str, Any]


def refused(number: int, raised: Exception) -> Refused:
    """The refusal of a request that raised an exception."""
    error = _explained(raised)
    return Refused(number, error.message, error.advice)


def failed(raised: Exception) -> dict[str, str]:
    """The changes of a dream that ended with an exception."""
    error = _explained(raised)
    return {"state": "failed", "error": error.message, "advice": error.advice}


def _explained(raised: Exception) -> DreamError:
    """An exception as the browser shows it; the terminal shows where an unexpected one was raised."""
    if error := to_dream_error(raised):
        return error
    traceback.print_exception(raised)
    return DreamError(f"Something went wrong inside ({type(raised).__name__}).", "The terminal has the details.")
