"""What a film needs before its first frame is dreamt: its files, and the request that all frames follow.

check(film) -> its settings over time       what can be refused without reading it
files(film) -> Files                        source and output, checked without TensorFlow
ready(film, files, curves, session) -> Ready
needed(...) -> bytes on disk · check_room(output, ...)
"""

import shutil
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from deepdream.errors import RequestError, SettingError, amount
from deepdream.film import coherence, journal, keyframes, options, outputs, record, sources
from deepdream.film.dreaming import How
from deepdream.film.flow import Flow, flow
from deepdream.film.keyframes import Curves
from deepdream.film.mask import MovingMask
from deepdream.film.options import Film
from deepdream.film.outputs import Output
from deepdream.film.source import Source
from deepdream.images import Picture, cicp
from deepdream.pipeline import provenance
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.request import Request, understand
from deepdream.pipeline.session import Session
from deepdream.settings import Size, fields

PREVIEW_SIDE, PREVIEW_RATE = 240, 6
"""Pixels and frames per second of a preview."""

PER_PIXEL = 3.0
"""Bytes that a frame takes on disk while a film is dreamt, at 8 bits; PNG of dreams takes 2 to 2.5."""

PER_STATE = 60.0
"""Bytes a pixel of what a next frame depends on, twice: it is replaced when the new one is written."""

MUCH = 1e8
"""Bytes of frames from which it is reported what they take."""


@dataclass(frozen=True, eq=False)
class Files:
    """Where a film comes from and where it goes."""

    source: Source
    output: Output

    @property
    def bits(self) -> int:
        """Bits per channel of the frames that are kept until the film is written."""
        return 16 if self.source.bits > 8 and self.output.deep else 8


@dataclass(frozen=True, eq=False)
class Ready:
    """A film that was checked in full.

    Attributes:
        request: of its first frame, which all others follow.
        how: the way.
        made: the record that the film will carry.
        notes: sentences for the user.
    """

    request: Request
    how: How
    made: dict[str, Any]
    notes: list[str]

    @property
    def size(self) -> Size:
        """(height, width) of its frames."""
        height, width = self.request.picture.pixels.shape[:2]
        return height, width


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
    usual = {name: getattr(settings, name) for name in options.CHANGING}
    facts = {name: fields.FIELDS[name].metadata for name in options.CHANGING}
    bounds = {name: (fact["low"], fact["high"]) for name, fact in facts.items()}
    return Curves(usual) if film.keyframes is None else keyframes.read(film.keyframes, usual, bounds)


def files(film: Film) -> Files:
    """Open a film's source and check its output.

    Raises:
        DreamError: as `sources.opened` and `outputs.check`.
    """
    source = _opened(film)
    output = outputs.check(
        film.output,
        film.codec,
        film.crf,
        source=film.source,
        high_range=source.colours.high_range,
        force=film.force,
    )
    return Files(_in_range(source, output), output)


def ready(film: Film, files: Files, curves: Curves, session: Session, flow: Flow = flow) -> Ready:
    """Check a film in full, by its first frame; the source's notes are taken out of it.

    Args:
        film: the film.
        files: its own.
        curves: its settings over time.
        session: shared by its frames.
        flow: finds the motion between two frames.

    Raises:
        DreamError: whatever keeps it from being dreamt.
    """
    source = files.source
    first = next(source.frames(), None)
    if first is None:
        end = "its end" if film.end is None else f"--end {film.end:g}"
        raise RequestError(f"{film.source} has no frame between --start {film.start:g} and {end}.")
    moving = MovingMask.of(film.given, session)
    request = _request(film, first.pixels, session)
    mask = None if moving is None else moving.sized(request.sizes[-1], request.settings.feather)
    pipeline.prepare(request, session)
    made = record.of_film(request, replace(film, every=source.every), session, digest=record.sha256(film.source))
    coherent = film.coherence == "flow"
    if coherent:
        made["runtime"]["coherence"] = coherence.VERSION
    how = How(
        coherent,
        film.renewal,
        film.calm,
        film.compare,
        flow,
        settings=lambda seconds: {name: curves.at(name, seconds) for name in curves.keys},
        mask=mask,
    )
    notes = [*source.notes, *request.notes]
    notes += provenance.differences(film.again[0], made) if film.again else []
    source.notes.clear()
    return Ready(request, how, made, notes)


def _opened(film: Film) -> Source:
    """The film's source; a preview takes few of its frames."""
    rate = None if film.rate is None else Fraction(film.rate).limit_denominator(1001)
    source = sources.opened(film.source, start=film.start, end=film.end, every=film.every, rate=rate)
    if film.preview:
        source.every *= max(round(source.rate / film.every / PREVIEW_RATE), 1)
    return source


def _in_range(source: Source, output: Output) -> Source:
    """The source, mapped from HDR to sRGB where its output can't hold HDR."""
    colours = source.colours
    if not colours.high_range or (output.codec is not None and output.deep):
        return source
    space = cicp.coded(colours.primaries, colours.transfer)
    assert space is not None
    convert = cicp.tone_mapped(space)

    def tone(pixels: np.ndarray) -> np.ndarray:
        return convert(np.rint(pixels * 65535).astype(np.uint16)).astype(np.float32) / np.float32(65535)

    note = f"{output.path.name} can't hold HDR ({space.transfer}): it is mapped to sRGB as ITU-R BT.2390 does."
    return replace(source, colours=outputs.flat(colours), tone=tone, bits=8, extra={}, notes=[*source.notes, note])


def _request(film: Film, pixels: np.ndarray, session: Session) -> Request:
    """The request of the first frame, which all others follow."""
    request = understand(Picture(pixels), film.given, session=session)
    largest = max(request.picture.pixels.shape[:2])
    if not film.preview or largest <= PREVIEW_SIDE:
        return request
    height, width = request.picture.pixels.shape[:2]
    size = f"{round(width * PREVIEW_SIDE / largest)}x{round(height * PREVIEW_SIDE / largest)}"
    return understand(Picture(pixels), {**film.given, "max_side": None, "size": size}, session=session)


def needed(count: int | None, size: Size, bits: int = 8) -> float:
    """Bytes that the frames of a film take on disk while it is dreamt.

    Args:
        count: of the frames; None where it isn't known.
        size: (height, width) of each.
        bits: per channel.
    """
    return size[0] * size[1] * ((count or 0) * PER_PIXEL * bits / 8 + PER_STATE)


def check_room(output: Output, count: int | None, size: Size, bits: int = 8, *, shorten: str = "--end") -> list[str]:
    """Refuse a film whose frames would fill the disk, or the memory where they have to lie there.

    Args:
        output: where it goes.
        count: of the frames; None where it isn't known.
        size: (height, width) of each.
        bits: per channel.
        shorten: the option that makes it shorter.

    Returns: a sentence about what they take, where that is much.

    Raises:
        RequestError: there is not enough room for them.
    """
    outputs.check_memory(output, count, size)
    taken, folder = needed(count, size, bits), output.path.resolve().parent
    free, beside = shutil.disk_usage(folder).free, journal.beside(output.path)
    left = taken - sum(path.stat().st_size for path in beside.glob("*"))  # a film that is resumed has some of them
    if left > free:
        raise RequestError(
            f"The frames of {output.path.name} need about {amount(left)} while it is dreamt; "
            f"{folder} has {amount(free)} free.",
            f"Name an output on another disk, or dream less of it with {shorten} or --size.",
        )
    return [] if taken < MUCH else [f"Its frames take about {amount(taken)} in {beside.name} until it is written."]
