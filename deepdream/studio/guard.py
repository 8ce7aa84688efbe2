"""Who may ask what: allowed hosts, own origin on every write, a password, and what a browser may do with the page.

Guard(app, hosts=..., password=...)      around the whole application
body(request, limit, what) -> bytes      read no further than a limit
"""

import base64
import secrets
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "deepdream"

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with everything: nothing comes from elsewhere, nothing is guessed to be a script, nothing is framed."""

READING = ("GET", "HEAD")

FOREIGN = ("cross-site", "same-site")
"""What browsers say of a request that another page makes."""


class TooLargeError(Exception):
    """More bytes than a limit; what has arrived so far, or was announced."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Guard:
    """The application behind its checks.

    Args:
        app: what is guarded.
        hosts: names and addresses that it may be called by. A list, since a comparison with the Origin lets DNS
            rebinding pass.
        password: needed by everyone; None where only this computer can connect.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], password: str | None = None) -> None:
        self._app, self._hosts, self._password = app, {host.lower() for host in hosts}, password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        owner, new = _owner(headers)
        scope["owner"] = owner

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    sent.setdefault(name, value)
                if new:
                    sent.append("Set-Cookie", f"{COOKIE}={owner}; HttpOnly; SameSite=Lax; Path=/")
            await send(message)

        refusal = self._refusal(scope, headers)
        await (refusal or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return refused(400, f"The host {host!r} is not one that this studio is called by.")
        if self._password is not None and not _knows(headers.get("authorization", ""), self._password):
            response = refused(401, "This studio needs its password.")
            response.headers["WWW-Authenticate"] = 'Basic realm="deepdream studio", charset="UTF-8"'
            return response
        if scope["path"].startswith("/api") and headers.get("sec-fetch-site") in FOREIGN:
            return refused(403, "The API is read by the studio's own page and by programs, not by other pages.")
        if scope["method"] not in READING and headers.get("origin") != f"{scope['scheme']}://{host}":
            return refused(403, f"The origin {headers.get('origin')!r} is not this studio's own, http://{host}.")
        return None


def refused(status: int, message: str, advice: str = "") -> JSONResponse:
    """A refusal as the page and other programs read it."""
    return JSONResponse({"message": message, "advice": advice}, status)


async def body(request: Request, limit: int, take: Any = None) -> bytes:
    """The body of a request, read no further than a limit.

    Args:
        request: whose body it is.
        limit: in bytes.
        take: called with each part, which is then not kept; None to return all.

    Raises:
        TooLargeError: it is larger.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLargeError(int(announced))
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLargeError(size)
        if take is None:
            parts.append(part)
        else:
            take(part)
    return b"".join(parts)


def _name(host: str) -> str:
    """A Host header without its port."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _knows(header: str, password: str) -> bool:
    """Whether an Authorization header has the password, under any name."""
    kind, _, coded = header.partition(" ")
    try:
        given = base64.b64decode(coded, validate=True).decode().partition(":")[2]
    except ValueError:
        return False
    return kind.lower() == "basic" and secrets.compare_digest(given.encode(), password.encode())


def _owner(headers: Headers) -> tuple[str, bool]:
    """Who asks, by the cookie, and whether it is new."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        found = None
    if found is not None and len(found.value) == 32 and found.value.isalnum():
        return found.value, False
    return secrets.token_hex(16), True
