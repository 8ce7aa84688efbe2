"""What `deepdream film` does to clips whose motion is known: python -m tools.film (some minutes; tables on stdout)

Clips are made from the sample picture: a pan of (2, 0.7) pixels, a zoom of 1.004 and a turn of 0.15 degrees a frame,
and before it a textured disc that moves by (-3, 1.2); or the sample standing still under noise. The true flow between
their frames and what is hidden follow from that, so that the film's own flow is no judge of itself.

    flicker      mean change along the true flow, less the same of the footage, in levels of 255
    strength     root mean square difference between dream and frame, in levels
    sharpness    deviation of the Laplacian of luma, in levels
    mean         change of brightness by the dream, in levels: of the first four frames, of the last four
    contrast     the same as a ratio
    saturation   the same
    young        strength on ground that came into view less than four frames ago, in per cent of the strength
    work         pixel-steps of a frame, in per cent of a whole dream's
    seconds      of the processor for a frame after the first, everything included but writing the film
"""

import argparse
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from deepdream import images
from deepdream.film import coherence
from deepdream.film import film as films
from deepdream.film.dreaming import Dreamt
from deepdream.film.flashes import Watch
from deepdream.film.flow import flow
from deepdream.film.options import Film
from deepdream.film.warp import sample, warp
from deepdream.images import colour, compositing
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.settings import SAMPLE

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
RATE = 25
YOUNG = 4
"""Frames."""


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames [H, W, 3], and from each to the one before the true flow [H, W, 2] and where both show the same [H, W]."""

    frames: list[np.ndarray]
    flows: list[tuple[np.ndarray, np.ndarray]]


class Scene:
    """The moving scene: where in the world each pixel of each frame is."""

    def __init__(self, height: int, width: int) -> None:
        self._rows, self._columns = (grid.astype(np.float32) for grid in np.mgrid[0:height, 0:width])
        self._size = height, width
        self._scale = 900 / (width * 2.2)
        self._picture = images.read(SAMPLE).pixels

    def disc(self, number: int) -> np.ndarray:
        """Where the disc is, [H, W] bool."""
        down, across = self._disc_at(number)
        return down**2 + across**2 < (0.14 * self._size[0]) ** 2

    def frame(self, number: int) -> np.ndarray:
        """One frame, [H, W, 3]."""
        rows, columns = self._world(number, self._rows, self._columns)
        ground = sample(self._picture, rows * self._scale * 0.7 + 250, columns * self._scale * 0.7 + 350)
        down, across = self._disc_at(number)
        other = sample(self._picture[::-1], down * self._scale + 150, across * self._scale + 500)[..., ::-1]
        return np.clip(np.where(self.disc(number)[..., None], other, ground), 0, 1)

    def truth(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The flow from a frame to the one before, and where both show the same."""
        rows, columns = self._world(number, self._rows, self._columns)
        rows, columns = self._place(number - 1, rows, columns)
        disc = self.disc(number)
        rows = np.where(disc, self._rows - 1.2, rows)
        columns = np.where(disc, self._columns + 3, columns)
        height, width = self._size
        inside = (rows >= 0) & (rows <= height - 1) & (columns >= 0) & (columns <= width - 1)
        near = np.rint(rows).clip(0, height - 1).astype(int), np.rint(columns).clip(0, width - 1).astype(int)
        hidden = self.disc(number - 1)[near] & ~disc
        return np.stack([columns - self._columns, rows - self._rows], 2).astype(np.float32), inside & ~hidden

    def _disc_at(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        height, width = self._size
        return self._rows - 0.4 * height - 1.2 * number, self._columns - 0.7 * width + 3 * number

    def _world(self, number: int, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        grown, turn = 1.004**-number, math.radians(0.15 * number)
        down, across = (rows - self._size[0] / 2) * grown, (columns - self._size[1] / 2) * grown
        cosine, sine = math.cos(turn), math.sin(turn)
        return down * cosine + across * sine + 0.7 * number, across * cosine - down * sine + 2 * number

    def _place(self, number: int, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where in a frame a place of the world is: the inverse of `_world`."""
        grown, turn = 1.004**-number, math.radians(0.15 * number)
        down, across = rows - 0.7 * number, columns - 2 * number
        cosine, sine = math.cos(turn), math.sin(turn)
        back = down * cosine - across * sine, down * sine + across * cosine
        return back[0] / grown + self._size[0] / 2, back[1] / grown + self._size[1] / 2


def moving(height: int, width: int, count: int, noise: float = 0.0) -> Clip:
    """The moving scene, with noise of a deviation in levels."""
    scene, rng = Scene(height, width), np.random.default_rng(0)
    frames = [scene.frame(number) for number in range(count)]
    frames = [np.clip(frame + rng.normal(0, noise / 255, frame.shape), 0, 1).astype(np.float32) for frame in frames]
    return Clip([eight(frame) for frame in frames], [scene.truth(number) for number in range(1, count)])


def still(height: int, width: int, count: int, noise: float) -> Clip:
    """A camera that stands still, with noise of a deviation in levels."""
    picture, rng = images.resize(images.read(SAMPLE).pixels, (height, width)), np.random.default_rng(0)
    frames = [eight(np.clip(picture + rng.normal(0, noise / 255, picture.shape), 0, 1)) for _ in range(count)]
    same = np.zeros((height, width, 2), np.float32), np.ones((height, width), bool)
    return Clip(frames, [same] * (count - 1))


def eight(frame: np.ndarray) -> np.ndarray:
    """A frame rounded to 8 bits, as files hold it."""
    return (np.rint(frame * 255) / 255).astype(np.float32)


def dreamt(clip: Clip, coherent: bool, session: Session, given: dict[str, object]) -> tuple[list[np.ndarray], float]:
    """The clip's film, and the processor seconds of a frame after the first, all included but writing the film."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "in"), Path(folder, "out")
        source.mkdir()
        for number, frame in enumerate(clip.frames):
            images.write(source / f"{number:05d}.png", frame, bits=8)
        way = "flow" if coherent else "none"
        run = films.run(Film(source=source, output=output, given=given, coherence=way), session)
        dreamt = [time.process_time() for event in run if isinstance(event, Dreamt)]
        seconds = (dreamt[-1] - dreamt[0]) / (len(dreamt) - 1)
        return [images.read(path).pixels for path in sorted(output.iterdir())], seconds


def blended(clip: Clip, session: Session, given: dict[str, object], share: float = 0.75) -> list[np.ndarray]:
    """The clip in the way of ksk-S's DeepDreamVideo: each frame is blended with the last dream, warped, and dreamt."""
    found: list[np.ndarray] = []
    request = understand(clip.frames[0], given, session=session)
    pipeline.prepare(request, session)
    for frame in clip.frames:
        start = frame
        if found:
            last = clip.frames[len(found) - 1]
            start = frame + np.float32(share) * (warp(found[-1], flow(frame, last)) - frame)
        found.append(whole(request, np.clip(start, 0, 1), session))
    return found


def whole(request: Request, frame: np.ndarray, session: Session) -> np.ndarray:
    """One frame's whole dream."""
    request = replace(request, picture=replace(request.picture, pixels=frame))
    events = pipeline.ascend(request, session, expected=1.0)
    while True:
        try:
            next(events)
        except StopIteration as ended:
            return np.clip(ended.value.picture, 0, 1)


def drawn(dreams: Sequence[np.ndarray], clip: Clip, strengths: Sequence[float]) -> list[np.ndarray]:
    """Dreams drawn back toward their frames to a strength in levels each, so that their flicker can be compared."""
    found = [dream.copy() for dream in dreams]
    for dream, frame, strength in zip(found, clip.frames, strengths, strict=True):
        compositing.hold_within(dream, frame, strength / 255)
    return found


def strengths(dreams: Sequence[np.ndarray], clip: Clip) -> list[float]:
    """How far each dream is from its frame, in levels."""
    return [compositing.distance(dream, frame) * 255 for dream, frame in zip(dreams, clip.frames, strict=True)]


def row(name: str, dreams: Sequence[np.ndarray], clip: Clip, work: float, seconds: float = 0.0) -> str:
    """A row of the table."""
    changes = np.array(list(_changes(dreams, clip)))
    flicker = float(changes.mean())
    strong = np.mean(strengths(dreams, clip))
    sharp = np.mean([sharpness(dream) for dream in dreams])
    brighter = [255 * float((dream - frame).mean()) for dream, frame in zip(dreams, clip.frames, strict=True)]
    balances = [(colour.balance(d), colour.balance(f)) for d, f in zip(dreams, clip.frames, strict=True)]
    contrast = [dream.contrast / frame.contrast for dream, frame in balances]
    saturation = [dream.saturation / frame.saturation for dream, frame in balances]
    watch = Watch()
    for number, dream in enumerate(dreams):
        watch.see(dream, number / RATE)
    cells = [
        name,
        f"{strong:.1f}",
        f"{flicker:.2f}",
        f"{sharp:.1f}",
        f"{np.mean(brighter[:4]):.1f} to {np.mean(brighter[-4:]):.1f}",
        *(f"{np.mean(ratios[:4]):.3f} to {np.mean(ratios[-4:]):.3f}" for ratios in (contrast, saturation)),
        f"{share:.0f} %" if (share := 100 * young(dreams, clip) / strong) else "",
        f"{work:.0f} %",
        f"{seconds:.2f}" if seconds else "",
        f"{watch.report().verdict} ({watch.report().changes})",
    ]
    return f"| {' | '.join(cells)} |"


def sharpness(dream: np.ndarray) -> float:
    """The deviation of the Laplacian of luma, in levels."""
    luma = dream @ LUMA
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return 255 * float((4 * luma[1:-1, 1:-1] - around).std())


def young(dreams: Sequence[np.ndarray], clip: Clip) -> float:
    """The strength on ground younger than four frames, in levels; 0 where there is none."""
    age = np.full(clip.frames[0].shape[:2], 99, np.float32)
    squares: list[np.ndarray] = []
    for dream, frame, (motion, seen) in zip(dreams[1:], clip.frames[1:], clip.flows, strict=True):
        age = np.where(seen, warp(age[..., None], motion)[..., 0] + 1, 0)
        squares.append(np.square(255 * (dream - frame))[age < YOUNG - 0.5].ravel())
    found = np.concatenate(squares)
    return float(np.sqrt(found.mean())) if found.size else 0.0


def _changes(dreams: Sequence[np.ndarray], clip: Clip) -> Iterator[float]:
    for number, (motion, seen) in enumerate(clip.flows, start=1):
        dream = np.abs(dreams[number] - warp(dreams[number - 1], motion))[seen].mean()
        footage = np.abs(clip.frames[number] - warp(clip.frames[number - 1], motion))[seen].mean()
        yield 255 * float(dream - footage)


def main() -> None:
    """Dream every clip in every way and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="pocket")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--clips", default="320x180,still,480x270,long")
    chosen = parser.parse_args()
    given = {"network": chosen.network}
    clips = {
        "320x180": lambda: moving(180, 320, chosen.frames),
        "still": lambda: still(180, 320, chosen.frames // 2, noise=2),
        "480x270": lambda: moving(270, 480, chosen.frames // 2),
        "long": lambda: moving(136, 240, 3 * chosen.frames, noise=1.5),
    }
    session = Session()
    heading = [
        "clip",
        "strength",
        "flicker",
        "sharpness",
        "mean",
        "contrast",
        "saturation",
        "young",
        "work",
        "seconds",
        "flashes (changes)",
    ]
    print(f"| {' | '.join(heading)} |\n|{' --- |' * len(heading)}")
    for name in chosen.clips.split(","):
        clip = clips[name]()
        request = understand(clip.frames[0], given, session=session)
        later = coherence.renewed(request, Film.renewal)
        steps, all_steps = (sum(o.steps * math.prod(o.size) for o in one.octaves) for one in (later, request))
        began = time.perf_counter()
        alone, seconds = dreamt(clip, False, session, given)
        print(row(f"{name}, one by one", alone, clip, 100, seconds), flush=True)
        calm, seconds = dreamt(clip, True, session, given)
        print(row(f"{name}, deepdream film", calm, clip, 100 * steps / all_steps, seconds), flush=True)
        if name == "320x180":
            mixed = drawn(blended(clip, session, given), clip, strengths(calm, clip))
            print(row(f"{name}, warped and blended", mixed, clip, 100), flush=True)
        print(f"<!-- {name}: {time.perf_counter() - began:.0f} s -->", flush=True)


if __name__ == "__main__":
    main()
