"""Writing a film to a video file by PyAV: frames are encoded, everything else of the source is copied by `copier`.

write(path, frames, ...) -> sentences about what could not be kept
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import av
import numpy as np

from deepdream.atomic import replacing
from deepdream.film import yuv
from deepdream.film.copier import Copier
from deepdream.film.formats import Codec, Format
from deepdream.film.source import Source

REORDERED = 3
"""Frames from which on x265 may reorder them: of fewer it gives no valid times."""


@dataclass(frozen=True)
class Shown:
    """A frame to write: [H, W, 3] float32 RGB in 0..1, when it is shown and for how long, in ticks."""

    pixels: np.ndarray
    pts: int
    duration: int


def write(
    path: Path,
    frames: Iterable[Shown],
    source: Source,
    *,
    format_: Format,
    codec: Codec,
    crf: int | None,
    bits: int,
    comment: str,
) -> list[str]:
    """Encode a film, atomically.

    Args:
        path: where to write.
        frames: in the order shown, all of one size.
        source: what the film was made from: its clock and colours and, of a video, what `copier` copies.
        format_: the container.
        codec: of its codecs.
        crf: constant quality; the codec's usual one when None.
        bits: 8 or more per channel.
        comment: what the container's comment is to hold.

    Returns: a sentence for each thing of the source that the container can't hold, or that changed.
    """
    frames = iter(frames)
    first = list(islice(frames, REORDERED))
    height, width = first[0].pixels.shape[:2]
    pixel_format = codec.pixels[bits > 8]
    notes = []
    if not codec.odd and pixel_format.startswith("yuv420") and (height % 2 or width % 2):
        height, width = height + height % 2, width + width % 2
        notes.append(f"Its sides are odd; a row or column was added, for {width}x{height}: that codec needs even ones.")
    colours = yuv.for_yuv(source.colours)
    options = _options(codec, crf, source, reorders=len(first) == REORDERED)
    with contextlib.ExitStack() as stack:
        part = stack.enter_context(replacing(path))
        out = stack.enter_context(av.open(str(part), "w", format=format_.container, options=format_.options))
        stream = _stream(out, codec, options, source, colours)
        stream.height, stream.width, stream.pix_fmt = height, width, pixel_format
        copier = Copier(out, source, format_.text) if source.kind == "video" else None
        if copier is not None:
            stack.callback(copier.close)
            notes += copier.notes
        out.metadata["comment"] = comment
        lasts: dict[int, int] = {}
        for shown in chain(first, frames):
            lasts[shown.pts] = shown.duration
            if copier is not None:
                copier.until(shown.pts * source.time_base)
            frame = yuv.to_frame(_padded(shown.pixels, height, width), pixel_format, colours)
            frame.pts, frame.time_base, frame.duration = shown.pts, source.time_base, shown.duration
            out.mux(_lasting(stream.encode(frame), lasts))
        if copier is not None:
            copier.until(None)
            notes += copier.late
        out.mux(_lasting(stream.encode(None), lasts))
    return notes


def _lasting(packets: list[Any], lasts: dict[int, int]) -> list[Any]:
    """The packets with the duration of the frame at their time, which encoders leave out; taken out of `lasts`."""
    for packet in packets:
        packet.duration = lasts.pop(packet.pts)
    return packets


def _options(codec: Codec, crf: int | None, source: Source, *, reorders: bool) -> dict[str, str]:
    """The encoder's options: quality, and what keeps the source's HDR."""
    options = dict(codec.options)
    if codec.crf is not None:
        options["crf"] = str(codec.crf if crf is None else crf)
    extra = source.extra.get(codec.encoder, "")
    if codec.encoder == "libx265":
        single = "" if reorders else "bframes=0"
        options["x265-params"] = ":".join(filter(None, ("log-level=error", single, extra)))
    elif extra:
        options["x264-params" if codec.encoder == "libx264" else "svtav1-params"] = extra
    return options


def _stream(out: Any, codec: Codec, options: dict[str, str], source: Source, colours: yuv.Colours) -> Any:
    """The stream of the film, with its clock and colours."""
    stream = out.add_stream(codec.encoder, rate=source.rate / source.every, options=options)
    stream.time_base = stream.codec_context.time_base = source.time_base
    context = stream.codec_context
    context.color_range, context.colorspace = colours.span, colours.matrix
    context.color_primaries, context.color_trc = colours.primaries, colours.transfer
    if source.aspect != 1:
        context.sample_aspect_ratio = source.aspect
    if codec.tag and out.format.name in ("mp4", "mov"):
        context.codec_tag = codec.tag
    return stream


def _padded(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The pixels with their last row and column repeated up to a size."""
    return np.pad(pixels, [(0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)], mode="edge")
