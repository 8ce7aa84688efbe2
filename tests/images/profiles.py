"""ICC profiles written by hand from their specification (ICC.1:2001-04), and the conversions worked out on paper."""

import struct

import numpy as np

WHITE = np.array([0.9642, 1.0, 0.8249])  # D50, the white of every profile
D65 = np.array([0.3127, 0.3290, 0.3583]) / 0.3290
ADOBE_GAMMA = 563 / 256


def light(*primaries: tuple[float, float]) -> np.ndarray:
    """Linear RGB to X, Y, Z under D65, from the chromaticities x, y of red, green and blue."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    return columns * np.linalg.solve(columns, D65)


ADOBE = light((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB = light((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
TO_D50 = np.linalg.solve(BRADFORD, np.diag(BRADFORD @ WHITE / (BRADFORD @ D65)) @ BRADFORD)


def profile(space: bytes, pcs: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr") -> bytes:
    """A version 2 profile of the given tags."""
    tags = {b"wtpt": xyz(WHITE), b"cprt": b"text\0\0\0\0none\0", **tags}
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data
    head = struct.pack(
        ">I4sI4s4s4s6H4s", start + len(body), b"none", 0x02400000, kind, space, pcs, 2000, 1, 1, 0, 0, 0, b"acsp"
    )
    white = struct.pack(">3i", *(round(value * 65536) for value in WHITE))
    return head.ljust(68, b"\0") + white + b"\0" * 48 + struct.pack(">I", len(tags)) + table + body


def xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def gamma(value: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def adobe_rgb() -> bytes:
    columns = {name: xyz((TO_D50 @ ADOBE)[:, i]) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return profile(b"RGB ", b"XYZ ", columns | {name: gamma(ADOBE_GAMMA) for name in (b"rTRC", b"gTRC", b"bTRC")})


def grey(exponent: float) -> bytes:
    return profile(b"GRAY", b"XYZ ", {b"kTRC": gamma(exponent)})


def cmyk(corners: np.ndarray) -> bytes:
    """Ink to colour by a table with two points per ink; corners [2, 2, 2, 2, 3] are Lab in 8 bits."""
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 * value for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + corners.astype(np.uint8).tobytes() + ramp * 3
    return profile(b"CMYK", b"Lab ", {b"A2B0": table, b"A2B1": table}, kind=b"prtr")


def encode(linear: np.ndarray) -> np.ndarray:
    """Light to sRGB numbers, IEC 61966-2-1; what is outside the gamut is cut."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def adobe_to_srgb(numbers: np.ndarray) -> np.ndarray:
    """[..., 3] in 0..1."""
    return encode(numbers**ADOBE_GAMMA @ np.linalg.solve(SRGB, ADOBE).T)


def lab_to_srgb(lightness: float, a: float, b: float) -> np.ndarray:
    middle = (lightness + 16) / 116
    roots = np.array([middle + a / 500, middle, middle - b / 200])
    under_d50 = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29)) * WHITE
    return encode(np.linalg.solve(TO_D50 @ SRGB, under_d50))
