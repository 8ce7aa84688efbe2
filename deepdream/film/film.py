"""A film from start to file: read, dreamt frame after frame, watched for flashes, written.

run(film, session) -> iterator of Note, Step, Shot, Dreamt, Written, ending in the film's Result

One request and one session serve the whole film, so nothing is traced again; memory holds two frames and the state,
however long it is.
"""

import shutil
from collections.abc import Callable, Generator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from deepdream.errors import RequestError, SettingError
from deepdream.film import journal, keyframes, options, record, sources, targets
from deepdream.film.dreaming import Dreaming, Event, How
from deepdream.film.flow import Flow, flow
from deepdream.film.keyframes import Curves
from deepdream.film.mask import MovingMask
from deepdream.film.options import Film
from deepdream.film.result import Result, ended
from deepdream.film.source import Source
from deepdream.film.targets import Target
from deepdream.images import Picture, cicp
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Note
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.settings import fields

CHANGING = ("strength", "tv", "l2", "shape_exponent", "shape_colour")
"""Settings that may change over time: numbers that neither the gradient nor the steps' count and size depend on."""

PREVIEW_SIDE, PREVIEW_RATE = 240, 6
"""Pixels and frames per second of a preview."""

PER_PIXEL = 3.0
"""Bytes that a frame takes on disk while a film is dreamt, at 8 bits; PNG of dreams takes 2 to 2.5."""


def check(film: Film) -> Curves:
    """Refuse what is no film, as far as that can be checked without reading it.

    Returns: its settings over time.

    Raises:
        RecipeError: keyframes that are none.
        SettingError: an option out of its bounds, or a setting that makes no sense for a film.
    """
    settings = options.check(film)
    if film.end is not None and film.end <= film.start:
        raise SettingError(f"--start {film.start:g} and --end {film.end:g} leave nothing of the film.")
    if film.rate is not None and not film.source.is_dir():
        raise SettingError("--rate is for a folder of pictures: a film has its own frame rate.", "Leave it out.")
    usual = {name: getattr(settings, name) for name in CHANGING}
    facts = {name: fields.FIELDS[name].metadata for name in CHANGING}
    bounds = {name: (fact["low"], fact["high"]) for name, fact in facts.items()}
    return Curves(usual) if film.keyframes is None else keyframes.read(film.keyframes, usual, bounds)


def run(
    film: Film, session: Session, *, stop: Callable[[], bool] = lambda: False, flow: Flow = flow
) -> Generator[Event, None, Result]:
    """Dream a film and write it; a film that was begun resumes after its existing frames.

    Args:
        film: the film.
        session: shared by its frames.
        stop: called after each step; once true, the run ends, and the next one resumes from the last complete frame.
        flow: finds the motion between two frames.

    Yields: Notes, Steps, a Shot where one begins, a Dreamt after each frame, and Written at the end.

    Raises:
        DreamError: whatever keeps it from being done.
    """
    curves = check(film)
    film, source = _opened(film)
    target = targets.check(
        film.output,
        film.codec,
        film.crf,
        source=film.source,
        high_range=source.colours.high_range,
        force=film.force,
    )
    source = _in_range(source, target)
    first = next(source.frames(), None)
    if first is None:
        raise RequestError(f"{film.source} has no frame between --start {film.start:g} and --end {film.end}.")
    moving = MovingMask.of(film.given, session)
    request = _request(film, first.pixels, session)
    mask = None if moving is None else moving.sized(request.sizes[-1], request.settings.feather)
    pipeline.prepare(request, session)
    made = record.of_film(request, film, digest=record.sha256(film.source))
    notes = [*source.notes, *request.notes]
    source.notes.clear()
    _check_disk(film, request, source)
    folder = journal.beside(film.output)
    yield from map(Note, notes)
    bits = 16 if source.bits > 8 and target.deep else 8
    with journal.opened(folder, record.lasting(made), bits=bits, force=film.force) as kept:
        yield from kept.notes
        how = How(
            film.coherence == "flow",
            film.renewal,
            film.calm,
            film.compare,
            flow,
            settings=lambda seconds: {name: curves.at(name, seconds) for name in curves.keys},
            mask=mask,
        )
        dreaming = Dreaming(how, request, source, session, kept, stop)
        whole = yield from dreaming.run()
        flashes = dreaming.watch.report()
        result = Result(film.output, kept.progress.tally, flashes, made, notes, not whole, folder)
        progress = kept.progress

        def write() -> list[str]:
            return source.notes + targets.write(
                target, kept.frame, progress.times, progress.durations, source=source, record=made
            )

        return (yield from ended(result, kept, write, keep_frames=film.keep_frames))


def _opened(film: Film) -> tuple[Film, Source]:
    """The film's source, and for a preview the film made small: few frames, few pixels."""
    rate = None if film.rate is None else Fraction(film.rate).limit_denominator(1001)
    source = sources.opened(film.source, start=film.start, end=film.end, every=film.every, rate=rate)
    if film.preview:
        every = film.every * max(round(source.rate / film.every / PREVIEW_RATE), 1)
        film, source = replace(film, every=every), replace(source, every=every)
    return film, source


def _in_range(source: Source, target: Target) -> Source:
    """The source, mapped from HDR to sRGB where its target can't hold HDR."""
    colours = source.colours
    if not colours.high_range or (target.codec is not None and target.deep):
        return source
    space = cicp.coded(colours.primaries, colours.transfer)
    assert space is not None
    convert = cicp.tone_mapped(space)

    def tone(pixels: np.ndarray) -> np.ndarray:
        return convert(np.rint(pixels * 65535).astype(np.uint16)).astype(np.float32) / np.float32(65535)

    note = f"{target.path.name} can't hold HDR ({space.transfer}): it is mapped to sRGB as ITU-R BT.2390 does."
    return replace(source, colours=targets.flat(colours), tone=tone, bits=8, extra={}, notes=[*source.notes, note])


def _request(film: Film, pixels: np.ndarray, session: Session) -> Request:
    """The request of the first frame, which all others follow."""
    request = understand(Picture(pixels), film.given, session=session)
    largest = max(request.picture.pixels.shape[:2])
    if not film.preview or largest <= PREVIEW_SIDE:
        return request
    height, width = request.picture.pixels.shape[:2]
    size = f"{round(width * PREVIEW_SIDE / largest)}x{round(height * PREVIEW_SIDE / largest)}"
    return understand(Picture(pixels), {**film.given, "max_side": None, "size": size}, session=session)


def _check_disk(film: Film, request: Request, source: Source) -> None:
    """Refuse a film whose frames would fill the disk.

    Raises:
        RequestError: there is not enough room for them.
    """
    height, width = request.picture.pixels.shape[:2]
    needed = (source.expected or 0) * height * width * PER_PIXEL * (1 if source.bits == 8 else 2)
    free = shutil.disk_usage(film.output.resolve().parent).free
    if needed > free:
        raise RequestError(
            f"The frames of {film.output.name} need about {needed / 1e9:.1f} GB while it is dreamt; "
            f"{film.output.resolve().parent} has {free / 1e9:.1f} GB free.",
            "Name an output on another disk, or dream less of it with --end or --size.",
        )
