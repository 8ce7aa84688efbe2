"""The next frame's dream from the last one's: detail rides along, new ground is dreamt, the look of the shot is kept.

look(dream, frame) -> Look                      how a shot's first dream differs from its frame
carried(state, flow, seen, ...) -> detail, age      what of the last dream is still there
gain(age) -> weights                            young ground is dreamt more strongly
settle(dream, frame, look)                      balance and strength as in the shot's first dream, in place
renewed(request, share) · seeded(request, number)     the request of a later frame

Frames and dreams are [H, W, 3] float32 in 0..1; times are seconds. Against earlier ways: blending dreams over frames
(DeepDreamVideo 2015) leaves ghosts and darkens; warping the whole dream (ksk-S, Ruder et al. 2016) softens it, and
nothing bounds it. Here only the added detail is warped, and each frame's own pixels lie below it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from deepdream.film.warp import sharper, warp
from deepdream.images import colour, compositing
from deepdream.images.colour import Balance
from deepdream.pipeline.request import Request

VERSION = 3
"""Of how frames are kept coherent, for a film's record: with another one its frames differ. Raise it with every change
here or in flow.py that moves them."""

KEPT = 0.95**25
"""Share of a detail that is left after a second; fresh dreaming makes up for the rest."""

YOUNG, NEW, OLD = 4 / 25, 3.0, 0.7
"""Seconds until new ground counts as old, and how strongly ground is dreamt when it appears and once it is old, where 1
is a frame by itself. With 6 for new ground the flicker doubles; with 1 for old ground it is a quarter to a half larger,
and the dream no stronger: the look of the shot bounds that."""

FEATHER, SOFT = 1.0, 2.0
"""Standard deviations in pixels: of the edge of what is carried on, and of the gain."""

SHARES = (1 / 3, 1 / 3, 2 / 3, 1.0)
"""Of `renewal`, coarse to fine, the finest last: coarse shapes are carried by the warp."""

RATIO = (0.5, 2.0)
"""Bounds of a look's ratios: those of a frame with next to no contrast mean nothing."""


@dataclass(frozen=True)
class Look:
    """How a shot's first dream differs from its frame.

    Attributes:
        strength: root mean square difference where it is dreamt, of the range 0..1.
        shift: of the mean R, G and B.
        contrast, saturation: ratios.
    """

    strength: float
    shift: tuple[float, float, float]
    contrast: float
    saturation: float


@dataclass(eq=False)
class State:
    """What a film carries from one frame to the next.

    Attributes:
        frame: [H, W, 3], the last frame.
        detail: [H, W, 3], its dream less the frame.
        age: [H, W] seconds since each place appeared.
        look: of the shot.
        empty: whether the shot began with nothing to dream on: a flat frame, or a black mask.
    """

    frame: np.ndarray
    detail: np.ndarray
    age: np.ndarray
    look: Look
    empty: bool

    def arrays(self) -> dict[str, np.ndarray]:
        """The state as arrays by name, for the journal."""
        look = np.array([self.look.strength, *self.look.shift, self.look.contrast, self.look.saturation])
        return {
            "frame": self.frame,
            "detail": self.detail,
            "age": self.age,
            "look": look,
            "empty": np.array(self.empty),
        }

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> "State":
        """The state that `arrays` made."""
        strength, red, green, blue, contrast, saturation = (float(number) for number in arrays["look"])
        look = Look(strength, (red, green, blue), contrast, saturation)
        return cls(arrays["frame"], arrays["detail"], arrays["age"], look, bool(arrays["empty"]))


def look(dream: np.ndarray, frame: np.ndarray, cover: np.ndarray | None = None) -> Look:
    """The look of a shot, from its first dream; a cover [H, W, 1] weights the pixels."""
    if cover is not None and not cover.any():
        return Look(0.0, (0.0, 0.0, 0.0), 1.0, 1.0)
    before, after = colour.balance(frame, cover), colour.balance(dream, cover)
    return Look(
        compositing.distance(dream, frame) / max(_area(cover), 1e-6),
        _three(np.subtract(after.mean, before.mean)),
        _ratio(after.contrast, before.contrast, colour.FREE_CONTRAST),
        _ratio(after.saturation, before.saturation, colour.FREE_SATURATION),
    )


