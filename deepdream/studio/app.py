"""The page, and the API under /api that the page is the first client of.

application(studio, hosts=..., password=...) -> an ASGI application
ROUTES: method, path and handler of everything that can be asked; the handlers are in routes/

Every reply is JSON but pictures, files and the stream of events. A refusal is {"message", "advice"}, in the words of
the command line: 400 a bad request, 403 a foreign origin, 404 not there, 413 too large, 429 too many, 503 the engine
failed.
"""

from collections.abc import Callable, Collection
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from deepdream.errors import DreamError, ImageError, RequestError
from deepdream.studio.guard import Guard, TooLargeError, refused
from deepdream.studio.routes import dreams, events, lives, page, pictures
from deepdream.studio.routes.http import JSON_LIMIT, studio_of
from deepdream.studio.store import FullError, NotFoundError
from deepdream.studio.studio import Studio

ROUTES: tuple[tuple[str, str, Callable[[Request], Any]], ...] = (
    *page.ROUTES,
    *pictures.ROUTES,
    *dreams.ROUTES,
    *lives.ROUTES,
    *events.ROUTES,
)

STATUS = {NotFoundError: 404, FullError: 429, ImageError: 400, RequestError: 400}
"""Of a refusal, by the first kind of error that it is; 503 for any other."""


def application(studio: Studio, *, hosts: Collection[str], password: str | None = None) -> ASGIApp:
    """The studio as an ASGI application.

    Args:
        studio: whose engine runs.
        hosts: names and addresses that it may be called by.
        password: needed by everyone; None for none.
    """
    app = Starlette(
        routes=[Route(path, handler, methods=[method]) for method, path, handler in ROUTES],
        exception_handlers={
            DreamError: _dream_error,
            TooLargeError: _too_large,
            HTTPException: _http_error,
            Exception: _bug,
        },
    )
    app.state.studio = studio
    return Guard(app, hosts=hosts, password=password)


async def _dream_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DreamError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
    return refused(status, error.message, error.advice)


async def _too_large(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooLargeError)
    limit = studio_of(request).limits.megabytes
    response = refused(413, f"The request has {error.size} bytes; at most {JSON_LIMIT} are taken.")
    if request.url.path in ("/api/pictures", "/api/films"):
        size = f"{error.size / 1e6:.1f} MB"
        message = f"The file has {size} or more; this studio takes {limit:g} (--limit-megabytes)."
        response = refused(413, message, "Make it smaller.")
    response.headers["Connection"] = "close"  # what still comes is not read
    return response


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return refused(error.status_code, error.detail)


async def _bug(request: Request, error: Exception) -> Response:
    return refused(500, f"Something went wrong inside ({type(error).__name__}).", "The terminal has the details.")
