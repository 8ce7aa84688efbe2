"""Colour spaces that a file declares by a few numbers instead of an ICC profile.

coded(primaries, transfer) -> ColourSpace or None      ITU-T H.273's code points (PNG's cICP; nclx of AVIF and HEIC)
measured(gamma, chromaticities) -> same                PNG's gAMA and cHRM, TIFF's and BMP's
profile(space) -> ICC profile                          an equivalent, for all but PQ and HLG
tone_mapped(space) -> transform                        PQ and HLG to sRGB
lab(white) -> transform                                CIE Lab to sRGB

None stands for sRGB, and for anything as close to it as PNG readers tolerate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

PEAK, WHITE = 1000.0, 203.0
"""Candela per square metre: the peak luminance assumed of a picture in PQ or HLG, and the luminance that becomes sRGB's
white (the reference white of ITU-R BT.2408)."""

Chromaticities = tuple[float, float, float, float, float, float, float, float]
"""x and y of white, red, green and blue."""

_D65, _C = (0.3127, 0.3290), (0.310, 0.316)
D50 = (0.3457, 0.3585)
SRGB: Chromaticities = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)

# H.273 (2024), table 2. 2 is "unspecified", which is sRGB here.
_PRIMARIES: dict[int, Chromaticities] = {
    1: SRGB,
    2: SRGB,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
# Table 3. The curves of television (1, 6, 7, 11, 12, 14, 15) describe a camera; its pictures are meant for a display,
# and browsers and viewers show them as sRGB.
_TRANSFERS: dict[int, str | float] = {
    **dict.fromkeys((1, 2, 6, 7, 11, 12, 13, 14, 15), "sRGB"),
    4: 2.2,
    5: 2.8,
    8: 1.0,
    16: "PQ",
    17: 2.6,
    18: "HLG",
}


@dataclass(frozen=True)
class ColourSpace:
    """An RGB colour space.

    Attributes:
        chromaticities: of white and the primaries.
        transfer: "sRGB", "PQ", "HLG", or a power: light is the coded value raised to it.
    """

    chromaticities: Chromaticities = SRGB
    transfer: str | float = "sRGB"

    @property
    def high_range(self) -> bool:
        """Whether it has a high dynamic range: luminances above a display's white."""
        return self.transfer in ("PQ", "HLG")


def coded(primaries: int, transfer: int) -> ColourSpace | None:
    """The colour space of H.273's codes; None for sRGB.

    Raises:
        ValueError: unknown codes.
    """
    if primaries not in _PRIMARIES or transfer not in _TRANSFERS:
        raise ValueError(
            f"its colours are coded as primaries {primaries} and transfer {transfer}, which is not known and not used."
        )
    space = ColourSpace(_PRIMARIES[primaries], _TRANSFERS[transfer])
    return None if space == ColourSpace() else space


def measured(gamma: float | None, chromaticities: Chromaticities | None) -> ColourSpace | None:
    """The colour space of a gamma and chromaticities; None for sRGB.

    Args:
        gamma: light is the coded value raised to it; None for sRGB's curve. With sRGB's primaries, anything within 5 %
            of 2.2 stands for sRGB's curve, as in libpng.
        chromaticities: None for sRGB's, as are those within 0.005 of them.

    Raises:
        ValueError: the numbers don't describe a colour space.
    """
    if gamma is not None and not 0.1 <= gamma <= 10:
        raise ValueError(f"its gamma of {gamma:g} can't be and is not used.")
    own = SRGB
    if chromaticities and max(abs(a - b) for a, b in zip(chromaticities, SRGB, strict=True)) > 0.005:
        own = chromaticities
    space = ColourSpace(own, "sRGB" if gamma is None or (own == SRGB and abs(gamma / 2.2 - 1) < 0.05) else gamma)
    try:
        matrix = np.linalg.inv(_light(own))
    except (np.linalg.LinAlgError, ZeroDivisionError):
        matrix = np.full(1, np.nan)
    if not np.isfinite(matrix).all():
        raise ValueError("its chromaticities can't be and are not used.")
    return None if space == ColourSpace() else space


def profile(space: ColourSpace) -> bytes:
    """An ICC profile of a colour space, the same bytes each time."""
    import imagecodecs  # here: few files need it

    white, primaries = space.chromaticities[:2], space.chromaticities[2:]
    curve = {"gamma": space.transfer} if space.transfer != "sRGB" else {"transferfunction": _table()}
    made = imagecodecs.cms_profile(
        "rgb",
        whitepoint=[*white, 1.0],
        primaries=[value for i in (0, 2, 4) for value in (*primaries[i : i + 2], 1.0)],
        **curve,
    )
    return made[:24] + bytes.fromhex("07ea00010001000000000000") + made[36:]  # Little CMS writes the current time


