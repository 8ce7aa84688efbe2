"""What the dreams of one process share: networks, input pictures, compiled gradients and their tile.

A dream in a session is bit for bit the dream it would be alone; sharing only saves time.
"""

import hashlib
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from deepdream import images
from deepdream.errors import ImageError, OutOfMemoryError
from deepdream.gradient import tiles
from deepdream.images import Picture
from deepdream.images.folders import pictures
from deepdream.network.network import Network
from deepdream.network.weights import lookup
from deepdream.settings.selection import Choice

if TYPE_CHECKING:
    from deepdream.gradient.engine import Gradient
    from deepdream.network.objective import Paint

Tiled = Callable[..., tuple[np.ndarray, np.ndarray]]
"""A gradient with the tile in use, of pictures and their paint, if the objective takes any."""


KEPT = 256 * 2**20
"""Bytes of pictures that are cached for several dreams, and of compiled gradients' weights."""


class Session:
    """What the dreams of one process share.

    Args:
        alone: whether this process will compute a single dream, so that TensorFlow's threads can be configured for it.
        progress: a progress bar, if weights must be downloaded; see `network.weights`.

    Attributes:
        tile: side in pixels of the largest cores that fit in memory; None until it has run out.
        targets: what targets that depend on no dream's picture were computed to be, by the network's digest.
    """

    def __init__(self, *, alone: bool = False, progress: Any = None) -> None:
        self.alone, self.progress = alone, progress
        self.tile: int | None = None
        self._kept: dict[str, tuple[Picture, str]] = {}
        self._networks: dict[tuple[str, str | None], Network] = {}
        self._pictures: dict[Hashable, Picture] = {}
        self._gradients: dict[Hashable, tuple[Gradient, int]] = {}
        self.targets: dict[tuple[str, Choice], Choice] = {}

    def network(self, name: str, weights: str | None, *, threads: int | None = None) -> Network:
        """The network of that name with the user's own weights or the installed ones; cached.

        Raises:
            WeightsError, DownloadError: as `lookup.load`.
        """
        key = (name, weights)
        if key not in self._networks:
            file = Path(weights) if weights else None
            self._networks[key] = lookup.load(name, file, progress=self.progress, threads=threads)
        return self._networks[key]

    def picture(self, path: str | Path, **how: Any) -> Picture:
        """The picture in a file, as `images.read` returns it; the latest are cached, up to KEPT bytes.

        Raises:
            ImageError: as `images.read`.
        """
        key = (_version(Path(path)), *sorted(how.items()))
        found = self._pictures.pop(key, None) or images.read(path, **how)
        self._pictures[key] = found  # the newest comes last
        while len(self._pictures) > 1 and sum(kept.pixels.nbytes for kept in self._pictures.values()) > KEPT:
            del self._pictures[next(iter(self._pictures))]
        return found

    def keep_picture(self, name: str, picture: Picture, digest: str) -> None:
        """Keep a picture that no file holds, with the digest of its numbers, to be read by its name."""
        self._kept[name] = picture, digest

    def keep_model(self, model: Any) -> str:
        """Keep a Keras model as a network.

        Returns: its name, as that of a file would be.

        Raises:
            WeightsError: it can't serve as a network.
        """
        network = lookup.load(model)
        self._networks[network.name, None] = network
        return network.name

    def read(self, path: str | Path, what: str, *, max_side: int | None = None, memory: int | None = None) -> Picture:
        """A picture beside the one that is dreamt on: one that was kept, or that in a file.

        Args:
            path: of the file, or the name of one that was kept.
            what: it is, for the message: "mask".
            max_side: larger pictures are shrunk, in pixels.
            memory: bytes that reading may take.

        Raises:
            ImageError: as `images.read`; the message names what it is.
        """
        if str(path) in self._kept:
            return images.sized(self._kept[str(path)][0], max_side=max_side)
        file = Path(path).expanduser()
        try:
            return images.read(file, max_side=max_side, memory=memory)
        except ImageError as error:
            named = error.message.startswith(str(file))
            raise ImageError(f"The {what} {error.message}" if named else error.message, error.advice) from error

    def digest(self, path: str, what: str = "file") -> str:
        """The sha256 of a file, hex, or of the numbers of a picture that was kept; of a folder, of its pictures' names
        and digests.

        Args:
            path: of the file or folder, or the name of a picture that was kept.
            what: it is, for the message: "mask".

        Raises:
            ImageError: it does not exist, or is neither a file nor a folder.
        """
        if path in self._kept:
            return self._kept[path][1]
        place = Path(path).expanduser()
        if place.is_dir():
            listed = "".join(f"{file.name} {self.digest(str(file))}\n" for file in pictures(place))
            return hashlib.sha256(listed.encode()).hexdigest()
        if not place.is_file():
            raise ImageError(f"The {what} {place} {'is not a file' if place.exists() else 'does not exist'}.")
        return images.digest(place)

    def gradient(self, key: Hashable, make: "Callable[[], Gradient]", *, nbytes: int, tile: int | None) -> Tiled:
        """The compiled gradient of that key, cached. If it runs out of memory, the tile is halved for all dreams of the
        session and the call retried.

        Args:
            key: equal if and only if the gradients are the same.
            make: makes the gradient; called on a cache miss.
            nbytes: of the weights that it holds. The latest gradients are cached, up to KEPT bytes.
            tile: side of the planned cores; None for the whole picture at once.

        Raises:
            OutOfMemoryError: by the gradient, if tiles can't be made smaller.
        """
        from deepdream.runtime import tf  # requests are checked with a session before TensorFlow loads

        found = self._gradients.pop(key) if key in self._gradients else (make(), nbytes)
        self._gradients[key] = found  # the newest comes last
        while len(self._gradients) > 1 and sum(held for _, held in self._gradients.values()) > KEPT:
            del self._gradients[next(iter(self._gradients))]
        gradient, _ = found

        def in_tiles(pictures: np.ndarray, *paint: "Paint") -> tuple[np.ndarray, np.ndarray]:
            while True:
                core = self.smaller(tile)
                try:
                    return gradient(pictures, core, *paint)
                except (tf.errors.ResourceExhaustedError, MemoryError):
                    self._halve(core or max(pictures.shape[1:3]))

        return in_tiles

    def smaller(self, tile: int | None) -> int | None:
        """The smaller of the planned tile and the one that fits in memory."""
        return min((side for side in (tile, self.tile) if side is not None), default=None)

    def _halve(self, side: int) -> None:
        """Halve the tile from now on."""
        if side // 2 < tiles.SMALLEST:
            raise OutOfMemoryError(
                f"Memory ran out even in tiles of {side} pixels.",
                "Close other programs, or choose a smaller --size.",
            ) from None
        self.tile = side // 2


def _version(path: Path) -> Hashable:
    """A file's name, modification time and size; the name alone if it can't be read."""
    try:
        found = path.stat()
    except OSError:
        return (path,)
    return path, found.st_mtime_ns, found.st_size
