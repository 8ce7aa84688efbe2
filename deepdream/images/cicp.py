"""Colours told by a few numbers instead of a profile: the codes of PNG, AVIF and HEIC, gamma and chromaticities.

coded(primaries, transfer) -> Told or None     ITU-T H.273's codes (PNG's cICP; nclx of AVIF and HEIC)
measured(gamma, chromaticities) -> Told        PNG's gAMA and cHRM, TIFF's and BMP's
profile(told) -> ICC profile                   the same as a profile, for all but PQ and HLG
tone_mapped(told) -> transform                 PQ and HLG to sRGB
lab(white) -> transform                        CIE Lab to sRGB

None stands for sRGB, and for what is no further from it than readers of PNG tolerate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

PEAK, WHITE = 1000.0, 203.0
"""Candela per square metre: the brightest that a picture in PQ or HLG is taken to hold, and what becomes sRGB's white
(the reference white of ITU-R BT.2408)."""

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
# Table 3. Those of television (1, 6, 7, 11, 12, 14, 15) describe a camera; its pictures are meant for a display, and
# browsers and viewers show them as sRGB.
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
class Told:
    """Colours in numbers.

    Attributes:
        chromaticities: of white and the primaries.
        transfer: "sRGB", "PQ", "HLG", or the power that numbers are raised to for light.
    """

    chromaticities: Chromaticities = SRGB
    transfer: str | float = "sRGB"

    @property
    def high_range(self) -> bool:
        """Whether it is brighter than a display's white."""
        return self.transfer in ("PQ", "HLG")


def coded(primaries: int, transfer: int) -> Told | None:
    """What H.273's codes tell; None for sRGB.

    Raises:
        ValueError: codes that are not known here.
    """
    if primaries not in _PRIMARIES or transfer not in _TRANSFERS:
        raise ValueError(
            f"its colours are coded as primaries {primaries} and transfer {transfer}, which is not known and not used."
        )
    told = Told(_PRIMARIES[primaries], _TRANSFERS[transfer])
    return None if told == Told() else told


def measured(gamma: float | None, chromaticities: Chromaticities | None) -> Told | None:
    """What numbers in a file tell; None for sRGB.

    Args:
        gamma: the power for light; with sRGB's primaries, 2.2 within 5 % stands for sRGB's curve, as libpng takes it.
            None for sRGB's.
        chromaticities: None for sRGB's; within 0.005 they are sRGB's.

    Raises:
        ValueError: numbers that are no colours.
    """
    if gamma is not None and not 0.1 <= gamma <= 10:
        raise ValueError(f"its gamma of {gamma:g} can't be and is not used.")
    own = SRGB
    if chromaticities and max(abs(a - b) for a, b in zip(chromaticities, SRGB, strict=True)) > 0.005:
        own = chromaticities
    told = Told(own, "sRGB" if gamma is None or (own == SRGB and abs(gamma / 2.2 - 1) < 0.05) else gamma)
    try:
        matrix = np.linalg.inv(_light(own))
    except (np.linalg.LinAlgError, ZeroDivisionError):
        matrix = np.full(1, np.nan)
    if not np.isfinite(matrix).all():
        raise ValueError("its chromaticities can't be and are not used.")
    return None if told == Told() else told


def profile(told: Told) -> bytes:
    """An ICC profile of the same colours, the same bytes each time."""
    import imagecodecs  # here: few files need it

    white, primaries = told.chromaticities[:2], told.chromaticities[2:]
    curve = {"gamma": told.transfer} if told.transfer != "sRGB" else {"transferfunction": _table()}
    made = imagecodecs.cms_profile(
        "rgb",
        whitepoint=[*white, 1.0],
        primaries=[value for i in (0, 2, 4) for value in (*primaries[i : i + 2], 1.0)],
        **curve,
    )
    return made[:24] + bytes.fromhex("07ea00010001000000000000") + made[36:]  # Little CMS writes the time of making


def tone_mapped(told: Told) -> Callable[[np.ndarray], np.ndarray]:
    """The way from PQ's or HLG's numbers to sRGB.

    What is above a knee is compressed so that `PEAK` becomes sRGB's white; the largest of the three channels is mapped
    and the others keep their ratios to it, so that hues stay. What then is outside sRGB's gamut is cut.

    Returns: numbers [h, w, 1 or 3] uint8 or uint16 -> [h, w, 3] uint16.

    Source: SMPTE ST 2084 and ITU-R BT.2100-2 (PQ, HLG and its system gamma of 1.2 for 1000 cd/m2), BT.2408 (reference
    white), BT.2390-11, 5.4 (the curve; follows, on the largest channel, without its lift of black).
    """
    matrix = np.linalg.inv(_light(SRGB)) @ _adapted(told.chromaticities[:2]) @ _light(told.chromaticities)
    luminance = _light(told.chromaticities)[1]

    def convert(numbers: np.ndarray) -> np.ndarray:
        top = np.iinfo(numbers.dtype).max
        light = _absolute(told.transfer, np.arange(top + 1) / top).astype(np.float32)[numbers]
        light = np.broadcast_to(light, (*light.shape[:2], 3))
        if told.transfer == "HLG":  # the system's gamma acts on luminance
            light = light * np.maximum(light @ luminance / PEAK, 1e-9)[..., None] ** 0.2
        largest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
        linear = light * (_compressed(largest) / largest / WHITE)
        return np.rint(_encode(np.clip(linear @ matrix.T, 0, 1)) * 65535).astype(np.uint16)

    return convert


def lab(white: tuple[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """The way from CIE Lab under a white, by its x and y, to sRGB; what is outside the gamut is cut.

    Returns: numbers [h, w, 3] -> [h, w, 3] uint16; L over the whole range of the numbers' type, a and b in steps of 1
        (8 bits) or 1/256 (16) around its middle.

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
    """Numbers in 0..1 as cd/m2: of the display (PQ), or of the scene with `PEAK` for 1 (HLG)."""
    if transfer == "PQ":
        root = numbers ** (1 / 78.84375)
        return 1e4 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    bright = (np.exp((numbers - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return PEAK * np.where(numbers <= 0.5, numbers**2 / 3, bright)


def _perceptual(light: np.ndarray) -> np.ndarray:
    """cd/m2 to PQ's numbers in 0..1."""
    root = (light / 1e4) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** 78.84375


def _compressed(light: np.ndarray) -> np.ndarray:
    """Light up to `PEAK` within `WHITE`: below the knee as it is, above by a Hermite spline of PQ's numbers."""
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
    """The curve of sRGB, numbers to light, in 4096 steps of 16 bits."""
    numbers = np.linspace(0, 1, 4096)
    light = np.where(numbers <= 0.04045, numbers / 12.92, ((numbers + 0.055) / 1.055) ** 2.4)
    return np.rint(light * 65535).astype(np.uint16)


def _light(chromaticities: Chromaticities) -> np.ndarray:
    """Linear RGB to X, Y, Z, by columns."""
    xyz = [_xyz(*chromaticities[i : i + 2]) for i in (0, 2, 4, 6)]
    columns = np.array(xyz[1:]).T
    return columns * np.linalg.solve(columns, xyz[0])


def _adapted(white: tuple[float, float]) -> np.ndarray:
    """X, Y, Z under a white to those under sRGB's, by Bradford's cone responses."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    own, goal = bradford @ _xyz(*white), bradford @ _xyz(*_D65)
    return np.linalg.solve(bradford, np.diag(goal / own) @ bradford)


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])
