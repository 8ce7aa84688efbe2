"""The wiring: image, octaves, ascent, gradient, network, image. The only file that knows everybody.

dream(image, **settings) -> Dream                     the plain call
dream_steps(image, **settings) -> iterator of Plan, Note, Step, then Done    the same, watched
run(request) -> the same iterator                     for who has checked the request already
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import __version__, ascent, blend, colour, images, octaves, optimizers
from deepdream.ascent import Pull
from deepdream.errors import GradientError
from deepdream.gradient import cost, penalties, pyramid, smooth
from deepdream.images import Picture
from deepdream.request import Aim, Request, understand
from deepdream.settings import Settings, Size
from deepdream.steps import Done, Note, Plan, Step

Record = Plan | Note | Step | Done


@dataclass(frozen=True)
class Dream:
    """A finished dream.

    Attributes:
        picture: [H, W, 3] float32 RGB in 0..1.
        losses: one tuple per octave of the objective before each of its steps.
        recipe: everything that is needed to make the same picture again.
        source: the picture that it started from, with what a file carries beside its pixels.
    """

    picture: np.ndarray
    losses: tuple[tuple[float, ...], ...]
    recipe: dict[str, Any]
    source: Picture = field(repr=False)

    def save(self, path: str | Path, *, bits: int | None = None, quality: int = 95) -> None:
        """Write the dream with its recipe; the format follows the suffix.

        Args:
            path: where to; an existing file is replaced only when the new one is whole.
            bits: 8 or 16 per channel; None for what the source had.
            quality: of JPEG, WebP and AVIF, 1..100.

        Raises:
            ImageError: the folder or the suffix can't serve.
            StorageError: the disk refused.
        """
        images.write(path, self.picture, like=self.source, recipe=self.recipe, bits=bits, quality=quality)


def dream(image: str | Path | np.ndarray | Picture | None = None, **given: Any) -> Dream:
    """Dream on an image and wait for the end.

    Args:
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; whole numbers, or float in 0..1), or a Picture; None
            for a canvas, as the setting `start` says.
        given: any setting of `deepdream.Settings` by name.

    Raises:
        RequestError: something about the request is wrong.
        RunError: the run itself failed.
    """
    request = understand(image, given)
    *_, done = run(request)
    assert isinstance(done, Done)  # the stream ends in it
    return Dream(done.picture, done.losses, done.recipe, request.picture)


def dream_steps(image: str | Path | np.ndarray | Picture | None = None, **given: Any) -> Iterator[Record]:
    """As `dream`, but yields what happens: a Plan, Notes, a Step after each gradient step, then Done."""
    yield from run(understand(image, given))


def run(request: Request, *, gradients: dict[Aim, ascent.Gradient] | None = None) -> Iterator[Record]:
    """Carry out a checked request.

    Args:
        request: what to dream.
        gradients: compiled for an earlier request that differs only in how steps are taken; used again, and added to.

    Yields:
        Plan, Notes, Steps, Done. A Step's picture is the running one: copy what you want to keep.

    Raises:
        GradientError: the gradient vanished or is not finite; the message says where.
    """
    # TensorFlow loads here and not above: a request that can't be served is refused before those seconds are spent.
    from deepdream import runtime

    settings = request.settings
    runtime.configure(settings.threads)
    climb = _Climb(request, {} if gradients is None else gradients)
    yield _plan(request, runtime.device())
    for note in request.notes:
        yield Note(note)
    loop, resize = {"detail": (octaves.detail, images.resize), "grow": (octaves.grow, _bilinear)}[settings.octave_mode]
    losses: list[list[float]] = [[] for _ in request.sizes]
    clock = _Clock(request)
    picture = request.picture.pixels
    try:
        for octave, picture, value in loop(request.picture.pixels, request.sizes, climb, resize=resize):
            losses[octave - 1].append(value)
            yield clock.step(octave, len(losses[octave - 1]), value, picture, last=climb.settled)
    except GradientError as error:
        octave = sum(1 for taken in losses if taken) + 1
        layers = ", ".join(dict.fromkeys(choice.layer for choice in request.choices))
        raise GradientError(f"{error.message[:-1]} of octave {octave} for {layers}.", error.advice) from None
    _finish(picture, request)
    yield Done(picture, tuple(tuple(taken) for taken in losses), recipe(request), clock.seconds())


def recipe(request: Request) -> dict[str, Any]:
    """Everything that moves a bit of the result, ready for JSON; no clock time."""
    from deepdream import runtime  # loads TensorFlow, see `run`

    return {
        "version": __version__,
        "settings": asdict(request.settings),
        "network": request.weights.network,
        "weights": request.weights.digest,
        "input": {"digest": request.picture.digest},
        "files": dict(request.files),
        "notes": list(request.notes),
        "runtime": {
            "tensorflow": runtime.tf.__version__,
            "device": runtime.device(),
            "threads": runtime.threads(),
        },
    }


class _Climb:
    """The climb of each octave: what `octaves` calls, wired from the request. Engines are made once per aim."""

    def __init__(self, request: Request, gradients: dict[Aim, ascent.Gradient]) -> None:
        self._request = request
        self.settled = False  # whether the running octave has come as far as it may
        self._rng = np.random.default_rng(request.settings.seed)
        self._gradients = gradients

    def __call__(self, picture: np.ndarray, original: np.ndarray, number: int) -> Iterator[float]:
        """Climb on the picture, in place; see `octaves.Climb`."""
        octave, settings = self._request.octaves[number - 1], self._request.settings
        pulls = [self._pull(index, aim, octave.size) for index, aim in enumerate(octave.aims)]
        self.settled = False
        change = optimizers.adam() if settings.optimizer == "adam" else None

        def direct(moved: np.ndarray, direction: np.ndarray) -> np.ndarray:
            if settings.tv:
                penalties.total_variation(direction, moved, weight=settings.tv)
            if settings.l2:
                penalties.l2(direction, moved, weight=settings.l2)
            return change(direction) if change else direction

        start = colour.balance(original) if settings.hold else None

        def settle(moved: np.ndarray) -> bool:
            if start is not None:
                colour.hold(moved, start, clip=settings.clip)
            if octave.distance is not None:
                self.settled = blend.hold_within(moved, original, octave.distance)
            return self.settled

        return ascent.climb(
            picture,
            pulls,
            steps=octave.steps,
            step_size=octave.step_size,
            jitter=octave.jitter,
            rng=self._rng,
            clip=settings.clip and start is None,  # what is clipped before it is held only turns grey
            direct=direct,
            settle=settle,
        )

    def _pull(self, index: int, aim: Aim, size: Size) -> Pull:
        """One region's pull at the size of an octave."""
        settings, mask = self._request.settings, self._request.masks[index]
        if mask is not None and mask.shape[:2] != size:
            mask = np.clip(images.resize(mask, size), 0.0, 1.0).reshape(*size, 1)
        return Pull(
            self._gradient(aim),
            shape=_shape(settings),
            normalize=settings.normalize,
            mask=mask,
            strength=self._request.regions[index].strength,
        )

    def _gradient(self, aim: Aim) -> ascent.Gradient:
        """The gradient of an aim, made when it is first asked for."""
        from deepdream import guides, objectives
        from deepdream.gradient import engine  # all load TensorFlow, see `run`

        if aim not in self._gradients:
            settings, arrays = self._request.settings, self._request.weights.arrays
            if aim.guide is not None:
                layers = [layer for layer in aim.table if layer.name in {choice.layer for choice in aim.choices}]
                look = engine.look(arrays, aim.table, [layer.name for layer in layers], space=settings.input)
                known = guides.features(self._request.guides[aim.guide], look, layers)
                objective = guides.guide(known, aim.choices)
            else:
                objective = objectives.layers(aim.choices, aim.objective)
            self._gradients[aim] = engine.make(
                arrays,
                aim.table,
                objective,
                space=settings.input,
                tile=settings.tile,
            )
        return self._gradients[aim]


