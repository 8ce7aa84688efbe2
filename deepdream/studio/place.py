"""Where the studio listens and works. Without its libraries, so that the command line reads the defaults from here."""

from dataclasses import dataclass, field
from pathlib import Path

from deepdream.studio.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the studio listens and works.

    Attributes:
        host: address or name to listen on.
        port: 0 for any that is free.
        password: needed by everyone; None only where nothing but this computer can connect.
        folder: what it works in.
        disk: bytes that the folder may hold.
        limits: of requests.
    """

    host: str = "127.0.0.1"
    port: int = 8111
    password: str | None = None
    folder: Path | None = None
    disk: int = 4 * 10**9
    limits: Limits = field(default_factory=Limits)
