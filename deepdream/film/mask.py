"""Masks that move: a video, an animation or a folder of pictures in the place of a mask's picture.

MovingMask.of(given, session) -> mask or None     its first frame is what the session reads by the mask's name
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import ImageError
from deepdream.film import record, sources
from deepdream.film.source import Frame, Source
from deepdream.images import Picture, masks
from deepdream.pipeline.session import Session
from deepdream.settings import Size


class MovingMask:
    """A mask whose frames are read one after the other, in the order of a film's times.

    Args:
        source: of its frames.
        text: as typed, with a ! in front where black is where to dream.
    """

    def __init__(self, source: Source, text: str) -> None:
        self._source, self._text = source, text

    @classmethod
    def of(cls, given: Mapping[str, Any], session: Session) -> "MovingMask | None":
        """The moving mask among settings as typed; None where the mask is a picture or there is none.

        Raises:
            ImageError: it can't be read.
        """
        text = given.get("mask")
        if not isinstance(text, str) or not text.removeprefix("!").strip():
            return None
        name = text.removeprefix("!").strip()
        path = Path(name).expanduser()
        if not path.is_dir() and path.suffix.lower() not in record.SUFFIXES:
            return None
        source = sources.opened(path)
        first = next(source.frames())
        found = record.sha256(path)
        for known in {name, str(path)}:  # the session reads it by its path, and digests it as typed
            session.keep_picture(known, Picture(np.clip(first.pixels, 0.01, 0.99)), found)  # black may come later only
        return cls(source, text)

    def sized(self, size: Size, feather: float) -> Callable[[float], np.ndarray]:
        """What gives the mask at a time in seconds, [H, W, 1] float32 in 0..1; times rise from call to call."""
        frames = self._source.frames()
        ahead: Frame | None = next(frames, None)
        mask = np.zeros((*size, 1), np.float32)

        def at(seconds: float) -> np.ndarray:
            nonlocal ahead, mask
            latest = None
            while ahead is not None and float(ahead.pts * self._source.time_base) <= seconds + 1e-9:
                latest, ahead = ahead, next(frames, None)
            if latest is not None:
                mask = self._mask(latest.pixels, size, feather)
            return mask

        return at

    def _mask(self, pixels: np.ndarray, size: Size, feather: float) -> np.ndarray:
        """One mask; black everywhere where nothing is to be dreamt."""
        try:
            return masks.mask(self._text, size, feather, read=lambda path: Picture(pixels))[0]
        except ImageError:
            return np.zeros((*size, 1), np.float32)
