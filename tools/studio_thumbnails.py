"""Draws the studio's thumbnails of the built-in network, which ship with it: python -m tools.studio_thumbnails

Writes deepdream/studio/sprites/DIGEST/LAYER.webp, one sprite of all channels per layer, by the weights' digest, so that
another network's are never shown. A layer that is there is left alone, so after Ctrl-C the same command resumes; after
the network has changed, delete the old digest's folder.
"""

import io
import time
from typing import Any

from PIL import Image

from deepdream.network.weights import lookup
from deepdream.studio import sprites
from deepdream.studio.worker.thumbnails import Thumbnails

TOGETHER, QUALITY = 16, 35
"""Channels drawn at once; of the sprites, of 100."""


def main() -> None:
    """Draw the layers that are missing."""
    network = lookup.load("pocket")
    for layer in network.table:
        file = sprites.path(network.digest, layer.name)
        if layer.kind == "pool" or file.exists():
            continue
        start = time.process_time()
        drawn = [
            tile for first in range(0, layer.channels, TOGETHER) for tile in _drawn(layer.name, first, layer.channels)
        ]
        file.parent.mkdir(parents=True, exist_ok=True)
        sprites.sheet(drawn).save(file, "WEBP", quality=QUALITY, method=6)
        seconds = time.process_time() - start
        print(f"{layer.name}: {len(drawn)} channels, {file.stat().st_size:,} bytes, {seconds:.0f} s of processor time")


def _drawn(layer: str, first: int, channels: int) -> list[Image.Image]:
    """The thumbnails of the channels from the first, as the studio draws them when they are missing."""
    replies: list[Any] = []
    thumbnails = Thumbnails(replies.append)
    numbers = list(range(first, min(first + TOGETHER, channels)))
    thumbnails.begin(0, "pocket", layer, numbers)
    while thumbnails.busy:
        thumbnails.advance()
    (reply,) = replies
    return [Image.open(io.BytesIO(reply.value[number])) for number in numbers]


if __name__ == "__main__":
    main()
