"""Videos, read by PyAV: exact times, upright pixels, colours as they are tagged.

opened(path) -> Source · container_of(path) -> PyAV's container
"""

import contextlib
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from deepdream.errors import ImageError, plural
from deepdream.film import side_data, yuv
from deepdream.film.source import Source, Stream

LENIENT: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Without it PyAV 18 rejects a file whose title is not UTF-8; PyAV 19 has no such option and needs none."""

PICTURE = av.stream.Disposition.attached_pic
TICKS = ("mpegts", "mpeg", "mpegvideo")
"""Containers whose clock begins anywhere; what they hold is moved to begin at zero, all streams alike."""

LATE = 1_000_000
"""Ticks a second of a container's own clock."""

EARLY = 0.5
"""Seconds: what a film may end before its container says; its sound is often a little longer."""


def opened(path: Path) -> Source:
    """A video's facts, from its header and first frame.

    Raises:
        ImageError: nothing of it can be read.
    """
    with container_of(path) as container:
        stream = film_stream(container, path)
        first = next(_decoded(container, stream, []), None)
        if first is None:
            raise ImageError(f"{path} holds no frame that can be decoded.")
        colours = yuv.colours_of(first)
        turn, note = upright(first)
        pixels = turn(np.empty((first.height, first.width, 0)))
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        if container.format.name in ("h264", "hevc"):  # raw streams have no times: the average is made up
            rate = Fraction(stream.guessed_rate or rate)
        lasts = _announced(container, stream)
        count = stream.frames or (max(round(lasts * rate), 1) if lasts else None)
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        bits = max(component.bits for component in first.format.components)
        sideways = pixels.shape[:2] != (first.height, first.width)
        lost = side_data.lost(first)
        notes = [text for text in (note, colours.taken, *lost) if text]
        if any(component.is_alpha for component in first.format.components) or stream.metadata.get("alpha_mode") == "1":
            notes.append("Its transparency can't be kept: its colours are shown as they are without it.")
        if first.interlaced_frame:
            notes.append("It is interlaced; whole frames are made of its fields by bwdif.")
        return Source(
            path=path,
            kind="video",
            size=(pixels.shape[0], pixels.shape[1]),
            time_base=Fraction(stream.time_base),
            rate=rate,
            count=count,
            read=partial(_read, interlaced=bool(first.interlaced_frame), told=set(lost)),
            bits=8 if bits <= 8 else 10,
            colours=colours,
            announced=None if stream.frames else lasts,
            aspect=1 / aspect if sideways else aspect,
            notes=notes,
            extra=side_data.carried(first) if colours.high_range else {},
        )


