"""Writing a film to a video file by PyAV: frames are encoded, everything else of the source is copied bit for bit.

write(path, frames, ...) -> sentences about what could not be kept
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np

from deepdream.atomic import replacing
from deepdream.film import video, yuv
from deepdream.film.formats import Codec, Format
from deepdream.film.source import Source

REORDERED = 3
"""Frames from which on x265 may reorder them: of fewer it gives no valid times."""

KINDS = {"audio": "sound", "subtitle": "subtitles", "attachment": "attachment", "data": "data", "video": "cover art"}
"""What people call PyAV's types of streams."""


@dataclass(frozen=True)
class Shown:
    """A frame to write: [H, W, 3] float32 RGB in 0..1, when it is shown and for how long, in ticks."""

    pixels: np.ndarray
    pts: int
    duration: int


def write(
    path: Path,
    frames: Iterable[Shown],
    *,
    format_: Format,
    codec: Codec,
    crf: int | None,
    bits: int,
    time_base: Fraction,
    rate: Fraction,
    colours: yuv.Colours,
    comment: str,
    source: Source | None = None,
) -> list[str]:
    """Encode a film, atomically.

    Args:
        path: where to write.
        frames: in the order shown, all of one size.
        format_: the container.
        codec: of its codecs.
        crf: constant quality; the codec's usual one when None.
        bits: 8 or more per channel.
        time_base: seconds per tick.
        rate: frames per second, for the header.
        colours: of the video, with which it is tagged.
        comment: what the container's comment is to hold.
        source: the video whose other streams, chapters and metadata are copied, in its span of seconds.

    Returns: a sentence for each thing of the source that the container can't hold, or that changed.
    """
    frames = iter(frames)
    first = list(islice(frames, REORDERED))
    height, width = first[0].pixels.shape[:2]
    pixel_format = codec.pixels[bits > 8]
    pad = not codec.odd and pixel_format.startswith("yuv420") and (height % 2 or width % 2)
    notes = []
    if pad:
        height, width = height + height % 2, width + width % 2
        notes.append(f"Its sides are odd; a row or column was added, for {width}x{height}: that codec needs even ones.")
    colours = yuv.for_yuv(colours)
    with contextlib.ExitStack() as stack:
        part = stack.enter_context(replacing(path))
        out = stack.enter_context(av.open(str(part), "w", format=format_.container, options=format_.options))
        stream = _stream(
            out, codec, crf, (height, width), pixel_format, time_base, rate, colours, source, len(first) == REORDERED
        )
        copier = Copier(out, source) if source is not None and source.kind == "video" else None
        if copier is not None:
            stack.callback(copier.close)
            notes += copier.notes
        out.metadata["comment"] = comment
        for shown in first, frames:
            for one in shown:
                if copier is not None:
                    copier.until(one.pts * time_base)
                pixels = np.pad(one.pixels, _edges(one.pixels, height, width), mode="edge") if pad else one.pixels
                frame = yuv.to_frame(pixels, pixel_format, colours)
                frame.pts, frame.time_base, frame.duration = one.pts, time_base, one.duration
                out.mux(stream.encode(frame))
        if copier is not None:
            copier.until(None)
        out.mux(stream.encode(None))
    return notes


def _stream(
    out: Any,
    codec: Codec,
    crf: int | None,
    size: tuple[int, int],
    pixel_format: str,
    time_base: Fraction,
    rate: Fraction,
    colours: yuv.Colours,
    source: Source | None,
    reorders: bool,
) -> Any:
    """The stream of the film, ready to encode."""
    options = dict(codec.options)
    if codec.crf is not None:
        options["crf"] = str(codec.crf if crf is None else crf)
    if codec.encoder == "libx265":
        single = "" if reorders else "bframes=0"
        options["x265-params"] = ":".join(filter(None, ("log-level=error", single, _extra(source, codec))))
    elif codec.encoder in ("libx264", "libsvtav1") and (extra := _extra(source, codec)):
        options["x264-params" if codec.encoder == "libx264" else "svtav1-params"] = extra
    stream = out.add_stream(codec.encoder, rate=rate, options=options)
    stream.height, stream.width = size
    stream.pix_fmt = pixel_format
    stream.time_base = stream.codec_context.time_base = time_base
    context = stream.codec_context
    context.color_range, context.colorspace = colours.span, colours.matrix
    context.color_primaries, context.color_trc = colours.primaries, colours.transfer
    if source is not None and source.aspect != 1:
        context.sample_aspect_ratio = source.aspect
    if codec.tag and out.format.name in ("mp4", "mov"):
        context.codec_tag = codec.tag
    return stream


def _extra(source: Source | None, codec: Codec) -> str:
    return "" if source is None else source.extra.get(codec.encoder, "")


