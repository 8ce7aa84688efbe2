"""Paints deepdream/sample.jpg, the default picture of `deepdream dream`: `make sample`.

A volcano at first light under a banded sky, a belt of forest and mist at its foot, a lake in front: numbers only, no
photograph. The spirit is that of the woodblock prints of Mount Fuji, flat graded inks over a fine grain; edges,
gullies, waves and cloud bands at many sizes give a network something to see. The same seed paints the same picture.

Everything works on [H, W] float32 planes and [H, W, 3] colours in 0..1 (sRGB as it is: inks, not lamps).
`x` runs 0..1.5 to the right and `y` 0..1 downward, so that one unit is the picture's height.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from deepdream import SAMPLE
from tools.sample.brush import Plane, clouds, gradient, mix, noise, ramp, ridges

HEIGHT, WIDTH = 600, 900

SHORE = 0.815  # where the lake begins
FOOT = 0.76  # where the volcano's flanks run out
PEAK_X, PEAK_Y = 0.545, 0.165
LEFT, RIGHT = 0.25, 0.42  # the flanks' lengths: the left one is the steeper

INK: dict[str, Plane] = {
    name: np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255
    for name, code in {
        "sky top": "17305c",
        "sky": "2c6394",
        "sky low": "8dbcc6",
        "sky horizon": "f4e3c3",
        "glow": "f3bd8c",
        "sun": "fdf0cf",
        "cloud": "fdf6e8",
        "cloud warm": "fbdcb6",
        "cloud shade": "86a9c4",
        "cloud rose": "d99b86",
        "hill far": "a9bcc0",
        "hill": "85a3ae",
        "hill near": "5f8590",
        "rock top": "4a2736",
        "rock high": "7c3433",
        "rock": "b0523a",
        "rock low": "a8714a",
        "moss": "6f8563",
        "rock lit": "e8895a",
        "rock shade": "3f2a45",
        "snow": "fffaf0",
        "snow shade": "8fa9cf",
        "forest": "3a6a58",
        "forest lit": "a9a55e",
        "larch": "b5763f",
        "forest dark": "14353c",
        "mist": "f0e6d3",
        "lake": "4585a3",
        "lake deep": "153d63",
    }.items()
}


def sky(x: Plane, y: Plane) -> Plane:
    """Deep blue to a pale horizon, bands drawn by the wind, and a low sun on the right."""
    uneven = 0.02 * clouds(x * 1.1, y * 5, 11, 4)  # the brushed gradation's edge
    stops = [
        (0.0, INK["sky top"]),
        (0.17, INK["sky"]),
        (0.42, INK["sky low"]),
        (0.60, INK["sky horizon"]),
        (0.74, INK["glow"]),
    ]
    picture = gradient(y + uneven - 0.03 * (x - 0.75), stops)
    sun = np.hypot(x - 1.2, y - 0.50)
    picture = mix(picture, INK["sky horizon"], 0.55 * np.exp(-((sun / 0.2) ** 2)))
    picture = mix(picture, INK["sun"], ramp(sun, 0.0565, 0.055))
    for layer in range(3):
        picture = cloud_layer(picture, x, y, layer)
    return picture


def cloud_layer(picture: Plane, x: Plane, y: Plane, layer: int) -> Plane:
    """One layer of banded cloud over the picture: far ones thin and close together, near ones broad."""
    seed = 100 + 40 * layer
    tall = (26.0, 19.0, 12.0)[layer]
    slant = (0.02, -0.035, 0.05)[layer]
    lift = y + slant * x + 0.03 * clouds(x * 1.6, y * 2, seed, 3)
    warp = clouds(x * 3, lift * tall * 0.5, seed + 5, 3)
    u, v = x * (3.4, 2.4, 1.7)[layer] + 0.25 * warp, lift * tall + 0.35 * warp

    def body(below: float) -> Plane:
        return clouds(u, v + below, seed + 10, 6, 0.5)

    patches = clouds(x * 1.1, y * 2.4, seed + 30, 3)
    open_sky = np.exp(-(((x - PEAK_X) / 0.3) ** 2) - ((y - 0.16) / 0.13) ** 2)  # the summit stands against the blue
    density = body(0) + 0.5 * patches - (0.20, 0.22, 0.30)[layer] - 0.5 * open_sky
    amount = ramp(density, 0.0, 0.16) * ramp(y, -0.02, 0.12) * ramp(y, 0.72, 0.55)
    shade = ramp(body(0) - body(-0.35), 0.25, -0.45)  # dense above: the underside
    light = mix(INK["cloud"], INK["cloud warm"], ramp(y, 0.22, 0.6))
    dark = mix(INK["cloud shade"], INK["cloud rose"], ramp(y, 0.2, 0.6))
    ink = mix(light, dark, 0.8 * shade)
    ink = mix(ink, INK["sky"], 0.5 * ramp(density, 0.10, 0.0) * ramp(y, 0.5, 0.2))  # a line of ink around the bands
    return mix(picture, ink, amount * (0.6, 0.85, 0.95)[layer])


def hills(picture: Plane, x: Plane, y: Plane) -> Plane:
    """Three ranges behind the volcano, each paler into the mist at its foot."""
    for layer, (height, ink) in enumerate([(0.60, "hill far"), (0.645, "hill"), (0.69, "hill near")]):
        seed = 300 + 20 * layer
        crest = height + 0.05 * clouds(x * 2.4 + 3 * layer, 0 * y, seed, 6, 0.5) - 0.03 * np.cos(x * 3.2 + layer)
        folds = ridges(x * 9, y * 14, seed + 9, 4)
        body = mix(INK[ink], INK["mist"], 0.75 * ramp(y - crest, 0.0, 0.10))
        body = mix(body, INK["hill near"], 0.35 * ramp(folds, 0.75, 0.5))
        picture = mix(picture, body, ramp(y - crest, -0.0008, 0.0008))
    return picture


def volcano(picture: Plane, x: Plane, y: Plane) -> Plane:
    """The mountain: gullies run down from a broken crater, snow lies in them, the sun stands to the right."""
    side = np.where(x > PEAK_X, RIGHT, LEFT)
    rough = 0.010 * clouds(x * 9, y * 3, 401, 5) + 0.004 * clouds(x * 40, y * 8, 402, 3)
    away = np.abs(x - PEAK_X + 0.006 * clouds(x * 5, y * 5, 403, 3))
    flank = FOOT - (FOOT - PEAK_Y) * np.exp(-np.maximum(away - 0.027, 0) / side)
    notch = ramp(np.abs(x - PEAK_X - 0.004), 0.017, 0.005)
    rim = 0.013 * notch + (0.25 * (PEAK_X - x) + 0.006 * clouds(x * 45, 0 * y, 404, 3)) * ramp(away, 0.07, 0.03)
    surface = flank + rim + rough * ramp(away, 0.0, 0.15) * 0.8
    inside = ramp(y - surface, -0.0008, 0.0008)

    rise = np.clip((FOOT - y) / (FOOT - PEAK_Y), 0.02, 1.1)  # 0 at the foot, 1 at the crater
    half = 0.027 + side * np.maximum(-np.log(rise), 0.0) + 0.01
    around = np.arcsin(np.clip((x - PEAK_X) / half, -0.999, 0.999))  # the cone's own angle: gullies keep theirs
    bend = 0.13 * clouds(x * 3.5, y * 3.5, 405, 4)
    down = 1 - rise

    def relief(turn: float) -> Plane:
        angle = around + turn + bend * (0.35 + 0.65 * down)
        broad = ridges(angle * 2.6, down * 0.7, 410, 3)
        fine = ridges(angle * 8, down * 2.2 + 4, 420, 6, 0.62)
        return broad * (0.35 + 0.5 * down) + 0.7 * fine

    height = relief(0.0)
    facing = (relief(-0.022) - relief(0.022)) * 3.4
    light = 0.62 * np.sin(around + 0.25) + 0.25 + facing + 0.16 * clouds(x * 34, y * 26, 430, 4)

    strata = np.sin(rise * 105 + 7 * clouds(x * 3, y * 6, 440, 4)) * clouds(x * 7, y * 20, 445, 3)
    rock = gradient(
        rise,
        [
            (0.0, INK["moss"]),
            (0.22, INK["rock low"]),
            (0.45, INK["rock"]),
            (0.72, INK["rock high"]),
            (1.0, INK["rock top"]),
        ],
    )
    rock = mix(rock, INK["rock shade"], 0.85 * ramp(light, 0.25, -0.55))
    rock = mix(rock, INK["rock lit"], 0.8 * ramp(light, 0.3, 1.0) * ramp(rise, 0.12, 0.3))
    rock = mix(rock, INK["rock shade"], 0.22 * ramp(strata, 0.25, 0.8))

    scrub = (
        clouds(x * 60, y * 75, 480, 3) + 1.1 * clouds(x * 6, y * 9, 485, 3) - 9 * (rise - 0.17) + 0.5 * (height - 0.9)
    )
    rock = mix(
        rock,
        mix(INK["forest"], INK["moss"], ramp(light, -0.1, 0.8)),
        0.85 * ramp(scrub, 0.0, 0.35),
    )

    line = 0.66 + 0.05 * clouds(x * 5, y * 2, 450, 3) - 0.04 * np.sin(around)
    streak = 0.22 * clouds(around * 11 + 1.5 * bend, down * 1.6, 455, 4)
    snow = ramp(rise - line + 0.7 * (0.85 - height) * (1.15 - 0.5 * rise) + streak, -0.015, 0.03)
    white = mix(INK["snow"], INK["snow shade"], 0.9 * ramp(light + 0.9 * facing, 0.55, -0.35))
    body = mix(rock, white, snow)
    haze = ramp(y + 0.02 * clouds(x * 2, y * 9, 470, 4), 0.60, FOOT - 0.005)
    body = mix(body, INK["mist"], 0.92 * haze)
    edge = np.exp(-(((y - surface) / 0.0016) ** 2)) * ramp(y, 0.66, 0.4)
    return mix(mix(picture, body, inside), INK["rock shade"], 0.6 * edge)


def conifers(
    x: Plane, y: Plane, ground: Plane, tall: float, gap: float, tiers: float, seed: int
) -> tuple[Plane, Plane]:
    """A row of trees standing on ground: how much of each point they cover, and how far it faces the sun (-1..1)."""
    rng = np.random.default_rng(seed)
    cover, lit = np.zeros_like(x), np.zeros_like(x)
    columns = x[0]
    for centre in np.arange(-gap, 1.5 + gap, gap):
        middle = centre + gap * rng.uniform(-0.6, 0.6)
        stand = 0.8 + 0.35 * np.sin(middle * 23 + seed) + 0.25 * np.sin(middle * 61 + 2 * seed)  # they grow in groups
        size = tall * stand * rng.uniform(0.6, 1.15)
        width = size * rng.uniform(0.17, 0.27)
        first, last = np.searchsorted(columns, [middle - 1.6 * width, middle + 1.6 * width])
        if first == last:
            continue
        rows = slice(*np.searchsorted(y[:, 0], [ground[:, first:last].min() - 1.2 * size, ground[:, first:last].max()]))
        near = (rows, slice(first, last))
        across, above = x[near] - middle, (ground[near] - y[near]) / size  # above: 0 at the root, 1 at the tip
        sway = 0.3 * clouds(across / size * 30 + 30, above * 5, seed + 3, 3)
        droop = above + 0.55 * np.abs(across) / size * rng.uniform(0.8, 1.2)  # branches hang outward
        branch = 0.5 + 0.5 * (1 - np.mod(droop * tiers * rng.uniform(0.8, 1.2) + sway, 1.0))
        ragged = 1 + 0.32 * noise(across / size * 20 + 50, above * 3.5 * tiers, seed)
        reach = width * np.clip(1 - above, 0, 1) ** rng.uniform(0.75, 1.0) * branch * ragged
        here = ramp(reach - np.abs(across), -0.0006, 0.0006) * ((above > -0.05) & (above < 1))
        lit[near] = np.where(
            here > 0.5, np.clip(across / width * 1.5 + 0.9 * branch + 0.3 * sway - 0.85, -1, 1), lit[near]
        )
        cover[near] = np.maximum(cover[near], here)
    return cover, lit


def forest(picture: Plane, x: Plane, y: Plane) -> Plane:
    """The belt of woods along the shore: rows of trees from pale and small to dark and tall, mist between them."""
    rows = 8
    for row in range(rows):
        near = row / (rows - 1)
        seed = 500 + 10 * row
        ground = 0.742 + 0.062 * near + 0.03 * (1 - near) * clouds(x * 2.2, 0 * y, seed, 4)
        cover, lit = conifers(x, y, ground, 0.026 + 0.026 * near, 0.007 + 0.004 * near, 8, seed + 1)
        cover = np.maximum(cover, ramp(y - ground, -0.001, 0.001))
        ink = mix(INK["forest"], INK["forest dark"], near * 0.9)
        ink = mix(
            ink, INK["larch"], 0.8 * ramp(clouds(x * 5, 0 * y, seed + 6, 4), 0.15, 0.7) * ramp(ground - y, 0.0, 0.004)
        )
        ink = mix(ink, INK["forest lit"], 0.7 * ramp(lit, 0.1, 0.9))
        ink = mix(ink, INK["mist"], 0.62 * (1 - near))
        picture = mix(picture, ink, cover * ramp(clouds(x * 2.2, 0 * y, seed + 3, 3), -0.9, -0.45 + 0.3 * (1 - near)))
        fog = ramp(clouds(x * 1.8, y * 16, seed + 4, 4), -0.1, 0.7) * np.exp(-(((y - ground) / 0.018) ** 2))
        picture = mix(picture, INK["mist"], 0.75 * fog * (1 - near * 0.75))
    return picture


def lake(picture: Plane, x: Plane, y: Plane) -> Plane:
    """Still water: the land upside down, broken by ripples that grow toward the near shore."""
    depth = np.clip((y - SHORE) / (1 - SHORE), 0, 1)
    ripple = clouds(x * 5, y * (130 - 60 * depth), 600, 3) + 0.6 * clouds(x * 16, y * 260, 610, 2)
    height, width = y.shape
    rows = SHORE - (y - SHORE) * 3.5 - 0.010 * ripple * (0.15 + depth)
    columns = x + 0.010 * ripple * depth
    mirrored = picture[
        np.clip(rows * height, 0, height - 1).astype(int),
        np.clip(columns / x.max() * (width - 1), 0, width - 1).astype(int),
    ]
    water = mix(mirrored, INK["lake"], 0.22 + 0.18 * depth)
    water = mix(water, INK["lake deep"], 0.75 * ramp(depth, 0.25, 1.1) + 0.25 * ramp(ripple, 0.2, 0.9) * depth)
    water = mix(water, INK["cloud"], 0.35 * ramp(ripple, -0.75, -1.2) * (1 - 0.5 * depth))
    water = mix(water, INK["mist"], 0.6 * np.exp(-depth / 0.035))
    return mix(picture, water, ramp(y - SHORE, -0.0006, 0.0006))


def boat(picture: Plane, x: Plane, y: Plane) -> Plane:
    """One small sail, for the scale, and its reflection."""
    middle, water, size = 0.27, 0.876, 0.05
    for flip, strength in ((-0.7, 0.45), (1.0, 1.0)):
        across = (x - middle) / size + (0.05 * clouds(x * 20, y * 240, 650, 2) if flip < 0 else 0)
        above = (water - y) / size / flip
        sail = ramp(0.34 * np.clip(1 - above, 0, 1) ** 0.7 - np.abs(across - 0.10 * above), 0, 0.03)
        sail = np.where((above > 0.13) & (above < 1), sail, 0)
        hull = ramp(0.42 + 0.35 * above - np.abs(across), 0, 0.03) * ((above > 0) & (above < 0.12 + 0.25 * across**2))
        canvas = mix(INK["snow"], INK["cloud warm"], ramp(across, 0.15, -0.3))
        picture = mix(mix(picture, canvas, strength * sail), INK["rock shade"], strength * hull)
    return picture


def bank(picture: Plane, x: Plane, y: Plane) -> Plane:
    """The near shore in the right corner with its tall dark trees."""
    for row, (base, tall, gap) in enumerate([(0.915, 0.22, 0.05), (0.975, 0.23, 0.062)]):
        seed = 720 + 20 * row
        ground = base + 0.5 * ramp(x, 1.4 - 0.1 * row, 1.0) + 0.012 * clouds(x * 7, 0 * y, seed, 4)
        cover, lit = conifers(x, y, ground, tall, gap, 17, seed + 1)
        ink = mix(INK["forest dark"], INK["forest"], 0.55 * ramp(lit, -0.2, 0.9))
        ink = mix(ink, INK["forest lit"], 0.4 * ramp(lit, 0.4, 1.0))
        picture = mix(picture, ink, np.maximum(cover, ramp(y - ground, -0.001, 0.001)))
    return picture


def paper(picture: Plane, x: Plane, y: Plane) -> Plane:
    """The print's grain: the block's fibres along, the paper's tooth everywhere, inks a little uneven."""
    fibres = clouds(x * 6, y * 190, 800, 3)
    tooth = np.random.default_rng(810).normal(0, 0.55, x.shape)
    uneven = clouds(x * 3, y * 3, 820, 4)
    value = 1 + 0.022 * fibres + 0.03 * tooth + 0.02 * uneven
    return np.clip(picture * value[..., None], 0, 1)


def paint(supersampling: int = 2) -> Image.Image:
    """The whole picture, [600, 900] RGB 8 bit; each pixel the mean of supersampling² painted points."""
    scale = HEIGHT * supersampling
    rows = (np.arange(scale, dtype=np.float32) + 0.5) / scale
    columns = (np.arange(WIDTH * supersampling, dtype=np.float32) + 0.5) / scale
    x, y = np.meshgrid(columns, rows)
    picture = sky(x, y)
    for layer in (hills, volcano, forest, lake, boat, bank, paper):
        picture = layer(picture, x, y)
    blocks = picture.reshape(HEIGHT, supersampling, WIDTH, supersampling, 3)
    return Image.fromarray(np.rint(blocks.mean(axis=(1, 3)) * 255).astype(np.uint8))


def main() -> None:
    """Write the picture to the path given, or into the package."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)  # the profile's date, so that the same picture gives the same file
    paint().save(target, quality=94, subsampling=0, optimize=True, icc_profile=bytes(profile))
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
