"""Live dreams, /api/lives."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deepdream.studio.lives import LiveDream
from deepdream.studio.routes.http import frame, json_of, number, owner_of, studio_of


async def begin(request: Request) -> Response:
    """Begin a live dream."""
    live = await studio_of(request).lives.begin(await json_of(request), owner_of(request))
    return JSONResponse(live.about, 201)


async def lives(request: Request) -> Response:
    """One's own live dreams."""
    return JSONResponse(studio_of(request).lives.of(owner_of(request)))


async def events(request: Request) -> Response:
    """Take strokes and other live events, in order."""
    live = _live(request)
    return JSONResponse(await studio_of(request).lives.events(live, await json_of(request, list)))


async def live_frame(request: Request) -> Response:
    """The newest picture, once it is newer than `after`."""
    after = number(request.query_params, "after", -1)
    return frame(await studio_of(request).lives.frame(_live(request), after))


async def pause(request: Request) -> Response:
    """Pause, or continue."""
    live = _live(request)
    await studio_of(request).lives.pause(live, bool((await json_of(request)).get("on", True)))
    return JSONResponse({})


async def channels(request: Request) -> Response:
    """The channels that a place of the live picture excites most."""
    query, live = request.query_params, _live(request)
    at = number(query, "row"), number(query, "column")
    engine = studio_of(request).engine
    return JSONResponse(await engine.ask("channels", id=live.id, layer=query.get("layer", ""), at=at, top=8))


async def record(request: Request) -> Response:
    """All strokes with their steps: what replays the live dream."""
    return JSONResponse(await studio_of(request).engine.ask("record", id=_live(request).id))


async def large(request: Request) -> Response:
    """Dream the paint at full size."""
    live, dreams = _live(request), studio_of(request).dreams
    job = await dreams.enlarge(live, (await json_of(request)).get("settings") or {})
    return JSONResponse(dreams.shown(job), 201)


async def keep(request: Request) -> Response:
    """Keep the live picture as it is, or its time-lapse."""
    live, dreams = _live(request), studio_of(request).dreams
    job = await dreams.keep(live, film=bool((await json_of(request)).get("film")))
    return JSONResponse(dreams.shown(job), 201)


async def end(request: Request) -> Response:
    """End a live dream."""
    await studio_of(request).lives.end(_live(request))
    return JSONResponse({})


ROUTES = (
    ("GET", "/api/lives", lives),
    ("POST", "/api/lives", begin),
    ("POST", "/api/lives/{id}/events", events),
    ("GET", "/api/lives/{id}/frame", live_frame),
    ("GET", "/api/lives/{id}/channels", channels),
    ("GET", "/api/lives/{id}/record", record),
    ("POST", "/api/lives/{id}/pause", pause),
    ("POST", "/api/lives/{id}/large", large),
    ("POST", "/api/lives/{id}/keep", keep),
    ("DELETE", "/api/lives/{id}", end),
)


def _live(request: Request) -> LiveDream:
    return studio_of(request).lives.one(request.path_params["id"], owner_of(request))
