"""The routes: the page, and the API under /api that the page is the first client of.

application(studio, hosts=..., password=...) -> an ASGI application

Every reply is JSON but pictures, files and the stream of events. A refusal is {"message", "advice"}, in the words of
the command line: 400 a bad request, 403 a foreign origin, 404 not there, 413 too large, 429 too many, 503 the engine
failed.
"""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Collection
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from deepdream._version import __version__
from deepdream.errors import DreamError, ImageError, RequestError, SettingError
from deepdream.images import formats
from deepdream.settings import GROUPS
from deepdream.studio import controls
from deepdream.studio.guard import Guard, TooLargeError, body, refused
from deepdream.studio.store import FullError, NotFoundError
from deepdream.studio.studio import Studio

JSON_LIMIT = 2**20
"""Bytes of a request that is no picture."""

PAGE = resources.files(__package__) / "page"

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

HEARTBEAT = 15.0
"""Seconds without news after which a stream of events says that it is alive."""


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


# the page


async def page(request: Request) -> Response:
    """The page and its modules."""
    name = request.path_params.get("name", "index.html")
    file = PAGE / name
    suffix = "." + name.rpartition(".")[2]
    if suffix not in TYPES or not file.is_file():
        raise HTTPException(404)
    return Response(file.read_bytes(), media_type=TYPES[suffix])


async def settings(request: Request) -> Response:
    """What can be set, as the settings' table has it; groups, recipes, looks, formats and limits."""
    limits = _studio(request).limits
    return JSONResponse(
        {
            "version": __version__,
            "groups": GROUPS,
            "controls": controls.controls(),
            "recipes": controls.recipe_rows(),
            "looks": [{"name": name, "settings": given} for name, given in controls.LOOKS.items()],
            "formats": [format_.suffixes[0][1:] for format_ in formats.FORMATS if format_.encoder],
            "limits": {"megabytes": limits.megabytes, "megapixels": limits.megapixels},
        }
    )


async def layers(request: Request) -> Response:
    """The layers of a network that can be painted with, early to late."""
    return JSONResponse(await _studio(request).engine.ask("layers", network=_network(request)))


