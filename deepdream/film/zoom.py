"""A fall into one picture: each frame is the last one enlarged, and dreamt on.

ready(zoom, session) -> Ready               checked in full
run(zoom, session) -> iterator of Note, Step, Dreamt, Written, ending in the zoom's Result

Everything is per second: the same zoom at 24, 30 and 60 frames shows the same place at the same second.
"""

import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from deepdream.errors import SettingError
from deepdream.film import journal, keyframes, options, outputs, record, setup
from deepdream.film.climbing import Climbing
from deepdream.film.coherence import seeded
from deepdream.film.dreaming import Dreamt, Event
from deepdream.film.flashes import Watch
from deepdream.film.journal import Journal
from deepdream.film.keyframes import Curves
from deepdream.film.motion import moved, shrunk
from deepdream.film.options import BOUNDS, Zoom
from deepdream.film.outputs import Output
from deepdream.film.result import Result, ended
from deepdream.film.source import Source
from deepdream.images import colour
from deepdream.images.colour import Balance
from deepdream.pipeline import provenance
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Note
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.settings import SAMPLE, Size

VERSION = 2
"""Of how a frame is made from the last one, for a zoom's record, as `coherence.VERSION` is for a film's."""

SHARES = (0.0, 0.0, 0.25, 0.25, 1.5)
"""Of the steps in each octave, coarse to fine, the finest last: coarse shapes come from what was small before. What is
dreamt grows out of the finest octave all the time; with 1 there, sharpness falls to two thirds of the first frame's."""

SEAM, FADE = 1.0, 5
"""Seconds before a loop's end in which its start appears in the middle, and frames in which it comes to cover all."""


@dataclass(frozen=True, eq=False)
class Ready:
    """A zoom that was checked in full.

    Attributes:
        curves: its values over time.
        output: where it goes.
        request: of its first frame, which all others follow.
        made: the record that it will carry.
        notes: sentences for the user.
        rate: frames per second.
        count: of all frames.
    """

    curves: Curves
    output: Output
    request: Request
    made: dict[str, Any]
    notes: list[str]
    rate: Fraction
    count: int

    @property
    def size(self) -> Size:
        """(height, width) of its frames."""
        height, width = self.request.picture.pixels.shape[:2]
        return height, width


def check(zoom: Zoom) -> Curves:
    """Refuse what is no zoom.

    Returns: its values over time.

    Raises:
        SettingError: a value out of its bounds, or a setting that makes no sense for a zoom.
        RecipeError: keyframes that are none.
    """
    options.check(zoom)
    values = {name: getattr(zoom, name) for name in BOUNDS}
    curves = Curves(values) if zoom.keyframes is None else keyframes.read(zoom.keyframes, values, BOUNDS)
    zooms = [value for _, value, _ in curves.keys.get("zoom", ((0.0, zoom.zoom, ""),))]
    if min(zooms) < 1 < max(zooms):
        raise SettingError("A zoom goes in or comes out: its values of zoom are on both sides of 1.")
    if zoom.loop and min(zooms) == max(zooms) == 1:
        raise SettingError("--loop needs a zoom: its start is seen in the middle of its end.", "Give --zoom 1.5")
    return curves


def ready(zoom: Zoom, session: Session) -> Ready:
    """Check a zoom in full.

    Raises:
        DreamError: whatever keeps it from being dreamt.
    """
    curves = check(zoom)
    output = outputs.check(zoom.output, zoom.codec, zoom.crf, source=zoom.source, force=zoom.force)
    request = understand(zoom.source, zoom.given, session=session)
    pipeline.prepare(request, session)
    made = record.of_film(request, zoom, session)
    made["runtime"]["zoom"] = VERSION
    notes = list(request.notes) + (provenance.differences(zoom.again[0], made) if zoom.again else [])
    rate = Fraction(zoom.fps).limit_denominator(1001)
    return Ready(curves, output, request, made, notes, rate, count=max(round(zoom.seconds * rate), 1))


def run(zoom: Zoom, session: Session, *, stop: Callable[[], bool] = lambda: False) -> Generator[Event, None, Result]:
    """Dream a zoom and write it; one that was begun resumes after its existing frames.

    Arguments and yields as of `film.run`.

    Raises:
        DreamError: whatever keeps it from being done.
    """
    found = ready(zoom, session)
    room = setup.check_room(found.output, found.count, found.size, shorten="--seconds")
    yield from map(Note, [*found.notes, *room])
    rate, made = found.rate, found.made
    source = Source(zoom.source or SAMPLE, "zoom", found.size, 1 / rate, rate, found.count, lambda source: iter(()))
    folder = journal.beside(zoom.output)
    with journal.opened(folder, record.lasting(made), bits=8, force=zoom.force) as kept:
        yield from kept.notes
        falling = Falling(zoom, found.curves, found.request, rate, session, kept, stop)
        whole = yield from falling.run(found.count)
        out = found.curves.at("zoom", 0) < 1
        watch, order = Watch(), range(len(kept.progress.times))
        shown = order[::-1] if out else order
        if whole:  # each frame is read from the disk
            for number, at in enumerate(shown):
                watch.see(kept.frame(at), float(number / rate))
        result = Result(zoom.output, kept.progress.tally, watch.report(), made, found.notes, not whole, folder)

        def write() -> list[str]:
            def frame(number: int) -> np.ndarray:
                return kept.frame(shown[number])

            return outputs.write(found.output, frame, list(order), [1] * found.count, source=source, record=made)

        return (yield from ended(result, kept, write, keep_frames=zoom.keep_frames))


