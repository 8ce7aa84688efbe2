"""Text subtitles written anew where a container can't hold their codec: the same words, italics and times.

readable(stream) -> bool
Subtitles(source, target).packets(packet) -> packets of the target · .rest() -> the last ones
"""

from collections.abc import Iterator
from typing import Any

import av
from av.subtitles.subtitle import SubtitleSet

from deepdream.errors import plural

STYLED = ("ass", "ssa")
"""Codecs whose fonts and positions no other one holds."""

BRACE = rb"\{{}"
"""A brace as FFmpeg's decoder of WebVTT writes it; its encoders would write all four signs."""


def readable(stream: Any) -> bool:
    """Whether a stream holds text subtitles that FFmpeg decodes."""
    context = stream.codec_context
    if context is None or not context.codec.text_sub:
        return False
    try:
        context.open(strict=False)
    except (ValueError, av.error.FFmpegError):
        return False
    return context.subtitle_header is not None


class Subtitles:
    """A track of text subtitles on its way into another codec, by FFmpeg's decoder and encoder.

    Args:
        source: the stream that is read, see `readable`.
        target: the stream that is written, of FFmpeg's encoder mov_text, srt or webvtt.

    Attributes:
        lost: what the new codec can't hold, for a sentence; "" for nothing.
        damaged: how many packets could not be decoded.
    """

    def __init__(self, source: Any, target: Any) -> None:
        self._decoder, self._target, self._encoder = source.codec_context, target, target.codec_context
        self._number = source.index
        self._encoder.subtitle_header = self._decoder.subtitle_header
        target.time_base = self._encoder.time_base = source.time_base
        self.lost = "fonts and positions" if self._decoder.name in STYLED else ""
        self.damaged = 0
        self._held: list[Any] = []

    def packets(self, packet: Any) -> Iterator[Any]:
        """A packet's subtitles, at its own times; none where it only ends the one before, as in MP4.

        MP4 shows one at a time, and its writer delays what begins earlier: so each is held back until the next one is
        known, and ends where that begins.
        """
        for one in self._written(packet):
            if self._encoder.name != "mov_text":
                yield one
                continue
            for held in self._held:
                if held.pts < one.pts < held.pts + held.duration:
                    held.duration = one.pts - held.pts
            yield from self.rest()
            self._held = [one]

    def rest(self) -> list[Any]:
        """What was held back."""
        held, self._held = self._held, []
        return held

    def _written(self, packet: Any) -> Iterator[Any]:
        try:
            decoded = self._decoder.decode2(packet) or ()
        except av.error.FFmpegError:
            self.damaged += 1
            return
        for found in decoded:
            words = found.ass.replace(BRACE, b"{")
            words = _escaped(words) if self._encoder.name == "webvtt" else words
            one = self._encoder.encode_subtitle(SubtitleSet.create(text=words, start=0, end=0))
            one.stream, one.time_base = self._target, packet.time_base
            one.pts, one.dts, one.duration = packet.pts, packet.dts, packet.duration
            yield one

    @property
    def notes(self) -> list[str]:
        """A sentence about what was damaged."""
        count = plural(self.damaged, "packet")
        return [f"Track {self._number} (subtitles) has {count} that can't be decoded."] if self.damaged else []


def _escaped(line: bytes) -> bytes:
    """A line of ASS with the signs that are markup in WebVTT escaped, which FFmpeg's encoder does not do."""
    return line.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
