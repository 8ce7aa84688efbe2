"""The loop over a film's frames: motion, the dream, what is measured of it.

Dreaming(how, request, source, session, journal, stop).run() -> iterator of Note, Step, Shot, Dreamt
"""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import GradientError
from deepdream.film import coherence
from deepdream.film.climbing import Climbing
from deepdream.film.coherence import State
from deepdream.film.cuts import Shots
from deepdream.film.flashes import Watch
from deepdream.film.flow import Flow, flow, visible
from deepdream.film.journal import Journal
from deepdream.film.measure import change
from deepdream.film.options import Film
from deepdream.film.source import Frame, Source
from deepdream.film.warp import warp
from deepdream.images import compositing
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Note, Step, Written
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session
from deepdream.settings import Size

COMPARED = (0.25, 0.5, 0.75)
"""Where in the film frames are also dreamt one by one, to be compared."""

DAMPED = (0.75, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.0)
"""Shares of the change from the last frame that are tried until no flash is left."""


@dataclass(frozen=True)
class Shot:
    """A shot begins: its number from 1, and its first frame's, from 0."""

    number: int
    frame: int


@dataclass(frozen=True)
class Dreamt:
    """A frame was dreamt and kept.

    Attributes:
        number: from 0.
        count: how many there will be, as announced; None where it isn't known.
        shot: number of its shot, from 1.
        picture: [H, W, 3] float32 RGB, as it will be written.
        rate: frames dreamt in a second, so far.
        seconds_left: estimate for all; None where the count isn't known.
    """

    number: int
    count: int | None
    shot: int
    picture: np.ndarray
    rate: float
    seconds_left: float | None


Event = Note | Step | Shot | Dreamt | Written


@dataclass(frozen=True)
class How:
    """How a film is dreamt.

    Attributes:
        coherent: whether a frame begins with the last one's detail.
        renewal: share of the steps that it is given then.
        calm: whether flashes are damped.
        compare: whether a few frames are dreamt one by one too.
        flow: finds the motion between two frames.
        settings: seconds -> settings that differ then from the request's, by name.
        mask: seconds -> the mask then, [H, W, 1]; None for the request's.
    """

    coherent: bool = True
    renewal: float = Film.renewal
    calm: bool = False
    compare: bool = False
    flow: Flow = flow
    settings: Callable[[float], Mapping[str, Any]] = lambda seconds: {}
    mask: Callable[[float], np.ndarray] | None = None


@dataclass(frozen=True, eq=False)
class Motion:
    """Where a frame's pixels were in the frame before.

    Attributes:
        flow: [H, W, 2].
        seen: [H, W] bool, where that shows the same.
        footage: how much the footage changes along it, see `measure.change`.
    """

    flow: np.ndarray
    seen: np.ndarray
    footage: float


@dataclass(frozen=True, eq=False)
class Coming:
    """What is known of a frame before it is dreamt: its request, and its motion, None where it begins a shot."""

    frame: Frame
    here: Request
    motion: Motion | None
    empty: bool