class Falling:
    """The loop over a zoom's frames."""

    def __init__(
        self,
        zoom: Zoom,
        curves: Curves,
        request: Request,
        rate: Fraction,
        session: Session,
        kept: Journal,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._zoom, self._curves, self._request, self._rate = zoom, curves, request, rate
        self._kept, self._climbing = kept, Climbing(session, stop)

    def run(self, count: int) -> Generator[Event, None, bool]:
        """Dream the frames that are not there yet.

        Returns: whether the zoom is whole; False where it was stopped.
        """
        now = self._kept.progress
        for number in range(len(now.times), count):
            began = time.perf_counter()
            picture = yield from self._frame(number, count)
            if picture is None:
                return False
            now.times.append(number)
            now.durations.append(1)
            now.tally.frames += 1
            now.tally.shots = 1
            now.tally.seconds += time.perf_counter() - began
            shown = self._kept.rounded(picture)
            self._kept.keep(shown)
            rate = now.tally.rate
            yield Dreamt(number, count, 1, shown, rate, (count - number - 1) / rate)
        return True

    def _frame(self, number: int, count: int) -> Generator[Event, None, np.ndarray | None]:
        """One frame, [H, W, 3]; None where the run was stopped."""
        state = self._kept.progress.state
        if state is None:
            picture = yield from self._dreamt(self._request, self._request.picture.pixels)
            balance = None if picture is None else colour.balance(picture)
        else:
            balance = Balance(tuple(state["balance"][:3].tolist()), *state["balance"][3:].tolist())
            before, at = (number - 1) / self._rate, number / self._rate
            picture = moved(state["picture"], self._curves, float(before), float(at))
            if self._zoom.loop:
                picture = self._closed(picture, number, count, whole=False)
            picture = yield from self._dreamt(self._again(number), picture)
            if picture is not None:
                colour.hold(picture, balance)
                if self._zoom.loop:
                    picture = self._closed(picture, number, count, whole=True)
        if picture is None or balance is None:
            return None
        kept = np.array([*balance.mean, balance.contrast, balance.saturation])
        self._kept.progress.state = {"picture": picture, "balance": kept}
        return picture

    def _again(self, number: int) -> Request:
        """The request of a later frame: so many steps in each octave that a second holds as many at any rate."""
        request = seeded(self._request, number)
        shares = ((SHARES[0],) * len(request.octaves) + SHARES)[-len(request.octaves) :]
        octaves = []
        for octave, share in zip(request.octaves, shares, strict=True):
            done, due = (
                math.floor(octave.steps * share * self._curves.total("dream", float(n / self._rate)) + 1e-9)
                for n in (number - 1, number)
            )
            octaves.append(replace(octave, steps=due - done))
        return replace(request, octaves=tuple(octaves))

    def _dreamt(self, request: Request, pixels: np.ndarray) -> Generator[Event, None, np.ndarray | None]:
        """A frame's dream; None where the run was stopped."""
        pixels = np.clip(pixels, 0.0, 1.0)
        if not request.steps:
            return pixels
        request = replace(request, picture=replace(request.picture, pixels=pixels))
        return (yield from self._climbing.dream(request))

    def _closed(self, picture: np.ndarray, number: int, count: int, *, whole: bool) -> np.ndarray:
        """A picture near a loop's end, with the loop's start where it will be by then.

        Args:
            picture: [H, W, 3].
            number: of its frame; frame `count` would be the start itself.
            count: of all frames.
            whole: whether the start covers all, as in the last frames after they were dreamt, or fades out around.
        """
        left = float((count - number) / self._rate)
        length = min(FADE / float(self._rate) if whole else SEAM, count / (2 * float(self._rate)))
        if left >= length:
            return picture
        at, end = float(number / self._rate), float(count / self._rate)
        start, inside = shrunk(self._kept.frame(0), self._curves, at, end)
        share = np.float32(1 - left / length)
        mask = np.where(inside > 0, share, 0) if whole else inside * min(1, 2 * share)
        return picture + mask[..., None].astype(np.float32) * (start - picture)
