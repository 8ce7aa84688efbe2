"""Dreams, /api/jobs."""

import io
import zipfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from deepdream.studio import controls
from deepdream.studio.routes.http import attachment, frame, json_of, number, owner_of, studio_of
from deepdream.studio.runs import QUEUED
from deepdream.studio.store import Job, NotFoundError


async def submit(request: Request) -> Response:
    """Queue a dream."""
    dreams = studio_of(request).dreams
    job = await dreams.submit(await json_of(request), owner_of(request))
    return JSONResponse(dreams.shown(job), 201)


async def submit_run(request: Request) -> Response:
    """Queue a film, a zoom or a batch."""
    studio = studio_of(request)
    job = await QUEUED[request.url.path.rpartition("/")[2]](studio.runs, await json_of(request), owner_of(request))
    return JSONResponse(studio.dreams.shown(job), 201)


async def jobs(request: Request) -> Response:
    """One's own dreams."""
    dreams = studio_of(request).dreams
    return JSONResponse([dreams.shown(job) for job in dreams.of(owner_of(request))])


async def job(request: Request) -> Response:
    """One dream."""
    return JSONResponse(studio_of(request).dreams.shown(_job(request)))


async def job_frame(request: Request) -> Response:
    """The newest picture of a dream that runs, once it is newer than `after`; of any other, the last one."""
    studio, found = studio_of(request), _job(request)
    if found.state == "running":
        return frame(await studio.engine.frame(found.id, number(request.query_params, "after", -1)))
    shown = studio.store.preview(found)
    return frame(None if shown is None else (found.taken, shown))


async def job_file(request: Request) -> Response:
    """A dream's file, as it was written, with its record; of a film any part of it, so that browsers can play it."""
    found = _job(request)
    path = _path(request, found)
    if plays := studio_of(request).dreams.plays(found):  # unlike a picture it is never written anew
        return FileResponse(path, filename=path.name, media_type=plays)
    return attachment(path.read_bytes(), path.name)


async def job_folder(request: Request) -> Response:
    """A dream with the pictures that it was made from: in the folder of this archive `deepdream again` repeats it."""
    found = _job(request)
    path = _path(request, found)
    painted = (found.given.get(name) for name in controls.PAINTED)
    names = [found.source, *painted, found.options.get("keyframes"), path.name]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name in filter(None, names):
            here = path.parent / name
            for one in [here] if here.is_file() else sorted(here.iterdir()):  # a folder of pictures
                file.write(one, one.relative_to(path.parent))
    return attachment(archive.getvalue(), "dream.zip")


async def stop(request: Request) -> Response:
    """Keep the picture so far after the running step."""
    await studio_of(request).queue.stop(_job(request))
    return JSONResponse({})


async def resume(request: Request) -> Response:
    """Continue where it was stopped."""
    studio_of(request).queue.resume(_job(request))
    return JSONResponse({})


async def cancel(request: Request) -> Response:
    """Take it out of the queue, end it, delete it."""
    await studio_of(request).queue.remove(_job(request))
    return JSONResponse({})


async def blend(request: Request) -> Response:
    """The finished dream at another strength, in other colours."""
    asked = await json_of(request)
    shown = await studio_of(request).dreams.blend(
        _job(request), asked.get("strength", 1.0), asked.get("colour", "dream")
    )
    return Response(shown, media_type="image/jpeg")


ROUTES = (
    ("POST", "/api/jobs", submit),
    *(("POST", f"/api/jobs/{kind}", submit_run) for kind in QUEUED),
    ("GET", "/api/jobs", jobs),
    ("GET", "/api/jobs/{id}", job),
    ("GET", "/api/jobs/{id}/frame", job_frame),
    ("GET", "/api/jobs/{id}/file", job_file),
    ("GET", "/api/jobs/{id}/folder", job_folder),
    ("POST", "/api/jobs/{id}/stop", stop),
    ("POST", "/api/jobs/{id}/resume", resume),
    ("POST", "/api/jobs/{id}/blend", blend),
    ("DELETE", "/api/jobs/{id}", cancel),
)


def _job(request: Request) -> Job:
    return studio_of(request).dreams.one(request.path_params["id"], owner_of(request))


def _path(request: Request, job: Job) -> Path:
    path = studio_of(request).store.path(job)
    if path is None:
        raise NotFoundError("That dream has no picture yet.")
    return path
