"""The run: picture, octaves, ascent, gradient, finish.

run(request) -> iterator of Estimate, Note, Step, then Done
ascend(request, session, ...) -> Climbed         its octaves alone, from an earlier dream's detail if wanted
finish(request, picture)                         its colours, strength and masks
prepare(request, session)                        loads and configures TensorFlow
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from deepdream import images
from deepdream.ascent import octaves
from deepdream.errors import GradientError
from deepdream.images import compositing, wrapping
from deepdream.images.strips import strips
from deepdream.pipeline import execution, provenance
from deepdream.pipeline.events import Clock, Done, Estimate, Note, Step
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session

Record = Estimate | Note | Step | Done

VISIBLE = 0.5 / 255
"""A change that 8 bits can show, of the range 0..1."""


def run(request: Request, *, session: Session | None = None) -> Iterator[Record]:
    """Run a checked request.

    Args:
        request: what to dream.
        session: shared with other dreams; None for a new one.

    Yields:
        Estimate, Notes, Steps, Done. A Step's picture changes with the next step: copy it to keep it.

    Raises:
        GradientError: the gradient vanished or is not finite; the message names step, octave and layers.
    """
    session = session or Session()
    prepare(request, session)
    from deepdream import runtime
    from deepdream.pipeline.estimate import estimate

    settings = request.settings
    expected = estimate(request)
    yield expected
    winograd = "winograd" in request.network.algorithms and settings.precision == "float32"
    slower = runtime.note_once() if winograd and settings.convolution == "auto" else ""
    for note in filter(None, (*request.notes, slower)):
        yield Note(note)
    climbed = yield from ascend(request, session, expected=expected.seconds)
    finish(request, climbed.picture)
    if unchanged := _unchanged(climbed.picture, request):
        yield Note(unchanged)
    losses = tuple(tuple(taken) for taken in climbed.losses)
    yield Done(climbed.picture, losses, provenance.of_dream(climbed.request), climbed.seconds)


@dataclass(frozen=True, eq=False)
class Climbed:
    """What the octaves came to, before colours, strength and masks are applied.

    Attributes:
        picture: [H, W, 3] float32.
        losses: by octave, the objective before each of its steps.
        request: the request, with the tile that it ended with.
        seconds: from the first step to the last.
    """

    picture: np.ndarray
    losses: Sequence[Sequence[float]]
    request: Request
    seconds: float


def ascend(
    request: Request,
    session: Session,
    *,
    expected: float,
    added: np.ndarray | None = None,
    gain: np.ndarray | None = None,
) -> Generator[Note | Step, None, Climbed]:
    """Climb through all octaves; `prepare` was called before.

    Args:
        request: what to dream.
        session: shared with other dreams.
        expected: seconds that it will take, for the first estimates of the time left.
        added: detail of an earlier dream to begin with, see `octaves.detail`; only with octave_mode "detail".
        gain: how strongly each place is dreamt, see `Climbs`.

    Yields: Steps, and a Note where memory ran out.

    Raises:
        GradientError: as `run`.
    """
    from deepdream.pipeline.wiring import Climbs, resolved

    request = resolved(request, session)
    settings = request.settings
    climb = Climbs(request, session, gain=gain)
    loop = octaves.LOOPS[settings.octave_mode]
    resize = partial(wrapping.resize, wraps=request.wraps, by=loop.resize)
    through = loop.run if added is None else partial(loop.run, added=added)
    losses: list[list[float]] = [[] for _ in request.sizes]
    clock = Clock(request.octaves, expected)
    picture = request.picture.pixels
    try:
        for octave, picture, value in through(request.picture.pixels, request.sizes, climb, resize=resize):
            losses[octave - 1].append(value)
            tile = session.smaller(request.execution.tile)
            if tile != request.settings.tile:  # in this dream, or in one before it
                request = replace(request, settings=replace(settings, tile=tile))
                yield Note(f"Memory ran out; continuing in tiles of {tile} pixels.")
            yield clock.step(octave, len(losses[octave - 1]), value, picture, last=climb.settled, tile=tile)
    except GradientError as error:
        layers = ", ".join(dict.fromkeys(choice.layer for choice in request.choices))
        raise GradientError(f"{error.message[:-1]} of octave {climb.octave} for {layers}.", error.advice) from None
    return Climbed(picture, losses, request, clock.seconds())


def finish(request: Request, picture: np.ndarray) -> None:
    """Apply the request's colours, strength and masks to what was climbed, [H, W, 3], in place."""
    original, settings = request.picture.pixels, request.settings
    compositing.finish(
        picture,
        original if original.shape == picture.shape else images.resize(original, picture.shape[:2]),
        colours=settings.colour,
        palette=request.palette,
        strength=settings.strength,
        masks=request.masks,
    )


def _unchanged(picture: np.ndarray, request: Request) -> str:
    """A sentence where the dream can't be seen: its largest change is less than half a level of 8 bits."""
    original, settings = request.picture.pixels, request.settings
    if original.shape != picture.shape or settings.strength == 0:
        return ""
    change = max(float(np.abs(picture[rows] - original[rows]).max()) for rows in strips(*picture.shape[:2]))
    if change >= VISIBLE:
        return ""
    other = "another normalize or " if settings.normalize == "none" else ""
    return (
        f"The dream can't be seen: its largest change is {change:.1e} of the range 0..1. It takes {other}larger steps."
    )


def prepare(request: Request, session: Session) -> None:
    """Load TensorFlow and configure its threads; takes some seconds, so requests are checked first."""
    from deepdream import runtime

    bands = session.alone and set(execution.WINOGRADS).issuperset(request.execution.algorithms)
    runtime.configure(request.settings.threads, bands=bands)
