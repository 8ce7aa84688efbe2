"""deepdream studio: paint what the network dreams, live, in the browser."""

import importlib.util
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from deepdream.cli import messages, options
from deepdream.errors import RequestError, SettingError, install
from deepdream.settings import checks, fields, parse_bytes
from deepdream.studio.limits import Limits
from deepdream.studio.place import Place

PACKAGES = ("starlette", "uvicorn")
"""What the extra `studio` installs."""


def studio(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; others need a password.")] = Place.host,
    port: Annotated[int, typer.Option(metavar="N", help="Port to listen on; 0 takes a free one.")] = Place.port,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the password that everyone needs.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
    limit_megabytes: Annotated[float, typer.Option(metavar="N", help="Refuse larger uploads.")] = Limits.megabytes,
    limit_megapixels: Annotated[float, typer.Option(metavar="N", help="Refuse larger pictures.")] = Limits.megapixels,
    memory: Annotated[
        str | None, typer.Option(metavar="6GiB", help="Largest memory of the engine; as of `dream` when not given.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Processor threads; all cores when not given.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where to work; emptied at the end. Your cache when not given."),
    ] = None,
    disk: Annotated[str, typer.Option(metavar="4GB", help="Largest size of that folder.")] = (
        f"{Place.disk / 1e9:g}GB"
    ),
    traceback: options.Traceback = False,
) -> int:
    """Open a page where you paint on a picture while it dreams.

    The page is served to this computer only. Nothing is sent anywhere else. Dreams are kept while the studio runs:
    download those that you want to keep. Ctrl-C ends it.
    """
    if missing := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        raise RequestError(f"The studio needs {' and '.join(missing)}.", install(*PACKAGES))
    for name, value in (("--limit-megabytes", limit_megabytes), ("--limit-megapixels", limit_megapixels)):
        if not value > 0:
            raise SettingError(f"{name} {value:g} leaves no picture: it has to be more than 0.")
    room = parse_bytes(disk, "--disk")
    for name, number, low, high in (("--port", port, 0, 65_535), ("--disk", room, 10**6, 2**60)):
        if not low <= number <= high:
            raise SettingError(f"{name} {number} is out of its bounds: {low} to {high}.")

    from deepdream.studio.server import serve

    place = Place(
        host=host,
        port=port,
        password=_password(password_file),
        folder=folder,
        disk=room,
        limits=Limits(
            limit_megabytes,
            limit_megapixels,
            checks.checked(fields.FIELDS["memory"], memory),
            checks.checked(fields.FIELDS["threads"], threads),
        ),
    )

    def ready(address: str) -> None:
        messages.tell(f"The studio is open at {address} (Ctrl-C ends it).")
        if browser:
            webbrowser.open(address)

    serve(place, ready)
    return 0


def _password(file: Path | None) -> str | None:
    """The password in a file, without the end of its line.

    Raises:
        RequestError: it can't be read.
    """
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise RequestError(f"The password file {file} is not text in UTF-8.") from None
    except OSError as error:
        raise RequestError(f"The password file {file} can't be read: {error.strerror}.") from None
