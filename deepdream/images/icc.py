"""Colour profiles: a file's own numbers to sRGB, by Little CMS.

transform(profile, channels, dtype) -> (numbers [h, w, C] -> sRGB [h, w, 3] uint16), or None where nothing would change
"""

import base64
from collections.abc import Callable

import numpy as np

Transform = Callable[[np.ndarray], np.ndarray]

# What every converted picture is written with: the sRGB profile of Compact-ICC-Profiles (Clinton Ingram, CC0), 480
# bytes. A constant, because one made by Little CMS holds the time at which it was made.
SRGB = base64.b64decode(
    b"AAAB4GxjbXMEIAAAbW50clJHQiBYWVogB+IAAwAUAAkADgAdYWNzcE1TRlQAAAAAc2F3c2N0cmwAAAAAAAAAAAAAAAAAAPbWAAEA"
    b"AAAA0y1oYW5keem/Vlo+AbaDI4VVRvdPqgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKZGVzYwAAAPwAAAAkY3BydAAA"
    b"ASAAAAAid3RwdAAAAUQAAAAUY2hhZAAAAVgAAAAsclhZWgAAAYQAAAAUZ1hZWgAAAZgAAAAUYlhZWgAAAawAAAAUclRSQwAAAcAA"
    b"AAAgZ1RSQwAAAcAAAAAgYlRSQwAAAcAAAAAgbWx1YwAAAAAAAAABAAAADGVuVVMAAAAIAAAAHABzAFIARwBCbWx1YwAAAAAAAAAB"
    b"AAAADGVuVVMAAAAGAAAAHABDAEMAMAAAWFlaIAAAAAAAAPbWAAEAAAAA0y1zZjMyAAAAAAABDD8AAAXd///zJgAAB5AAAP2S///7"
    b"of///aIAAAPcAADAcVhZWiAAAAAAAABvoAAAOPIAAAOPWFlaIAAAAAAAAGKWAAC3iQAAGNpYWVogAAAAAAAAJKAAAA+FAAC2xHBh"
    b"cmEAAAAAAAMAAAACZmkAAPKnAAANWQAAE9AAAApb"
)

CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
_NAMES = {1: "grey", 3: "RGB", 4: "CMYK"}
_RELATIVE = 1  # relative colorimetric with black point compensation: what photo editors do by default
_BLACK_POINT, _NO_OPTIMIZATION = 0x2000, 0x0100


def transform(profile: bytes, channels: int, dtype: np.dtype) -> Transform | None:
    """The way from a file's numbers to sRGB.

    Args:
        profile: the embedded ICC profile.
        channels: 1 grey, 3 RGB or 4 CMYK.
        dtype: uint8 or uint16.

    Returns:
        [h, w, channels] in the dtype -> [h, w, 3] uint16; None for a profile that moves no colour by half an 8-bit
        level, which is sRGB by whatever name: its pixels stay as they are, to the bit.

    Raises:
        ValueError: a profile that can't be used, and why.
    """
    import imagecodecs  # here: only a file with another profile than sRGB needs Little CMS

    described = CHANNELS.get(profile[16:20], 0)
    if described != channels and (described, channels) != (3, 1):
        raise ValueError(f"it does not describe {_NAMES[channels]} numbers")
    # Little CMS likes to replace a transform by a coarse table, off by up to 8/255 in saturated or dark colours. Only
    # for 8-bit RGB has it a short cut that is 20 times faster and off by at most a quarter of a level.
    flags = _BLACK_POINT | (0 if (described, dtype) == (3, np.uint8) else _NO_OPTIMIZATION)

    def convert(numbers: np.ndarray) -> np.ndarray:
        if described == 3 and channels == 1:
            numbers = np.repeat(numbers, 3, axis=-1)
        return imagecodecs.cms_transform(
            np.ascontiguousarray(numbers[..., 0] if described == 1 else numbers),
            profile,
            SRGB,
            colorspace={1: "gray", 3: "rgb", 4: "cmyk"}[described],
            outcolorspace="rgb",
            outdtype="u2",
            intent=_RELATIVE,
            flags=flags,
        )

    probe = _lattice(channels, dtype)
    try:
        moved = convert(probe).astype(np.float64) / 65535
    except (RuntimeError, ValueError, TypeError) as error:  # imagecodecs's CmsError is a RuntimeError
        raise ValueError("it is damaged") from error
    if channels == 4 or np.abs(moved - probe / float(np.iinfo(dtype).max)).max() > 0.5 / 255:
        return convert
    return None


def from_cmyk(numbers: np.ndarray) -> np.ndarray:
    """CMYK [h, w, 4] without a profile as sRGB [h, w, 3] uint16: ink taken off white, an approximation."""
    light = 1.0 - numbers / np.float32(np.iinfo(numbers.dtype).max)
    return np.rint(light[..., :3] * light[..., 3:] * 65535).astype(np.uint16)


def _lattice(channels: int, dtype: np.dtype) -> np.ndarray:
    """Numbers that cover the whole space of a file, [1, 17 ** channels or fewer, channels]."""
    levels = np.linspace(0, np.iinfo(dtype).max, 17 if channels < 4 else 3).astype(dtype)
    return np.stack(np.meshgrid(*[levels] * channels, indexing="ij"), axis=-1).reshape(1, -1, channels)