def _edges(pixels: np.ndarray, height: int, width: int) -> list[tuple[int, int]]:
    return [(0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)]


class Copier:
    """The other streams of a video on their way into another file, packet by packet.

    Args:
        out: the container that is written; its streams are added here.
        source: the video, and the seconds of it that are kept.

    Attributes:
        notes: a sentence for each stream that the container can't hold.
    """

    def __init__(self, out: Any, source: Source) -> None:
        self._out, self._source = out, source
        self._file = video.container_of(source.path)
        self.notes: list[str] = []
        self._streams: dict[int, Any] = {}
        film = video.film_stream(self._file, source.path)
        for stream in self._file.streams:
            if stream.index == film.index:
                continue
            try:
                self._streams[stream.index] = _added(out, stream)
            except (ValueError, av.error.FFmpegError):
                self.notes.append(_left_out(stream, out.format.name))
        self._describe(film)
        self._start = Fraction(video.offset(self._file), video.LATE)
        self._packets = self._wanted()
        self._waiting = next(self._packets, None)

    def close(self) -> None:
        """Close the source."""
        self._file.close()

    def until(self, seconds: Fraction | None) -> None:
        """Copy what comes before a time; everything that is left for None."""
        while self._waiting is not None:
            packet = self._waiting
            if seconds is not None and packet.dts * packet.time_base > seconds:
                return
            packet.stream = self._streams[packet.stream.index]
            self._out.mux(packet)
            self._waiting = next(self._packets, None)

    def _wanted(self) -> Iterator[Any]:
        """The packets of the streams that are copied, in the seconds that are kept, their times moved to its start."""
        begin, end = self._source.span
        copied = [
            stream for stream in self._file.streams if stream.index in self._streams and stream.type != "attachment"
        ]
        if not copied:
            return
        for packet in self._file.demux(copied):
            if packet.size == 0:
                continue
            cover = packet.stream.type == "video"
            if packet.pts is None or packet.dts is None:
                if not cover:
                    continue
                packet.pts = packet.dts = 0
            if not cover:
                at = packet.pts * packet.time_base - self._start
                if (at < begin and begin > 0) or (end is not None and at >= end):
                    continue
                moved = round((self._start + Fraction(begin)) / packet.time_base)
                packet.pts, packet.dts = packet.pts - moved, packet.dts - moved
            yield packet

    def _describe(self, film: Any) -> None:
        """Copy the metadata of the file and of the film's stream, and the chapters inside the span."""
        own = {key: value for key, value in self._file.metadata.items() if key.lower() not in ("encoder", "comment")}
        self._out.metadata.update({key: value for key, value in own.items() if not key.endswith("_brand")})
        target = self._out.streams.video[0]
        kept = ("language", "title", "handler_name", "creation_time")
        target.metadata.update({key: value for key, value in film.metadata.items() if key in kept})
        target.disposition = film.disposition
        chapters = _inside(self._file.chapters(), *self._source.span)
        if chapters:
            self._out.set_chapters(chapters)


def _added(out: Any, stream: Any) -> Any:
    """A stream of the same kind in the container that is written.

    Raises:
        ValueError: the container can't hold it.
    """
    if stream.type == "attachment" and out.format.name == "matroska":
        return out.add_attachment(stream.metadata["filename"], stream.mimetype, stream.data)
    if stream.codec_context is None or stream.codec_context.codec.canonical_name not in out.supported_codecs:
        raise ValueError("the container does not list the codec")
    added = out.add_stream_from_template(stream)
    added.metadata.update({key: value for key, value in stream.metadata.items() if key not in ("ENCODER", "DURATION")})
    added.disposition = stream.disposition
    if stream.type != "video":
        added.time_base = stream.time_base
    return added


def _left_out(stream: Any, container: str) -> str:
    """The sentence about a stream that is not copied."""
    name = stream.codec_context.name if stream.codec_context else stream.metadata.get("handler_name", "")
    language = f", {stream.language}" if stream.language else ""
    what = f"{KINDS.get(stream.type, stream.type)}{f', {name}' if name else ''}{language}"
    return f"Track {stream.index} ({what}) does not go into {container}; it is left out."


def _inside(chapters: Sequence[Any], begin: float, end: float | None) -> list[Any]:
    """The chapters of a span of seconds, moved to its start."""
    found = []
    for chapter in chapters:
        base = chapter["time_base"]
        first, last = Fraction(begin) / base, None if end is None else Fraction(end) / base
        start = max(chapter["start"], first)
        stop = chapter["end"] if last is None else min(chapter["end"], last)
        if start < stop:
            found.append({**chapter, "start": round(start - first), "end": round(stop - first)})
    return found