def container_of(path: Path) -> Any:
    """A video's container, opened to be read.

    Raises:
        ImageError: it is no video, or damaged where that can't be mended.
    """
    try:
        return av.open(str(path), **LENIENT)
    except (av.error.FFmpegError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError(f"{path} can't be read as a film: {reason}.") from None


def film_stream(container: Any, path: Path) -> Any:
    """The stream that is the film: the first video that is no cover art.

    Raises:
        ImageError: there is none.
    """
    films = [stream for stream in container.streams.video if not stream.disposition & PICTURE]
    if not films:
        raise ImageError(f"{path} holds no film.")
    return films[0]


def _announced(container: Any, stream: Any) -> float | None:
    """Seconds that the film lasts, by the header: subtitles and sound may last longer, so its own come first."""
    own = stream.metadata.get("DURATION", "").split(":")  # of Matroska: 00:01:02.000000000
    if len(own) == 3:
        with contextlib.suppress(ValueError):
            hours, minutes, seconds = map(float, own)
            return hours * 3600 + minutes * 60 + seconds
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return container.duration / LATE if container.duration else None


def offset(container: Any) -> int:
    """Ticks of `LATE` by which everything in a container is moved to begin at zero."""
    return container.start_time or 0 if container.format.name in TICKS else 0


def upright(frame: Any) -> tuple[Callable[[np.ndarray], np.ndarray], str]:
    """What turns a frame's pixels [H, W, C] upright by its display matrix, and a note where that can't be done."""
    found = side_data.of(frame).get("DISPLAYMATRIX")
    if found is None:
        return lambda pixels: pixels, ""
    a, b, _, c, d, *_ = np.frombuffer(found, np.int32).astype(float) / 65536
    if max(min(abs(a), abs(b)), min(abs(c), abs(d))) > 1e-3:
        degrees = math.degrees(math.atan2(b, a))
        return lambda pixels: pixels, f"Its turn by {degrees:.3g} degrees is left out: only quarter turns are made."
    crossed = abs(b) > abs(a)
    left, up = (c < 0, b < 0) if crossed else (a < 0, d < 0)

    def turn(pixels: np.ndarray) -> np.ndarray:
        pixels = pixels.swapaxes(0, 1) if crossed else pixels
        return pixels[:: -1 if up else 1, :: -1 if left else 1]

    return turn, ""


def _read(source: Source, *, interlaced: bool, told: set[str]) -> Stream:
    """Every frame's pts and pixels; what was damaged, or can't be kept and was not `told` yet, is added to the source's
    notes at the end.
    """
    with container_of(source.path) as container:
        stream = film_stream(container, source.path)
        start = Fraction(offset(container), LATE) / source.time_base
        damaged: list[str] = []
        frames = _decoded(container, stream, damaged)
        last, counted, good = -1, 0, None
        count, retimed = 0, False
        lost: set[str] = set()
        tick = 1 / (source.rate * source.time_base)
        for frame in _whole(frames, stream) if interlaced else frames:
            if frame.pts is None:
                pts, retimed = round(count * tick), True
            else:
                pts = round(Fraction(frame.pts) * Fraction(frame.time_base) / source.time_base - start)
                if pts <= last:
                    pts, retimed = last + max(round(tick), 1), True
            if frame.is_corrupt and good is not None:
                counted += 1
                frame = good
            good, last, count = frame, pts, count + 1
            lost.update(side_data.lost(frame))
            turn, _ = upright(frame)
            lasts = round(Fraction(frame.duration) * Fraction(frame.time_base) / source.time_base)
            yield pts, lasts or None, partial(_pixels, frame, turn, source.colours)
        source.notes += sorted(lost - told)
        told |= lost
        source.notes += _damage(source, count, counted + len(damaged), retimed, last)


def _pixels(frame: Any, turn: Callable[[np.ndarray], np.ndarray], colours: yuv.Colours) -> np.ndarray:
    return np.ascontiguousarray(turn(yuv.to_rgb(frame, colours)))


def _decoded(container: Any, stream: Any, damaged: list[str]) -> Iterator[Any]:
    """The frames that can be decoded; a packet that can't is noted in `damaged`, and the frame before lasts longer."""
    stream.thread_type = "AUTO"
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
            yield from packet.decode()
        except StopIteration:
            return
        except av.error.EOFError:
            return
        except av.error.FFmpegError as error:
            damaged.append(str(error))
            if len(damaged) > 10_000:
                return


def _whole(frames: Iterator[Any], stream: Any) -> Iterator[Any]:
    """Whole frames of interlaced ones, as many, at the same times."""
    graph, settings = None, (0, 0, "")
    for frame in frames:
        now = frame.width, frame.height, frame.format.name
        if graph is None or now != settings:
            graph, settings = av.filter.Graph(), now
            source = graph.add_buffer(template=stream, width=frame.width, height=frame.height, format=frame.format)
            bwdif = graph.add("bwdif", "mode=send_frame:deint=all")
            sink = graph.add("buffersink")
            source.link_to(bwdif)
            bwdif.link_to(sink)
            graph.configure()
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _pulled(graph: Any) -> Iterator[Any]:
    with contextlib.suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            yield graph.pull()


def _damage(source: Source, count: int, damaged: int, retimed: bool, last: int) -> list[str]:
    """Sentences about what was found damaged while reading."""
    notes = []
    if damaged:
        frames = "frame is" if damaged == 1 else "frames are"
        notes.append(f"{damaged} {frames} damaged in {source.path.name}; the previous frame is repeated instead.")
    if retimed:
        notes.append(f"{source.path.name} has no times, or times that run backwards; frames are counted instead.")
    seconds = float(last * source.time_base + 1 / source.rate)
    missing = seconds < source.announced - EARLY if source.announced else count < (source.count or 0)
    if missing and source.count:
        notes.append(
            f"{source.path.name} ends early: {count} of about {plural(source.count, 'frame')}, {seconds:.3g} seconds, "
            "are there."
        )
    return notes