def settle(dream: np.ndarray, frame: np.ndarray, look: Look, cover: np.ndarray | None = None) -> None:
    """Give a dream the look of its shot, in place: the frame's balance changed as in the first one, the same strength.

    So calm is not bought by dreaming less, and nothing can drift: each frame is measured against itself.
    """
    if cover is not None and not cover.any():
        dream[:] = frame
        return
    now = colour.balance(frame, cover)
    wanted = Balance(
        _three(np.clip(np.add(now.mean, look.shift), 0.0, 1.0)),
        now.contrast * look.contrast,
        now.saturation * look.saturation,
    )
    colour.hold(dream, wanted, cover=cover)
    compositing.hold_within(dream, frame, look.strength * _area(cover))


def carried(state: State, flow: np.ndarray, seen: np.ndarray, seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """What of the last dream is still there.

    Args:
        state: of the frame before.
        flow: [H, W, 2], from this frame to the one before.
        seen: [H, W] bool, where that shows the same.
        seconds: between the two.

    Returns: its detail [H, W, 3] where it is seen now, zero on new ground; and the age of each place [H, W].
    """
    keep = _blurred(1 - _grown(~seen).astype(np.float32), FEATHER)
    detail = warp(state.detail, flow, sharper)
    detail *= (np.float32(KEPT**seconds) * keep)[..., None]
    age = np.maximum(warp(state.age[..., None], flow)[..., 0], 0) + np.float32(seconds)
    return detail, np.where(seen, age, np.float32(0))


def gain(age: np.ndarray) -> np.ndarray:
    """How strongly each place is dreamt, [H, W, 1] from OLD to NEW."""
    young = 1 - np.clip(age / np.float32(YOUNG), 0, 1)
    return _blurred(OLD + np.float32(NEW - OLD) * young, SOFT)[..., None]


def renewed(request: Request, share: float) -> Request:
    """The request of a frame that begins with another's detail: this share of the steps, at least one per octave."""
    shares = (SHARES[0],) * len(request.octaves) + SHARES
    shares = shares[len(shares) - len(request.octaves) :]
    octaves = tuple(
        replace(octave, steps=min(octave.steps, max(1, round(octave.steps * share * own))))
        for octave, own in zip(request.octaves, shares, strict=True)
    )
    return replace(request, octaves=octaves)


def seeded(request: Request, number: int) -> Request:
    """The request with the random shifts of frame `number`; the first frame's are those of `deepdream dream`.

    The same few shifts in every frame would favour the network's grid again, which they are there to prevent.
    """
    seed = request.settings.seed
    if number:
        seed = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    return replace(request, settings=replace(request.settings, seed=seed))


def _area(cover: np.ndarray | None) -> float:
    """The root of the share that is dreamt: what is dreamt as strongly is that much further from the whole frame."""
    return 1.0 if cover is None else float(np.sqrt(np.square(cover, dtype=np.float64).mean()))


def _ratio(after: float, before: float, least: float) -> float:
    """A ratio of spreads; 1 where the spread before is too small to mean anything."""
    return float(np.clip(after / before, *RATIO)) if before >= least else 1.0


def _grown(mask: np.ndarray) -> np.ndarray:
    """A mask [H, W] grown by a pixel all around."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    return np.logical_or.reduce([padded[m : m + height, n : n + width] for m in range(3) for n in range(3)])


def _blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    """A plane [H, W] float32 through a Gaussian out to three deviations, its border repeated."""
    reach = round(3 * sigma)
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma)).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(plane, [(reach, reach) if axis == n else (0, 0) for n in (0, 1)], mode="edge")
        length = plane.shape[axis]
        plane = sum(weight * np.take(padded, np.arange(n, n + length), axis) for n, weight in enumerate(weights))
    return plane


def _three(values: np.ndarray) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third
