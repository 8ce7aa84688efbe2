"""Pictures of what channels respond to, drawn once and kept in the user's cache, by the weights' digest.

drawn(engine, network, layer, channels) -> {channel: JPEG}
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from deepdream.atomic import replacing
from deepdream.studio.engine import Engine


async def drawn(engine: Engine, network: str, layer: str, channels: Iterable[int]) -> dict[int, bytes]:
    """The thumbnails of channels, from the cache or drawn by the engine.

    Args:
        engine: draws those that are missing.
        network: its name.
        layer: of the channels.
        channels: their numbers; they exist.
    """
    wanted = list(channels)
    folder = cache() / await engine.ask("digest", network=network)
    found = {channel: path.read_bytes() for channel in wanted if (path := _file(folder, layer, channel)).exists()}
    if missing := [channel for channel in wanted if channel not in found]:
        made = await engine.ask("thumbnails", network=network, layer=layer, channels=missing)
        found |= made
        with contextlib.suppress(OSError):  # a cache that can't be written only costs time
            folder.mkdir(parents=True, exist_ok=True)
            for channel, content in made.items():
                with replacing(_file(folder, layer, channel)) as part:
                    part.write_bytes(content)
    return found


def cache() -> Path:
    """Where thumbnails are kept."""
    return Path(platformdirs.user_cache_dir("deepdream")) / "thumbnails"


def _file(folder: Path, layer: str, channel: int) -> Path:
    return folder / f"{layer.replace('/', '-')}-{channel:04d}.jpg"
