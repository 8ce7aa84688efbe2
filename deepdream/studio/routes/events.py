"""What happens to one's dreams, as server-sent events: all of them first, then each that changes."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from deepdream.studio.routes.http import owner_of, studio_of
from deepdream.studio.studio import Studio

HEARTBEAT = 15.0
"""Seconds without an event after which the stream shows that it is alive."""


async def events(request: Request) -> Response:
    """The stream of events."""
    return StreamingResponse(_stream(studio_of(request), owner_of(request)), media_type="text/event-stream")


ROUTES = (("GET", "/api/events", events),)


async def _stream(studio: Studio, owner: str) -> AsyncIterator[str]:
    listener = studio.listen(owner)
    try:
        yield "retry: 1000\n\n"
        while True:
            for id_ in listener.take():
                found = studio.store.jobs.get(id_)
                shown = {"id": id_, "state": "gone"} if found is None else studio.dreams.shown(found)
                yield f"data: {json.dumps(shown)}\n\n"
            try:
                await asyncio.wait_for(listener.wake.wait(), HEARTBEAT)
            except TimeoutError:
                yield ": alive\n\n"
    finally:
        studio.listeners.close(listener)
