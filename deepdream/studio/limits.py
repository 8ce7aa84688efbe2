"""What the studio accepts."""

from dataclasses import dataclass

from deepdream.errors import ImageError
from deepdream.settings import Size, format_size


@dataclass(frozen=True)
class Limits:
    """What one request may ask for.

    Attributes:
        megabytes: of an upload.
        megapixels: of a picture, by its header.
        memory: of the worker, in bytes; None for the engine's own choice.
        threads: of the engine; None for all allowed cores.
    """

    megabytes: float = 50
    megapixels: float = 50
    memory: int | None = None
    threads: int | None = None


def check_size(what: str, size: Size, megapixels: float) -> None:
    """Refuse a picture or a film that is too large.

    Args:
        what: "picture" or "film".
        size: (height, width).
        megapixels: the limit.

    Raises:
        ImageError: it is.
    """
    height, width = size
    if height * width > megapixels * 1e6:
        raise ImageError(
            f"The {what} has {format_size(size)}, {height * width / 1e6:.0f} megapixels; this studio takes "
            f"{megapixels:g} (--limit-megapixels).",
            "Make it smaller.",
        )
