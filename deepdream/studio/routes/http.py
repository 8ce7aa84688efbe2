"""What handlers read from a request, and the replies they build."""

import json
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from deepdream.errors import SettingError
from deepdream.studio import controls
from deepdream.studio.guard import body
from deepdream.studio.studio import Studio

JSON_LIMIT = 2**20
"""Bytes of a request that is no picture."""


def studio_of(request: Request) -> Studio:
    """The studio that the application serves."""
    return request.app.state.studio


def owner_of(request: Request) -> str:
    """Who asks."""
    return request.scope["owner"]


def network_of(request: Request) -> str:
    """The query's network.

    Raises:
        SettingError: it is none that the studio takes.
    """
    name = request.query_params.get("network", "auto")
    controls.accepted({"network": name})
    return name


def number(query: QueryParams, name: str, default: int | None = None) -> int:
    """A whole number of the query.

    Raises:
        SettingError: it is none, or missing and without a default.
    """
    text = query.get(name)
    if text is None and default is not None:
        return default
    try:
        return int(text or "")
    except ValueError:
        raise SettingError(f"{name} {text!r} is not a whole number.") from None


async def json_of(request: Request, kind: type = dict) -> Any:
    """The body as JSON of that kind; nothing is an empty object.

    Raises:
        SettingError: it is not.
        TooLargeError: more than JSON_LIMIT bytes.
    """
    try:
        found = json.loads(await body(request, JSON_LIMIT) or b"{}")
        json.dumps(found, ensure_ascii=False).encode()  # raises for half of a surrogate pair, which no text can hold
    except (ValueError, RecursionError):
        raise SettingError("The request is not JSON.") from None
    if not isinstance(found, kind):
        raise SettingError(f"The request is not JSON of the kind {kind.__name__}.")
    return found


def frame(found: tuple[int, bytes] | None) -> Response:
    """A frame with its step; 204 for none."""
    if found is None:
        return Response(status_code=204)
    return Response(found[1], media_type="image/jpeg", headers={"X-Step": str(found[0])})


def attachment(content: bytes, name: str) -> Response:
    """A file to download; its name is the server's."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)
