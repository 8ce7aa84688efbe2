"""How well motion, and what is new, are found on scenes that nothing was chosen by: python -m tools.film_motion

Scenes of 480x270 from scikit-image's photographs: a disc or a box, cut from another photograph, moves before ground
that is shifted, turned and scaled, under noise and a change of light, all by a seed. What is new is known. A row for
each photograph as the ground; the rocket's is a sky without structure, for the most part.

    error        mean distance of the flow from the true one where both frames show the same, in pixels
    recall       share of the new ground that is found
    precision    share of what is found that is new
    new          share of the frame that is
"""

import argparse
from dataclasses import dataclass

import numpy as np
from skimage import data

from deepdream import images
from deepdream.film.flow import flow, visible
from deepdream.film.warp import sample, warp

SIZE = 270, 480
ROWS, COLUMNS = (grid.astype(np.float32) for grid in np.mgrid[0 : SIZE[0], 0 : SIZE[1]])
PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket")


@dataclass(frozen=True, eq=False)
class Scene:
    """Two frames [H, W, 3], and of the later one the flow to the earlier and where the ground is new."""

    ground: str
    last: np.ndarray
    now: np.ndarray
    flow: np.ndarray
    new: np.ndarray


def photograph(name: str) -> np.ndarray:
    """One of scikit-image's, a little larger than a frame, [H, W, 3] in 0..1."""
    picture = getattr(data, name)()[..., :3].astype(np.float32) / 255
    height, width = picture.shape[:2]
    share = max(SIZE[0] * 1.4 / height, SIZE[1] * 1.4 / width)
    return images.resize(picture, (round(height * share), round(width * share)))


def scene(seed: int) -> Scene:
    """A scene by its seed."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(PHOTOGRAPHS)
    ground, other = (photograph(name) for name in names[:2])
    shift, own = rng.uniform(-12, 12, 2), rng.uniform(-12, 12, 2)
    turn, grown = np.deg2rad(rng.uniform(-2, 2)), rng.uniform(0.97, 1.04)
    reach, place = rng.uniform(25, 60, 2), rng.uniform((80, 130), (190, 350))
    round_, noise, light = rng.random() < 0.5, rng.uniform(0, 4), rng.uniform(0.95, 1.05)
    y, x = (ROWS - SIZE[0] / 2) / grown, (COLUMNS - SIZE[1] / 2) / grown
    rows = SIZE[0] / 2 + y * np.cos(turn) + x * np.sin(turn) + shift[0]
    columns = SIZE[1] / 2 - y * np.sin(turn) + x * np.cos(turn) + shift[1]

    def covered(at: np.ndarray) -> np.ndarray:
        down, across = (ROWS - at[0]) / reach[0], (COLUMNS - at[1]) / reach[1]
        return (down**2 + across**2 < 1) if round_ else (np.abs(down) < 1) & (np.abs(across) < 1)

    def frame(rows: np.ndarray, columns: np.ndarray, at: np.ndarray, light: float) -> np.ndarray:
        thing = sample(other, ROWS - at[0] + 190, COLUMNS - at[1] + 330)
        shown = np.where(covered(at)[..., None], thing, sample(ground, rows + 54, columns + 96))
        return (shown * light + rng.normal(0, noise / 255, shown.shape)).clip(0, 1).astype(np.float32)

    before = place + own
    thing = covered(place)
    inside = (rows >= 0) & (rows <= SIZE[0] - 1) & (columns >= 0) & (columns <= SIZE[1] - 1)
    near = np.rint(rows).clip(0, SIZE[0] - 1).astype(int), np.rint(columns).clip(0, SIZE[1] - 1).astype(int)
    found = np.stack([np.where(thing, own[1], columns - COLUMNS), np.where(thing, own[0], rows - ROWS)], axis=2)
    new = ~thing & (~inside | covered(before)[near])
    return Scene(str(names[0]), frame(ROWS, COLUMNS, before, 1), frame(rows, columns, place, light), found, new)


def main() -> None:
    """Look for motion in every scene and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2000, help="of the first scene")
    chosen = parser.parse_args()
    scenes: dict[str, list[np.ndarray]] = {name: [] for name in PHOTOGRAPHS}
    for seed in range(chosen.seed, chosen.seed + chosen.scenes):
        one = scene(seed)
        forward, backward = flow(one.now, one.last), flow(one.last, one.now)
        found = ~visible(forward, backward, one.now, warp(one.last, forward))
        error = np.hypot(*np.moveaxis(forward - one.flow, 2, 0))[~one.new].mean()
        counts = np.sum(found & one.new), np.sum(one.new), np.sum(found), found.size
        scenes[one.ground].append(np.array([error, *counts]))
    print("| ground | scenes | error | recall | precision | new |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, rows in (*scenes.items(), ("all", [row for some in scenes.values() for row in some])):
        error, both, new, told, size = np.mean(rows, axis=0)
        cells = error, both / new, both / told, new / size
        print(f"| {name} | {len(rows)} | {' | '.join(f'{cell:.2f}' for cell in cells)} |")


if __name__ == "__main__":
    main()
