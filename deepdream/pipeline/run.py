"""The wiring: image, octaves, ascent, gradient, network, image. The only file that knows everybody.

dream(image, **settings) -> Dream                     the plain call
dream_steps(image, **settings) -> iterator of Plan, Note, Step, then Done    the same, watched
run(request) -> the same iterator                     for who has checked the request already
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream._version import __version__
from deepdream.ascent import octaves
from deepdream.errors import GradientError
from deepdream.gradient import cost, tiles
from deepdream.gradient.memory import Gradients
from deepdream.images import Picture, wrapping
from deepdream.images.compositing import finish
from deepdream.pipeline.clock import Clock
from deepdream.pipeline.events import Done, Note, Plan, Step
from deepdream.pipeline.request import Request, understand

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
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; whole numbers, or float in 0..1), or a Picture, which
            keeps the colours that it was read in; None for a canvas, as the setting `start` says.
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


def run(request: Request, *, gradients: Gradients | None = None, alone: bool = False) -> Iterator[Record]:
    """Carry out a checked request.

    Args:
        request: what to dream.
        gradients: of an earlier request that differs only in how steps are taken; used again, and added to.
        alone: whether this process computes nothing else, so that TensorFlow's threads can be laid out for this dream.

    Yields:
        Plan, Notes, Steps, Done. A Step's picture is the running one: copy what you want to keep.

    Raises:
        GradientError: the gradient vanished or is not finite; the message says where.
    """
    # TensorFlow loads here and not above: a request that can't be served is refused before those seconds are spent.
    from deepdream import runtime
    from deepdream.pipeline.wiring import Climbs, paths

    settings = request.settings
    runtime.configure(settings.threads, bands=alone and set(paths(request)) == {"winograd"})
    gradients = gradients or Gradients(settings.tile)
    climb = Climbs(request, gradients)
    yield _plan(request, runtime.device())
    own = settings.convolution == "auto" and request.network.cuts
    for note in filter(None, (*request.notes, runtime.note_once() if own else "")):
        yield Note(note)
    loop = octaves.LOOPS[settings.octave_mode]
    resize = partial(wrapping.resize, wraps=request.wraps, by=loop.resize)
    losses: list[list[float]] = [[] for _ in request.sizes]
    clock = Clock(request.octaves)
    picture = request.picture.pixels
    try:
        for octave, picture, value in loop.run(request.picture.pixels, request.sizes, climb, resize=resize):
            losses[octave - 1].append(value)
            if gradients.tile != request.settings.tile:  # in this dream, or in one that shared its gradients
                request = replace(request, settings=replace(settings, tile=gradients.tile))
                yield Note(f"Memory ran out; going on in tiles of {gradients.tile} pixels.")
            yield clock.step(octave, len(losses[octave - 1]), value, picture, last=climb.settled, tile=gradients.tile)
    except GradientError as error:
        layers = ", ".join(dict.fromkeys(choice.layer for choice in request.choices))
        raise GradientError(f"{error.message[:-1]} of octave {climb.octave} for {layers}.", error.advice) from None
    original = request.picture.pixels
    finish(
        picture,
        original if original.shape == picture.shape else images.resize(original, picture.shape[:2]),
        colours=settings.colour,
        palette=request.palette,
        strength=settings.strength,
        masks=request.masks,
    )
    yield Done(picture, tuple(tuple(taken) for taken in losses), recipe(request), clock.seconds())


def recipe(request: Request) -> dict[str, Any]:
    """Everything that moves a bit of the result, ready for JSON; no clock time."""
    from deepdream import runtime  # loads TensorFlow, see `run`

    return {
        "version": __version__,
        "settings": asdict(request.settings),
        "network": request.network.name,
        "weights": request.network.digest,
        "input": {"digest": request.picture.digest},
        "files": dict(request.files),
        "notes": list(request.notes),
        "runtime": {
            "tensorflow": runtime.tf.__version__,
            "device": runtime.device(),
            "threads": runtime.threads(),
            **_computed(request),
        },
    }


def _computed(request: Request) -> dict[str, Any]:
    """By what the network is computed: Keras of a version, or each octave's convolution."""
    from deepdream import runtime
    from deepdream.pipeline.wiring import paths  # loads TensorFlow, see `run`

    if not request.network.cuts:
        return {"keras": runtime.tf.keras.__version__}
    return {"convolution": paths(request)}


def _plan(request: Request, device: str) -> Plan:
    """What is about to happen, with time and memory estimated from operations and bytes."""
    from deepdream.gradient import speed
    from deepdream.pipeline.wiring import paths

    settings, largest = request.settings, max(request.sizes)
    aims = [(octave, aim) for octave in request.octaves for aim in octave.aims]
    ways = paths(request)
    seconds = sum(
        speed.seconds(octave.steps * cost.operations(aim.table, octave.size), winograd=way == "winograd")
        for octave, way in zip(request.octaves, ways, strict=True)
        for aim in octave.aims
    )
    held = max(
        cost.process(
            aim.table,
            largest,
            tiles.window(
                largest,
                core=settings.tile or max(largest),
                margin=tiles.margin(aim.table, tuple(choice.layer for choice in aim.choices)),
                wraps=request.wraps,
            ),
            weights=request.network.nbytes,
            winograd="winograd" in ways,
        )
        for _, aim in aims
    )
    whole = f"tiles of {settings.tile}" if settings.tile else "whole"
    by = f"{' and '.join(dict.fromkeys(ways))} convolution" if request.network.cuts else "by Keras"
    return Plan(
        device=device,
        network=request.network.name,
        sizes=request.sizes,
        steps=request.steps,
        seconds=seconds,
        memory=held,
        path=f"{whole}, {by}",
    )
