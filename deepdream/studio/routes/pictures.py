"""Uploads."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deepdream.studio.guard import body
from deepdream.studio.routes.http import owner_of, studio_of


async def upload(request: Request) -> Response:
    """Take in a picture: the raw bytes of its file, counted as they arrive; its name, if it is to keep one."""
    return await _upload(request, film=False)


async def upload_film(request: Request) -> Response:
    """Take in a film in the same way: a video or an animation."""
    return await _upload(request, film=True)


async def _upload(request: Request, *, film: bool) -> Response:
    studio = studio_of(request)
    limit = int(studio.limits.megabytes * 1e6)
    studio.store.room(limit)
    part = studio.store.part()
    try:
        with part.open("wb") as file:
            await body(request, limit, file.write)
        name = request.query_params.get("name", "")
        return JSONResponse(await studio.pictures.add(part, owner_of(request), name=name, film=film), 201)
    finally:
        part.unlink(missing_ok=True)


async def picture(request: Request) -> Response:
    """An upload as the browser shows it."""
    found = studio_of(request).pictures.one(request.path_params["id"], owner_of(request))
    return Response(found.path.with_suffix(".jpg").read_bytes(), media_type="image/jpeg")


ROUTES = (
    ("POST", "/api/pictures", upload),
    ("POST", "/api/films", upload_film),
    ("GET", "/api/pictures/{id}", picture),
)