async def thumbnail(request: Request) -> Response:
    """What a channel responds to."""
    query = request.query_params
    shown = await _studio(request).thumbnail(_network(request), query.get("layer", ""), _number(query, "channel"))
    return Response(shown, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


# pictures


async def upload(request: Request) -> Response:
    """Take in a picture: the raw bytes of its file, counted as they arrive."""
    studio = _studio(request)
    studio.store.room(int(studio.limits.megabytes * 1e6))
    part = studio.store.part()
    try:
        with part.open("wb") as file:
            await body(request, int(studio.limits.megabytes * 1e6), file.write)
        return JSONResponse(await studio.upload(part, _owner(request)), 201)
    finally:
        part.unlink(missing_ok=True)


async def picture(request: Request) -> Response:
    """An upload as the browser is shown it."""
    found = _studio(request).picture(request.path_params["id"], _owner(request))
    return Response(found.path.with_suffix(".jpg").read_bytes(), media_type="image/jpeg")


# dreams


async def submit(request: Request) -> Response:
    """Queue a dream."""
    studio = _studio(request)
    job = await studio.submit(await _json(request), _owner(request))
    return JSONResponse(studio.shown(job), 201)


async def jobs(request: Request) -> Response:
    """One's own dreams."""
    studio = _studio(request)
    return JSONResponse([studio.shown(job) for job in studio.of(_owner(request))])


async def job(request: Request) -> Response:
    """One dream."""
    studio = _studio(request)
    return JSONResponse(studio.shown(studio.job(request.path_params["id"], _owner(request))))


async def job_frame(request: Request) -> Response:
    """The newest picture of a dream that runs, once it is newer than `after`; of any other, the one that there is."""
    studio = _studio(request)
    found = studio.job(request.path_params["id"], _owner(request))
    if found.state == "running":
        return _frame(await studio.frame(found.id, _number(request.query_params, "after", -1)))
    shown = studio.store.folder(found) / "preview.jpg"
    return _frame((found.taken, shown.read_bytes()) if shown.exists() else None)


async def job_file(request: Request) -> Response:
    """A dream's file, as it was written, with its record."""
    studio = _studio(request)
    path = studio.store.path(studio.job(request.path_params["id"], _owner(request)))
    if path is None or not path.exists():
        raise NotFoundError("That dream has no picture yet.")
    return _attachment(path.read_bytes(), path.name)


async def job_folder(request: Request) -> Response:
    """A dream with the pictures that it was made from: in the folder of this archive `deepdream again` repeats it."""
    studio = _studio(request)
    found = studio.job(request.path_params["id"], _owner(request))
    path = studio.store.path(found)
    if path is None or not path.exists():
        raise NotFoundError("That dream has no picture yet.")
    names = [found.source, *(found.given.get(name) for name in controls.PAINTED), path.name]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in filter(None, names):
            file.write(path.parent / name, name)
    return _attachment(archive.getvalue(), "dream.zip")


async def stop(request: Request) -> Response:
    """Keep the picture so far after the running step."""
    studio = _studio(request)
    await studio.stop(studio.job(request.path_params["id"], _owner(request)))
    return JSONResponse({})


async def go_on(request: Request) -> Response:
    """Go on where it was stopped."""
    studio = _studio(request)
    await studio.go_on(studio.job(request.path_params["id"], _owner(request)))
    return JSONResponse({})


async def cancel(request: Request) -> Response:
    """Take it out of the queue, end it, delete it."""
    studio = _studio(request)
    await studio.cancel(studio.job(request.path_params["id"], _owner(request)))
    return JSONResponse({})


async def blend(request: Request) -> Response:
    """The finished dream at another strength, in other colours."""
    studio, asked = _studio(request), await _json(request)
    found = studio.job(request.path_params["id"], _owner(request))
    shown = await studio.blend(found, asked.get("strength", 1.0), asked.get("colour", "dream"))
    return Response(shown, media_type="image/jpeg")


# live dreams


async def begin_live(request: Request) -> Response:
    """Begin a live dream."""
    live = await _studio(request).begin_live(await _json(request), _owner(request))
    return JSONResponse(live.about, 201)


async def lives(request: Request) -> Response:
    """One's own live dreams."""
    return JSONResponse(_studio(request).lives.of(_owner(request)))


async def live_events(request: Request) -> Response:
    """Strokes and the rest, in order."""
    studio = _studio(request)
    live = studio.lives.one(request.path_params["id"], _owner(request))
    return JSONResponse(await studio.lives.events(live, await _json(request, list)))


async def live_frame(request: Request) -> Response:
    """The newest picture, once it is newer than `after`."""
    studio = _studio(request)
    live = studio.lives.one(request.path_params["id"], _owner(request))
    return _frame(await studio.live_frame(live, _number(request.query_params, "after", -1)))


async def live_pause(request: Request) -> Response:
    """Pause, or go on."""
    studio = _studio(request)
    live = studio.lives.one(request.path_params["id"], _owner(request))
    await studio.lives.pause(live, bool((await _json(request)).get("on", True)))
    return JSONResponse({})


async def live_channels(request: Request) -> Response:
    """The channels that a place of the live picture excites most."""
    studio, query = _studio(request), request.query_params
    live = studio.lives.one(request.path_params["id"], _owner(request))
    at = _number(query, "row"), _number(query, "column")
    found = await studio.engine.ask("channels", id=live.id, layer=query.get("layer", ""), at=at, top=8)
    return JSONResponse(found)


async def live_record(request: Request) -> Response:
    """All strokes with their steps: what replays the live dream."""
    studio = _studio(request)
    live = studio.lives.one(request.path_params["id"], _owner(request))
    return JSONResponse(await studio.engine.ask("record", id=live.id))


async def live_large(request: Request) -> Response:
    """Dream what is painted at full size."""
    studio = _studio(request)
    live = studio.lives.one(request.path_params["id"], _owner(request))
    return JSONResponse(studio.shown(await studio.enlarge(live, (await _json(request)).get("settings") or {})), 201)


async def live_keep(request: Request) -> Response:
    """Keep the live picture as it is, or its time-lapse."""
    studio = _studio(request)
    live = studio.lives.one(request.path_params["id"], _owner(request))
    film = bool((await _json(request)).get("film"))
    return JSONResponse(studio.shown(await studio.keep(live, film=film)), 201)


async def live_end(request: Request) -> Response:
    """Let go of a live dream."""
    studio = _studio(request)
    await studio.lives.end(studio.lives.one(request.path_params["id"], _owner(request)))
    return JSONResponse({})


# events


async def events(request: Request) -> Response:
    """What happens to one's dreams, as server-sent events: all of them first, then each that changes."""
    return StreamingResponse(_stream(_studio(request), _owner(request)), media_type="text/event-stream")


async def _stream(studio: Studio, owner: str) -> AsyncIterator[str]:
    listener = studio.listen(owner)
    try:
        yield "retry: 1000\n\n"
        while True:
            changed, listener.changed = listener.changed, {}
            listener.wake.clear()
            for id_ in changed:
                found = studio.store.jobs.get(id_)
                shown = {"id": id_, "state": "gone"} if found is None else studio.shown(found)
                yield f"data: {json.dumps(shown)}\n\n"
            try:
                await asyncio.wait_for(listener.wake.wait(), HEARTBEAT)
            except TimeoutError:
                yield ": alive\n\n"
    finally:
        studio.listeners.discard(listener)


ROUTES: tuple[tuple[str, str, Callable[[Request], Any]], ...] = (
    ("GET", "/", page),
    ("GET", "/page/{name}", page),
    ("GET", "/api/settings", settings),
    ("GET", "/api/layers", layers),
    ("GET", "/api/thumbnail", thumbnail),
    ("GET", "/api/events", events),
    ("POST", "/api/pictures", upload),
    ("GET", "/api/pictures/{id}", picture),
    ("POST", "/api/jobs", submit),
    ("GET", "/api/jobs", jobs),
    ("GET", "/api/jobs/{id}", job),
    ("GET", "/api/jobs/{id}/frame", job_frame),
    ("GET", "/api/jobs/{id}/file", job_file),
    ("GET", "/api/jobs/{id}/folder", job_folder),
    ("POST", "/api/jobs/{id}/stop", stop),
    ("POST", "/api/jobs/{id}/go-on", go_on),
    ("POST", "/api/jobs/{id}/blend", blend),
    ("DELETE", "/api/jobs/{id}", cancel),
    ("GET", "/api/lives", lives),
    ("POST", "/api/lives", begin_live),
    ("POST", "/api/lives/{id}/events", live_events),
    ("GET", "/api/lives/{id}/frame", live_frame),
    ("GET", "/api/lives/{id}/channels", live_channels),
    ("GET", "/api/lives/{id}/record", live_record),
    ("POST", "/api/lives/{id}/pause", live_pause),
    ("POST", "/api/lives/{id}/large", live_large),
    ("POST", "/api/lives/{id}/keep", live_keep),
    ("DELETE", "/api/lives/{id}", live_end),
)
"""Method, path and handler of everything that can be asked."""


def _studio(request: Request) -> Studio:
    return request.app.state.studio


def _owner(request: Request) -> str:
    return request.scope["owner"]


def _network(request: Request) -> str:
    name = request.query_params.get("network", "auto")
    controls.accepted({"network": name})
    return name


def _number(query: Any, name: str, default: int | None = None) -> int:
    """A whole number of the query."""
    text = query.get(name)
    try:
        return default if text is None and default is not None else int(text)
    except (TypeError, ValueError):
        raise SettingError(f"{name} {text!r} is not a whole number.") from None


async def _json(request: Request, kind: type = dict) -> Any:
    """The body as JSON of that kind."""
    try:
        found = json.loads(await body(request, JSON_LIMIT) or b"{}")
    except (ValueError, RecursionError):
        raise SettingError("The request is not JSON.") from None
    if not isinstance(found, kind):
        raise SettingError(f"The request is not JSON of the kind {kind.__name__}.")
    return found


def _frame(found: tuple[int, bytes] | None) -> Response:
    """A frame with its step; 204 for none."""
    if found is None:
        return Response(status_code=204)
    return Response(found[1], media_type="image/jpeg", headers={"X-Step": str(found[0])})


def _attachment(content: bytes, name: str) -> Response:
    """A file to download; its name is the server's."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def _dream_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DreamError)
    kinds = {NotFoundError: 404, FullError: 429, ImageError: 400, RequestError: 400}
    status = next((code for kind, code in kinds.items() if isinstance(error, kind)), 503)
    return refused(status, error.message, error.advice)


async def _too_large(request: Request, error: Exception) -> Response:
    assert isinstance(error, TooLargeError)
    limit = _studio(request).limits.megabytes
    response = refused(413, f"The request has {error.size} bytes; at most {JSON_LIMIT} are taken.")
    if request.url.path == "/api/pictures":
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
