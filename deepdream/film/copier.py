"""What a video holds beside its film, copied bit for bit: sound, subtitles, attachments, cover art, chapters, metadata.
Only text subtitles are written anew where the container holds another codec of them.

Copier(out, source, text) · copier.until(seconds) · copier.notes
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av

from deepdream.film import subtitles, video
from deepdream.film.source import Source
from deepdream.film.subtitles import Subtitles

KINDS = {"audio": "sound", "subtitle": "subtitles", "attachment": "attachment", "data": "data", "video": "cover art"}
"""What people call PyAV's types of streams."""


class Copier:
    """The other streams of a video on their way into another file, packet by packet.

    Args:
        out: the container that is written; its streams are added here.
        source: the video, and the seconds of it that are kept.
        text: FFmpeg's encoder of the text subtitles that the container holds.

    Attributes:
        notes: a sentence for each stream that the container can't hold, or not as it is.
    """

    def __init__(self, out: Any, source: Source, text: str) -> None:
        self._out, self._source = out, source
        self._file = video.container_of(source.path)
        self.notes: list[str] = []
        self._streams: dict[int, Any] = {}
        self._rewritten: dict[int, Subtitles] = {}
        film = video.film_stream(self._file, source.path)
        for stream in self._file.streams:
            if stream.index == film.index:
                continue
            try:
                self._streams[stream.index] = _added(out, stream, source)
            except (ValueError, av.error.FFmpegError):
                self.notes.append(self._other(stream, text))
        self._describe(film)
        self._start = Fraction(video.offset(self._file), video.LATE)
        self._packets = self._wanted()
        self._waiting = next(self._packets, None)

    @property
    def late(self) -> list[str]:
        """A sentence for each stream that turned out to be damaged."""
        return [note for one in self._rewritten.values() for note in one.notes]

    def close(self) -> None:
        """Close the source."""
        self._file.close()

    def until(self, seconds: Fraction | None) -> None:
        """Copy what comes before a time; everything that is left for None."""
        while self._waiting is not None:
            packet = self._waiting
            if seconds is not None and packet.dts * packet.time_base > seconds:
                return
            number = packet.stream.index
            if number in self._rewritten:
                self._out.mux(list(self._rewritten[number].packets(packet)))
            else:
                packet.stream = self._streams[number]
                self._out.mux(packet)
            self._waiting = next(self._packets, None)
        for one in self._rewritten.values():
            self._out.mux(one.rest())

    def _other(self, stream: Any, text: str) -> str:
        """Have a stream that can't be copied written anew, or left out; the sentence about it."""
        container = self._out.format.name
        if not subtitles.readable(stream):
            return f"{_named(stream)} does not go into {container}; it is left out."
        target = self._out.add_stream(text)
        _describe(target, stream)
        self._streams[stream.index], rewritten = target, Subtitles(stream, target)
        self._rewritten[stream.index] = rewritten
        lost = f"; its {rewritten.lost} are lost" if rewritten.lost else ""
        return f"{_named(stream)} does not go into {container}; it is written as {text}{lost}."

    def _wanted(self) -> Iterator[Any]:
        """The packets of the streams that are copied, in the seconds that are kept, their times moved to its start."""
        copied = [
            stream
            for stream in self._file.streams
            if stream.index in self._streams and self._streams[stream.index].type != "attachment"
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
                if not self._kept(packet):
                    continue
                moved = round((self._start + Fraction(self._source.span[0])) / packet.time_base)
                packet.pts, packet.dts = packet.pts - moved, packet.dts - moved
            yield packet

    def _kept(self, packet: Any) -> bool:
        """Whether a packet begins in the seconds that are kept; a subtitle shown as they begin or end is cut."""
        begin, end = self._source.span
        at, lasts = packet.pts * packet.time_base - self._start, (packet.duration or 0) * packet.time_base
        stop, cut = at + lasts, packet.stream.type == "subtitle" and lasts > 0
        if end is not None and at >= end:
            return False
        if begin > 0 and at < begin:
            if not cut or stop <= begin:
                return False
            at = Fraction(begin)
        if cut:
            stop = stop if end is None else min(stop, Fraction(end))
            packet.pts = packet.dts = round((self._start + at) / packet.time_base)
            packet.duration = round((self._start + stop) / packet.time_base) - packet.pts
        return True

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


def _added(out: Any, stream: Any, source: Source) -> Any:
    """A stream of the same kind in the container that is written.

    Raises:
        ValueError: the container can't hold it.
    """
    if stream.type == "attachment" and out.format.name == "matroska":
        return out.add_attachment(stream.metadata["filename"], stream.mimetype, stream.data)
    if stream.type == "video" and stream.disposition & video.PICTURE:
        if out.format.name == "matroska":
            return _attached(out, stream, source)
        if out.format.name != "mp4":
            raise ValueError("the container holds no cover art")
    if stream.codec_context is None or stream.codec_context.codec.canonical_name not in out.supported_codecs:
        raise ValueError("the container does not list the codec")
    added = out.add_stream_from_template(stream)
    _describe(added, stream)
    if stream.type != "video":
        added.time_base = stream.time_base
    return added


def _attached(out: Any, stream: Any, source: Source) -> Any:
    """A cover as Matroska holds it: an attachment, of a name that its specification gives."""
    with video.container_of(source.path) as file:
        data = next(bytes(packet) for packet in file.demux(file.streams[stream.index]) if packet.size)
    name = stream.codec_context.name
    kind, suffix = ("jpeg", "jpg") if name == "mjpeg" else (name, name)
    facts = stream.metadata
    return out.add_attachment(facts.get("filename", f"cover.{suffix}"), facts.get("mimetype", f"image/{kind}"), data)


def _describe(added: Any, stream: Any) -> None:
    """Give a stream the language, title and disposition of another."""
    added.metadata.update({key: value for key, value in stream.metadata.items() if key not in ("ENCODER", "DURATION")})
    added.disposition = stream.disposition


def _named(stream: Any) -> str:
    """A stream that is not copied, for a sentence."""
    name = stream.codec_context.name if stream.codec_context else stream.metadata.get("handler_name", "")
    language = f", {stream.language}" if stream.language else ""
    what = f"{KINDS.get(stream.type, stream.type)}{f', {name}' if name else ''}{language}"
    return f"Track {stream.index} ({what})"


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