class Dreaming:
    """Dreams a film frame after frame, from where its journal is.

    Args:
        how: the way.
        request: of the first frame, which all others follow.
        source: of the frames.
        session: shared by all frames.
        kept: the journal, which holds the state between two frames.
        stop: called after each step; once true, the run ends.

    Attributes:
        watch: has seen every frame, as it will be written.
    """

    def __init__(
        self,
        how: How,
        request: Request,
        source: Source,
        session: Session,
        kept: Journal,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._how, self._request, self._source = how, request, source
        self._kept, self._climbing = kept, Climbing(session, stop)
        self._compared = {max(round((source.expected or 8) * share), 1) for share in COMPARED} if how.compare else set()
        self._state = State.of(kept.progress.state) if kept.progress.state is not None else None
        self.watch = Watch()

    def run(self) -> Generator[Event, None, bool]:
        """Dream what is not there yet.

        Returns: whether the film is whole; False where it was stopped.
        """
        now, shown = self._kept.progress, None
        for number, pts in enumerate(now.times):
            shown = self._kept.frame(number)
            self.watch.see(shown, self._seconds(pts))
        began = time.perf_counter()
        for coming in ahead(self._coming(len(now.times))):
            frame = coming.frame
            shown = yield from self._frame(coming, shown)
            if shown is None:
                return False
            now.times.append(frame.pts)
            now.durations.append(frame.duration or 0)
            now.tally.frames += 1
            now.tally.seconds += time.perf_counter() - began
            self._kept.keep(shown)
            yield self._report(frame.number, shown)
            began = time.perf_counter()
        return True

    def _coming(self, skip: int) -> Iterator[Coming]:
        """The frames after the first `skip`, with all that depends on the footage alone."""
        before = None if self._state is None else self._state.frame
        shots = Shots() if self._state is None else Shots(before, self._state.empty)
        for frame in self._source.frames(skip):
            pixels = fitted(frame.pixels, self._size)
            here = self._here(pixels, self._seconds(frame.pts))
            begins = shots.begins(pixels, compositing.cover(here.masks))
            yield Coming(frame, here, None if begins or before is None else self._motion(pixels, before), shots.empty)
            before = pixels

    @property
    def _size(self) -> tuple[int, int]:
        height, width = self._request.picture.pixels.shape[:2]
        return height, width

    def _seconds(self, pts: int) -> float:
        return float(pts * self._source.time_base)

    def _here(self, pixels: np.ndarray, seconds: float) -> Request:
        """The request of a frame: its pixels, and what changes over time."""
        settings = replace(self._request.settings, **self._how.settings(seconds))
        masks = self._request.masks if self._how.mask is None else (self._how.mask(seconds),)
        picture = replace(self._request.picture, pixels=pixels)
        return replace(self._request, picture=picture, settings=settings, masks=masks)

    def _frame(self, coming: Coming, before: np.ndarray | None) -> Generator[Event, None, np.ndarray | None]:
        """One frame's dream as it will be written, [H, W, 3]; None where the run was stopped."""
        now, here, motion = self._kept.progress, coming.here, coming.motion
        number, pts, pixels = coming.frame.number, coming.frame.pts, here.picture.pixels
        cover = compositing.cover(here.masks)
        state = None if motion is None else self._state
        if state is None:
            now.tally.shots += 1
            yield Shot(now.tally.shots, number)
        elapsed = self._seconds(pts - now.times[-1]) if now.times else 0.0
        dream, age = yield from self._dreamt(number, here, state, motion, elapsed)
        if dream is None:
            return None
        look = coherence.look(dream, pixels, cover) if state is None else state.look
        if state is not None and self._how.coherent:
            coherence.settle(dream, pixels, look, cover)
        shown = self._kept.rounded(_finished(here, dream))
        if self._how.calm and before is not None:
            shown = self._calmed(shown, before, motion, self._seconds(pts))
        self.watch.see(shown, self._seconds(pts))
        now.tally.strength += compositing.distance(shown, pixels) * 255
        if state is not None and motion is not None and before is not None:
            yield from self._measured(number, here, shown, before, motion)
        self._state = State(pixels, dream - pixels, age, look, coming.empty)
        now.state = self._state.arrays()
        return shown

    def _motion(self, pixels: np.ndarray, before: np.ndarray) -> Motion:
        """The motion from this frame to the one before."""
        forward, backward = self._how.flow(pixels, before), self._how.flow(before, pixels)
        moved = warp(before, forward)
        seen = visible(forward, backward, pixels, moved)
        return Motion(forward, seen, change(pixels, moved, seen))

    def _dreamt(
        self, number: int, here: Request, state: State | None, motion: Motion | None, elapsed: float
    ) -> Generator[Event, None, tuple[np.ndarray | None, np.ndarray]]:
        """A frame's dream before colours and masks, None where the run was stopped; and the age of each place."""
        added = gain = None
        age = np.full(self._size, coherence.YOUNG, np.float32)  # a whole dream is as strong as an old one
        if self._how.coherent:
            here = coherence.seeded(here, number)
            if state is not None and motion is not None:
                added, age = coherence.carried(state, motion.flow, motion.seen, elapsed)
                gain = coherence.gain(age)
                here = coherence.renewed(here, self._how.renewal)
        try:
            return (yield from self._climbing.dream(here, added=added, gain=gain)), age
        except GradientError as error:
            yield Note(f"Frame {number} is left as it was: {error.message}")
            return here.picture.pixels + (0 if added is None else added), age

    def _calmed(self, shown: np.ndarray, before: np.ndarray, motion: Motion | None, seconds: float) -> np.ndarray:
        """A frame drawn toward the last one, as far as it takes that no flash is left."""
        if not self.watch.would_fail(shown, seconds):
            return shown
        self._kept.progress.tally.calmed += 1
        still = before
        if motion is not None:
            still = np.where(motion.seen[..., None], np.clip(warp(before, motion.flow), 0, 1), before)
        for share in DAMPED:
            damped = self._kept.rounded(still + np.float32(share) * (shown - still))
            if not self.watch.would_fail(damped, seconds):
                break
        return damped

    def _measured(
        self, number: int, here: Request, shown: np.ndarray, before: np.ndarray, motion: Motion
    ) -> Generator[Event, None, None]:
        """Measure how much the film and its footage change; and, where that is wanted, frames dreamt one by one."""
        now, state = self._kept.progress, self._state
        assert state is not None
        footage = motion.footage
        dreamt = change(shown, warp(before, motion.flow), motion.seen)
        now.tally.pairs += 1
        now.tally.footage += footage
        now.tally.dream += dreamt
        if number not in self._compared:
            return
        pair = []
        for one in (replace(here, picture=replace(here.picture, pixels=state.frame)), here):
            dream = yield from self._climbing.dream(one)
            if dream is None:
                return
            pair.append(_finished(one, dream))
        now.tally.alone += change(pair[1], warp(pair[0], motion.flow), motion.seen) - footage
        now.tally.together += dreamt - footage

    def _report(self, number: int, shown: np.ndarray) -> Dreamt:
        """The record of a frame that was kept."""
        tally, count = self._kept.progress.tally, self._source.expected
        left = None if count is None else max(count - number - 1, 0) / tally.rate
        return Dreamt(number, count, tally.shots, shown, tally.rate, left)


def ahead(items: Iterator[Coming]) -> Iterator[Coming]:
    """The items, each found in a thread while the one before it is worked on: dreams leave that much of a processor."""
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(next, items, None)
        while (item := found.result()) is not None:
            found = thread.submit(next, items, None)
            yield item


def fitted(pixels: np.ndarray, size: Size) -> np.ndarray:
    """A frame [H, W, 3] at the size at which it is dreamt, in 0..1."""
    return np.clip(pixels if pixels.shape[:2] == size else images.resize(pixels, size), 0.0, 1.0)


def _finished(here: Request, dream: np.ndarray) -> np.ndarray:
    """A dream with the request's colours, strength and masks; the dream itself stays, for the next frame."""
    shown = dream.copy()
    pipeline.finish(here, shown)
    return shown
