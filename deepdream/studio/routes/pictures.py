"""Uploads."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deepdream.studio.guard import body
from deepdream.studio.routes.http import owner_of, studio_of


async def upload(request: Request) -> Response:
    """Take in a picture: the raw bytes of its file, counted as they arrive."""
    studio = studio_of(request)
    limit = int(studio.limits.megabytes * 1e6)
    studio.store.room(limit)
    part = studio.store.part()
    try:
        with part.open("wb") as file:
            await body(request, limit, file.write)
        return JSONResponse(await studio.pictures.add(part, owner_of(request)), 201)
    finally:
        part.unlink(missing_ok=True)


async def picture(request: Request) -> Response:
    """An upload as the browser shows it."""
    found = studio_of(request).pictures.one(request.path_params["id"], owner_of(request))
    return Response(found.path.with_suffix(".jpg").read_bytes(), media_type="image/jpeg")


ROUTES = (
    ("POST", "/api/pictures", upload),
    ("GET", "/api/pictures/{id}", picture),
)