def _shape(settings: Settings) -> ascent.Change | None:
    """What is done to the gradient before it is normalised, if anything."""
    if settings.shape == "natural":
        return partial(smooth.natural, exponent=settings.shape_exponent, colour=settings.shape_colour)
    if settings.shape == "laplacian":
        spread: ascent.Change = partial(pyramid.laplacian, levels=settings.shape_levels)
    elif settings.shape == "cascade":
        spread = partial(smooth.cascade, sigma=settings.shape_sigma)
    else:
        return None
    return lambda gradient: smooth.coloured(spread(gradient), share=settings.shape_colour)


def _finish(dream: np.ndarray, request: Request) -> None:
    """What is done once, on the finished dream, in place."""
    original = request.picture.pixels
    if original.shape != dream.shape:
        original = images.resize(original, dream.shape[:2])
    np.clip(dream, 0.0, 1.0, out=dream)
    _colour(dream, original, request)
    if request.settings.strength < 1:
        blend.show(dream, original, request.settings.strength)
    blend.restore(dream, original, request.masks)


def _colour(dream: np.ndarray, original: np.ndarray, request: Request) -> None:
    """The dream's colours as the settings want them, in place."""
    if request.palette is not None:
        colour.match_statistics(dream, request.palette)
    elif request.settings.colour == "keep":
        colour.keep_colours(dream, original)
    elif request.settings.colour == "lightness":
        colour.keep_lightness(dream, original)
    elif request.settings.colour == "match":
        colour.match_statistics(dream, colour.statistics(original))


def _bilinear(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """TensorFlow's plain bilinear resizing, as the student project enlarges its scales."""
    from deepdream.runtime import tf

    return tf.image.resize(picture, size).numpy()


def _plan(request: Request, device: str) -> Plan:
    """What is about to happen, with time and memory estimated from operations and bytes."""
    from deepdream.gradient import speed

    largest = max(request.sizes)
    work = sum(
        octave.steps * cost.operations(aim.table, octave.size) for octave in request.octaves for aim in octave.aims
    )
    held = cost.PROCESS + cost.parameters(request.table) + cost.memory(request.table, largest)
    held += 5 * 12 * largest[0] * largest[1]  # the picture, its base, the rolled one, the gradient, one to spare
    return Plan(
        device=device,
        network=request.weights.network,
        sizes=request.sizes,
        steps=request.steps,
        seconds=work / speed.operations_per_second(),
        memory=held,
        path=f"tiles of {request.settings.tile}" if request.settings.tile else "whole",
    )


class _Clock:
    """Counts pixel-steps and seconds, so that each Step can say what is left."""

    def __init__(self, request: Request) -> None:
        self._octaves = request.octaves
        self._work = [octave.steps * octave.size[0] * octave.size[1] for octave in request.octaves]
        self._start = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._start

    def step(self, octave: int, step: int, value: float, picture: np.ndarray, *, last: bool) -> Step:
        """The record of a step that has just been taken; octave and step count from 1; `last` of its octave or not."""
        now, seconds = self._octaves[octave - 1], self.seconds()
        taken = sum(self._work[: octave - 1]) + self._work[octave - 1] * step / now.steps
        fraction = taken / sum(self._work)
        return Step(
            octave=octave,
            octaves=len(self._octaves),
            step=step,
            steps=step if last else now.steps,
            size=now.size,
            loss=value,
            picture=picture,
            fraction=fraction,
            seconds=seconds,
            seconds_left=seconds * (1 - fraction) / fraction,
        )
