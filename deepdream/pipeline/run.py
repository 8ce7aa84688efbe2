"""The wiring: image, octaves, ascent, gradient, network, image. The only file that knows everybody.

dream(image, **settings) -> Dream                     the plain call
dream_steps(image, **settings) -> iterator of Estimate, Note, Step, then Done    the same, watched
run(request) -> the same iterator                     for who has checked the request already
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from deepdream import images
from deepdream.ascent import octaves
from deepdream.errors import GradientError
from deepdream.gradient import cost, tiles
from deepdream.images import wrapping
from deepdream.images.compositing import finish
from deepdream.pipeline import provenance
from deepdream.pipeline.events import Clock, Done, Estimate, Note, Step
from deepdream.pipeline.request import Request
from deepdream.pipeline.session import Session

Record = Estimate | Note | Step | Done


def run(request: Request, *, session: Session | None = None) -> Iterator[Record]:
    """Carry out a checked request.

    Args:
        request: what to dream.
        session: what this dream shares with others; a new one when None.

    Yields:
        Estimate, Notes, Steps, Done. A Step's picture is the running one: copy what you want to keep.

    Raises:
        GradientError: the gradient vanished or is not finite; the message says where.
    """
    session = session or Session()
    prepare(request, session)
    from deepdream import runtime
    from deepdream.pipeline.wiring import Climbs

    settings = request.settings
    climb = Climbs(request, session)
    yield _estimate(request, runtime.device())
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
            tile = session.smaller(settings.tile)
            if tile != request.settings.tile:  # in this dream, or in one before it
                request = replace(request, settings=replace(settings, tile=tile))
                yield Note(f"Memory ran out; going on in tiles of {tile} pixels.")
            yield clock.step(octave, len(losses[octave - 1]), value, picture, last=climb.settled, tile=tile)
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
    yield Done(picture, tuple(tuple(taken) for taken in losses), provenance.of_dream(request), clock.seconds())


def prepare(request: Request, session: Session) -> None:
    """Load TensorFlow and lay out its threads; a request that can't be served is refused before those seconds."""
    from deepdream import runtime
    from deepdream.pipeline.wiring import paths

    runtime.configure(request.settings.threads, bands=session.alone and set(paths(request)) == {"winograd"})


def _estimate(request: Request, device: str) -> Estimate:
    """What is about to happen, with time and memory estimated from operations and bytes."""
    from deepdream.gradient import speed
    from deepdream.pipeline.wiring import paths

    settings, largest = request.settings, max(request.sizes)
    aims = [(octave, aim) for octave in request.octaves for aim in octave.aims]
    ways = paths(request)
    seconds = sum(
        speed.seconds(way, aim.table, octave.steps * cost.operations(aim.table, octave.size))
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
            algorithm=way,
        )
        for _, aim in aims
        for way in set(ways)
    )
    return Estimate(
        device=device,
        network=request.network.name,
        sizes=request.sizes,
        steps=request.steps,
        seconds=seconds,
        memory=held,
    )
