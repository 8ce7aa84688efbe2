"""Pictures of what channels respond to: those that ship for these weights, else drawn once and kept in the cache.

Thumbnails(engine)     await one(network, layer, channel)
"""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from deepdream.atomic import replacing
from deepdream.studio import sprites
from deepdream.studio.engine import Engine
from deepdream.studio.store import NotFoundError

TOGETHER = 8
"""Thumbnails that are drawn at once."""


class Thumbnails:
    """The thumbnails of all networks' channels.

    Args:
        engine: draws those that are missing.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._networks: dict[str, tuple[str, dict[str, int]]] = {}
        self._known: dict[tuple[str, str], dict[int, bytes]] = {}
        self._drawing = asyncio.Lock()

    async def one(self, network: str, layer: str, channel: int) -> bytes:
        """What a channel responds to, as a JPEG; where none ships it is drawn on first use, with its neighbours.

        Raises:
            NotFoundError: there is no such channel.
        """
        async with self._drawing:
            known = self._known.setdefault((network, layer), {})
            if channel not in known:
                digest, channels = await self._network(network)
                if not 0 <= channel < channels.get(layer, 0):
                    raise NotFoundError(f"{network} has no channel {channel} of {layer!r}.")
                if shipped := sprites.find(digest, layer, channel):
                    return shipped
                first = channel // TOGETHER * TOGETHER
                together = range(first, min(first + TOGETHER, channels[layer]))
                known |= await self._drawn(network, cache() / digest, layer, together)
        return known[channel]

    async def _network(self, name: str) -> tuple[str, dict[str, int]]:
        """The digest of a network's weights, and the number of channels of each layer."""
        if name not in self._networks:
            rows = await self._engine.ask("layers", network=name)
            digest = await self._engine.ask("digest", network=name)
            self._networks[name] = digest, {row["name"]: row["channels"] for row in rows}
        return self._networks[name]

    async def _drawn(self, network: str, folder: Path, layer: str, channels: Sequence[int]) -> dict[int, bytes]:
        """The thumbnails of channels, from a folder of the cache or drawn by the engine."""
        found = {channel: path.read_bytes() for channel in channels if (path := _file(folder, layer, channel)).exists()}
        if missing := [channel for channel in channels if channel not in found]:
            drawn = await self._engine.ask("thumbnails", network=network, layer=layer, channels=missing)
            found |= drawn
            with contextlib.suppress(OSError):  # a cache that can't be written only costs time
                folder.mkdir(parents=True, exist_ok=True)
                for channel, content in drawn.items():
                    with replacing(_file(folder, layer, channel)) as part:
                        part.write_bytes(content)
        return found


def cache() -> Path:
    """The folder that thumbnails are kept in."""
    return Path(platformdirs.user_cache_dir("deepdream")) / "thumbnails"


def _file(folder: Path, layer: str, channel: int) -> Path:
    return folder / f"{layer.replace('/', '-')}-{channel:04d}.jpg"
