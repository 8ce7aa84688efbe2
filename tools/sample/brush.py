"""The brushes of tools/sample/make.py: noise at many scales, soft thresholds, and blending inks."""

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating]


def noise(x: Plane, y: Plane, seed: int) -> Plane:
    """Gradient noise (Perlin 2002) at each point, about -1..1; one cell per unit of x and y."""
    rng = np.random.default_rng(seed)
    table = rng.permutation(256).astype(np.uint8)
    angles = (np.arange(256) * (2 * np.pi / 256)).astype(np.float32)
    cosines, sines = np.cos(angles), np.sin(angles)
    left, top = np.floor(x), np.floor(y)
    u, v = x - left, y - top
    column, row = left.astype(np.int32).astype(np.uint8), top.astype(np.int32).astype(np.uint8)  # modulo 256

    def corner(right: int, down: int) -> Plane:
        which = table[table[column + np.uint8(right)] + row + np.uint8(down)]
        return cosines[which] * (u - right) + sines[which] * (v - down)

    ease_u, ease_v = (t * t * t * (t * (t * 6 - 15) + 10) for t in (u, v))
    upper = corner(0, 0) + ease_u * (corner(1, 0) - corner(0, 0))
    lower = corner(0, 1) + ease_u * (corner(1, 1) - corner(0, 1))
    return np.float32(1.5) * (upper + ease_v * (lower - upper))


def clouds(x: Plane, y: Plane, seed: int, octaves: int = 5, gain: float = 0.5) -> Plane:
    """Fractal sum of noise, about -1..1."""
    total, scale = np.zeros_like(x), 1.0
    for octave in range(octaves):
        total += scale * noise(x * 2**octave + 17.3 * octave, y * 2**octave + 5.1 * octave, seed + octave)
        scale *= gain
    return total


def ridges(x: Plane, y: Plane, seed: int, octaves: int = 5, gain: float = 0.5) -> Plane:
    """Fractal sum of folded noise, 0..1 with sharp crests at 1."""
    total, weight, scale = np.zeros_like(x), 0.0, 1.0
    for octave in range(octaves):
        total += scale * (1 - np.abs(noise(x * 2**octave + 9.7 * octave, y * 2**octave + 3.3 * octave, seed + octave)))
        weight += scale
        scale *= gain
    return np.clip(total / weight, 0, 1)


def ramp(value: Plane, start: float, end: float) -> Plane:
    """Smoothstep: 0 at start, 1 at end; start may be the larger."""
    t = np.clip((value - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def mix(base: Plane, ink: Plane, amount: Plane | float) -> Plane:
    """Blend ink over base; amount 0..1, per point or for all."""
    return base + (ink - base) * np.asarray(amount)[..., None]


def gradient(value: Plane, stops: list[tuple[float, Plane]]) -> Plane:
    """Inks blended along value, each at its stop."""
    where = [stop for stop, _ in stops]
    inks = np.stack([ink for _, ink in stops])
    return np.stack([np.interp(value, where, inks[:, channel]) for channel in range(3)], axis=-1)
