"""The server: where it listens, who may call it, and its folder.

check(host, password) · serve(...)       until Ctrl-C, which leaves nothing behind
"""

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

import filelock
import platformdirs
import psutil
import uvicorn

from deepdream.errors import RequestError
from deepdream.studio.app import application
from deepdream.studio.place import Place
from deepdream.studio.store import FOLDERS, Store
from deepdream.studio.studio import Studio

LOCAL = ("localhost", "127.0.0.1", "[::1]")
"""What this computer calls itself."""

PATIENCE = 60.0
"""Seconds to wait until the worker of a server that crashed has kept its pictures."""

EVERY = 5.0
"""Seconds between looks at what rests."""


def check(place: Place) -> None:
    """Refuse a place that others could reach without a password.

    Raises:
        RequestError: it is one.
    """
    if not local(place.host) and place.password is None:
        raise RequestError(
            f"--host {place.host} lets other computers in: that takes a password.",
            "Put one into a file and name it with --password-file.",
        )
    if place.password is not None and len(place.password) < 8:
        raise RequestError("The password has fewer than 8 characters.")


def serve(place: Place, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C. The folder is empty afterwards; a crash leaves it, and the next server finds its dreams.

    Args:
        place: where.
        ready: called with the address once it listens.

    Raises:
        RequestError: no password where one is needed; the port or the folder is taken.
    """
    check(place)
    listening = _listen(place.host, place.port)
    port = listening.getsockname()[1]
    folder = place.folder or Path(platformdirs.user_cache_dir("deepdream")) / f"studio-{port}"
    _check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(
            f"The folder {folder} can't be made: {error.strerror}.", "Name another with --folder."
        ) from None
    lock = filelock.FileLock(folder.with_name(folder.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise RequestError(f"Another studio works in {folder}.", "Name another folder with --folder.") from None
    try:
        store = Store(folder, place.disk)
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn passes Ctrl-C on once it has ended
            asyncio.run(_run(Studio(store, place.limits), place, listening, port, ready))
        store.clear()
    finally:
        lock.release()
        with contextlib.suppress(OSError):
            os.unlink(lock.lock_file)


def local(host: str) -> bool:
    """Whether nothing but this computer can connect to an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def hosts(host: str) -> Collection[str]:
    """What a browser may call the studio by: this computer's names, and its addresses where others may connect."""
    if local(host):
        return {*LOCAL, host}
    own = {address.address for many in psutil.net_if_addrs().values() for address in many}
    return {*LOCAL, host, socket.gethostname(), socket.getfqdn(), *own}


async def _run(studio: Studio, place: Place, listening: socket.socket, port: int, ready: Callable[[str], None]) -> None:
    app = application(studio, hosts=hosts(place.host), password=place.password)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="off",  # it has nothing to do there, and a second Ctrl-C would print where it waited
    )
    server = uvicorn.Server(config)
    studio.start()
    name = f"[{place.host}]" if ":" in place.host else place.host
    ready(f"http://{name}:{port}")
    try:
        async with _resting(studio):
            await server.serve(sockets=[listening])
    finally:
        studio.engine.end()


@contextlib.asynccontextmanager
async def _resting(studio: Studio) -> AsyncIterator[None]:
    """Meanwhile, let live dreams rest that nobody looks at."""

    async def forever() -> None:
        while True:
            await asyncio.sleep(EVERY)
            await studio.lives.rest()

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but a studio's files, since it is deleted at the end.

    Raises:
        RequestError: it does, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder} is a file; the studio works in a folder.", "Name another with --folder.")
    if others := sorted(path.name for path in folder.glob("*") if path.name not in FOLDERS):
        raise RequestError(
            f"{folder} holds {others[0]}, and the studio deletes its folder at the end.",
            "Name a new one with --folder.",
        )


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        RequestError: the port is taken, or the address is none of this computer's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise RequestError(
            f"The studio can't listen on {host} at port {port}: {error.strerror or error}.", "Name another with --port."
        ) from None
    return listening
