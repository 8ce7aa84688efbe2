"""What every decoder returns: a file's header and metadata, and a function that decodes its pixels.

opener(file) -> Opened            one function per format, see `formats`
Opened.load(shrink) -> Pixels
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from deepdream.images.cicp import ColourSpace
from deepdream.images.exif import Exif

CUT = "is damaged or cut short: its pixels can't be read to the end."
PALETTE = "is damaged: it names colours of a palette that it doesn't hold."
AGAIN = "Fetch or export it again."


class UnreadableError(Exception):
    """Why a file can't be read, as a sentence without its name, and what to do."""

    def __init__(self, what: str = CUT, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice or (AGAIN if what == CUT else "Export it again as PNG.")


class Pixels(NamedTuple):
    """A decoded picture, as stored.

    Attributes:
        colours: [H, W, C] uint8 or uint16; C is 1 grey, 3 RGB or Lab, 4 CMYK.
        alpha: [H, W] in the same type, or None. Colours are not premultiplied.
        lab: x and y of the white point if the channels are CIE Lab, see `cicp.lab`; None for other colours.
        notes: sentences about what was lost.
    """

    colours: np.ndarray
    alpha: np.ndarray | None = None
    lab: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Opened:
    """A file whose header was read.

    Attributes:
        size: (height, width) as stored.
        load: decodes; its argument is one of `shrinks`, by which both sides are divided, rounded up.
        bytes_per_pixel: peak memory of `load`, its result included, for each decoded pixel.
        bytes_per_stored_pixel: further memory for each stored pixel, whatever the divisor.
        shrinks: integers by which the decoder can reduce the picture while decoding.
        orientation: EXIF's, 1 to 8.
        icc: the embedded profile, or None.
        colour_space: declared without a profile, or None for sRGB.
        exif: its tags.
        xmp: its XMP packet, b"" for none.
        dpi: pixels per inch (across, down) as stored, or None.
        notes: sentences about what is ignored.
    """

    size: tuple[int, int]
    load: Callable[[int], Pixels]
    bytes_per_pixel: float
    bytes_per_stored_pixel: float = 0
    shrinks: tuple[int, ...] = (1,)
    orientation: int = 1
    icc: bytes | None = None
    colour_space: ColourSpace | None = None
    exif: Exif = field(default_factory=Exif)
    xmp: bytes = b""
    dpi: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
