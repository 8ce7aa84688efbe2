"""The Python interface: from a picture to its dream.

dream(image, **settings) -> Dream                            blocks until it is finished
dream_steps(image, **settings) -> iterator of records        yields progress
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import plural
from deepdream.images import Picture
from deepdream.images.picture import png
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Done
from deepdream.pipeline.request import understand
from deepdream.pipeline.run import Record, run


@dataclass(frozen=True, repr=False)
class Dream:
    """A finished dream.

    Attributes:
        picture: [H, W, 3] float32 RGB in 0..1.
        losses: one tuple per octave of the objective before each of its steps.
        recipe: everything needed to make the same picture again.
        source: the picture it started from, with the metadata of its file.
    """

    picture: np.ndarray
    losses: tuple[tuple[float, ...], ...]
    recipe: dict[str, Any]
    source: Picture = field(repr=False)

    def __repr__(self) -> str:
        height, width = self.picture.shape[:2]
        steps = plural(sum(map(len, self.losses)), "step")
        return f"Dream({width}x{height}, {self.recipe['network']}, {self.recipe['settings']['layers']}, {steps})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """The picture, for NumPy and all that takes arrays."""
        return np.array(self.picture, dtype, copy=copy)

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return png(self.picture)

    def save(self, path: str | Path, *, bits: int | None = None, quality: int = 95, strip: str = "none") -> str:
        """Write the dream with its recipe, and where its source was read; the format follows the suffix.

        Args:
            path: of the file; written atomically.
            bits: 8 or 16 per channel; None for the source's.
            quality: of JPEG, WebP and AVIF, 1..100.
            strip: "gps" leaves out the source's location, "all" all of its EXIF.

        Returns: sentences about what the format could not hold; "" for nothing.

        Raises:
            ImageError: the folder does not exist or can't be written, or the suffix is unknown.
            StorageError: writing failed.
        """
        record = self.recipe
        if self.source.path is not None or record["settings"]["start"] != "picture":
            record = record | {"input": record["input"] | provenance.location(self.source.path, Path(path))}
        return images.write(
            path, self.picture, like=self.source, recipe=record, bits=bits, quality=quality, strip=strip
        )


def dream(image: Any = None, **given: Any) -> Dream:
    """Dream on an image and wait for the end.

    Args:
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; whole numbers, or float in 0..1), a Pillow image, or a
            Picture, which keeps the colours that it was read in; None for a canvas, as the setting `start` says.
        given: any setting of `deepdream.Settings` by name; layers also as a list, files as paths, guide, mask and
            palette as arrays or Pillow images, network as a Keras model.

    Raises:
        RequestError: the request is invalid.
        RunError: the run failed.
    """
    request = understand(image, given)
    *_, done = run(request)
    assert isinstance(done, Done)  # the last record
    return Dream(done.picture, done.losses, done.recipe, request.picture)


def dream_steps(image: Any = None, **given: Any) -> Iterator[Record]:
    """As `dream`, but yields what happens: an Estimate, Notes, a Step after each gradient step, then Done."""
    yield from run(understand(image, given))
