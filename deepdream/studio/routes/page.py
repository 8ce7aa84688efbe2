"""The page and its modules, and what it shows before there is a picture: settings, layers, thumbnails."""

from importlib import resources

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from deepdream._version import __version__
from deepdream.images import formats
from deepdream.settings import GROUPS
from deepdream.studio import controls, runs
from deepdream.studio.routes.http import network_of, number, studio_of

PAGE = resources.files("deepdream.studio") / "page"

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


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
    limits = studio_of(request).limits
    return JSONResponse(
        {
            "version": __version__,
            "groups": GROUPS,
            "controls": controls.controls(),
            "films": {kind: controls.option_rows(kind) for kind in controls.FILMS},
            "filmFormats": [suffix[1:] for suffix in runs.PLAYED],
            "recipes": controls.recipe_rows(),
            "looks": [{"name": name, "settings": given} for name, given in controls.LOOKS.items()],
            "formats": [format_.suffixes[0][1:] for format_ in formats.FORMATS if format_.encoder],
            "limits": {"megabytes": limits.megabytes, "megapixels": limits.megapixels},
        }
    )


async def layers(request: Request) -> Response:
    """The layers of a network that can be painted with, early to late."""
    return JSONResponse(await studio_of(request).engine.ask("layers", network=network_of(request)))


async def thumbnail(request: Request) -> Response:
    """What a channel responds to."""
    query, thumbnails = request.query_params, studio_of(request).thumbnails
    shown = await thumbnails.one(network_of(request), query.get("layer", ""), number(query, "channel"))
    return Response(shown, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400"})


ROUTES = (
    ("GET", "/", page),
    ("GET", "/page/{name}", page),
    ("GET", "/api/settings", settings),
    ("GET", "/api/layers", layers),
    ("GET", "/api/thumbnail", thumbnail),
)