def tone_mapped(space: ColourSpace) -> Callable[[np.ndarray], np.ndarray]:
    """The transform from PQ or HLG to sRGB.

    Luminance above a knee is compressed so that `PEAK` becomes sRGB's white. The largest of the three channels is
    mapped and the others keep their ratio to it, which preserves hue. Colours outside sRGB's gamut are clipped.

    Returns: coded values [h, w, 1 or 3] uint8 or uint16 -> [h, w, 3] uint16.

    Source: SMPTE ST 2084 and ITU-R BT.2100-2 (PQ, HLG and its system gamma of 1.2 for 1000 cd/m2), BT.2408 (reference
    white), BT.2390-11, 5.4 (the curve; follows, on the largest channel, without its lift of black).
    """
    matrix = np.linalg.inv(_light(SRGB)) @ _adapted(space.chromaticities[:2]) @ _light(space.chromaticities)
    luminance = _light(space.chromaticities)[1]

    def convert(numbers: np.ndarray) -> np.ndarray:
        top = np.iinfo(numbers.dtype).max
        light = _absolute(space.transfer, np.arange(top + 1) / top).astype(np.float32)[numbers]
        light = np.broadcast_to(light, (*light.shape[:2], 3))
        if space.transfer == "HLG":  # HLG's system gamma applies to luminance
            light = light * np.maximum(light @ luminance / PEAK, 1e-9)[..., None] ** 0.2
        largest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
        linear = light * (_compressed(largest) / largest / WHITE)
        return np.rint(_encode(np.clip(linear @ matrix.T, 0, 1)) * 65535).astype(np.uint16)

    return convert


def lab(white: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """The transform from CIE Lab under a white point (x, y) to sRGB; colours outside the gamut are clipped.

    Returns: coded values [h, w, 3] -> [h, w, 3] uint16; L spans the range of the input's type, a and b have steps of 1
        (8 bits) or 1/256 (16 bits) around its middle.

    Source: CIE 15, Bradford's adaptation, IEC 61966-2-1; follow.
    """
    matrix = np.linalg.inv(_light(SRGB)) @ _adapted(white) * _xyz(*white)

    def convert(numbers: np.ndarray) -> np.ndarray:
        top = float(np.iinfo(numbers.dtype).max)
        a, b = np.moveaxis(numbers[..., 1:] * (256 / (top + 1)) - 128.0, -1, 0)
        middle = (numbers[..., 0] * (100 / top) + 16) / 116
        roots = np.stack([middle + a / 500, middle, middle - b / 200], axis=-1)
        relative = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29))
        return np.rint(_encode(np.clip(relative @ matrix.T, 0, 1)) * 65535).astype(np.uint16)

    return convert


def _absolute(transfer: str | float, numbers: np.ndarray) -> np.ndarray:
    """Coded values in 0..1 to cd/m2: of the display (PQ), or of the scene with `PEAK` for 1 (HLG)."""
    if transfer == "PQ":
        root = numbers ** (1 / 78.84375)
        return 1e4 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    bright = (np.exp((numbers - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return PEAK * np.where(numbers <= 0.5, numbers**2 / 3, bright)


def _perceptual(light: np.ndarray) -> np.ndarray:
    """cd/m2 to PQ's coded values in 0..1."""
    root = (light / 1e4) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375


def _compressed(light: np.ndarray) -> np.ndarray:
    """Compress 0..`PEAK` to 0..`WHITE`: unchanged below the knee, above it by a Hermite spline of PQ's values."""
    end, white = _perceptual(np.array([PEAK, WHITE]))
    top = white / end
    knee = 1.5 * top - 0.5
    own = np.minimum(_perceptual(light) / end, 1)
    t = np.maximum(own - knee, 0) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * top
    return _absolute("PQ", np.where(own < knee, own, spline) * end)


def _encode(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _table() -> np.ndarray:
    """The transfer curve of sRGB, coded values to light, in 4096 steps of 16 bits."""
    numbers = np.linspace(0, 1, 4096)
    light = np.where(numbers <= 0.04045, numbers / 12.92, ((numbers + 0.055) / 1.055) ** 2.4)
    return np.rint(light * 65535).astype(np.uint16)


def _light(chromaticities: Chromaticities) -> np.ndarray:
    """The matrix from linear RGB to XYZ."""
    xyz = [_xyz(*chromaticities[i : i + 2]) for i in (0, 2, 4, 6)]
    columns = np.array(xyz[1:]).T
    return columns * np.linalg.solve(columns, xyz[0])


def _adapted(white: tuple[float, float]) -> np.ndarray:
    """The matrix that adapts XYZ from a white point to sRGB's, by Bradford's cone responses."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    own, goal = bradford @ _xyz(*white), bradford @ _xyz(*_D65)
    return np.linalg.solve(bradford, np.diag(goal / own) @ bradford)


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])
