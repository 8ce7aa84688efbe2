"""What the studio accepts."""

from dataclasses import dataclass


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
