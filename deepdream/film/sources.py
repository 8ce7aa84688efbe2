"""Opening a film to read: a video, an animation, a folder of pictures.

opened(path, ...) -> Source     its facts; `source.frames()` yields Frames, upright, RGB
"""

from fractions import Fraction
from pathlib import Path

from deepdream.errors import ImageError
from deepdream.film import animations, folders, formats
from deepdream.film.source import Source

ANIMATIONS = (".gif", ".apng", ".webp", ".png")
"""Read by Pillow; a PNG, too, where it moves."""


def opened(
    path: Path,
    *,
    start: float = 0.0,
    end: float | None = None,
    every: int = 1,
    rate: Fraction | None = None,
) -> Source:
    """A film, ready to be read.

    Args:
        path: a video, an animation, or a folder of pictures.
        start: seconds; what is shown earlier is not read.
        end: seconds; what is shown from then on is not read.
        every: read only every n-th frame.
        rate: frames per second of a folder of pictures; 25 when None.

    Raises:
        ImageError: nothing can be read, or PyAV is missing.
    """
    if not path.exists():
        raise ImageError(f"The film {path} does not exist.")
    if not path.is_dir() and not path.is_file():
        raise ImageError(f"{path} is not a file.")
    if path.is_dir():
        source = folders.opened(path, rate or Fraction(25))
    elif path.suffix.lower() in ANIMATIONS:
        source = animations.opened(path)
    else:
        formats.check_pyav("Reading")
        from deepdream.film import video

        source = video.opened(path)
    source.span, source.every = (start, end), every
    return source
