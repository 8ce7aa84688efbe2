"""Writing a film to a video, an animation or a folder of pictures, by its path.

check(path, codec, ...) -> Output · check_memory(output, ...)
write(output, frames, ...) -> sentences about what was not kept
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import ImageError, RequestError, SettingError
from deepdream.film import animations, formats
from deepdream.film.formats import Codec, Format
from deepdream.film.source import Source
from deepdream.film.yuv import Colours
from deepdream.gradient import memory
from deepdream.images import outputs
from deepdream.settings import Size

CRF = range(64)


@dataclass(frozen=True)
class Output:
    """Where a film goes, and as what.

    Attributes:
        path: of the file or folder.
        format_: None for a folder of pictures.
        codec: None for a folder or an animation.
        crf: constant quality; None for the codec's usual one.
    """

    path: Path
    format_: Format | None
    codec: Codec | None
    crf: int | None

    @property
    def deep(self) -> bool:
        """Whether it holds more than 8 bits a channel."""
        return self.format_ is None or (self.codec is not None and "10" in self.codec.pixels[1])


def check(
    path: Path,
    codec: str | None,
    crf: int | None,
    *,
    source: Path | None = None,
    high_range: bool = False,
    force: bool = False,
) -> Output:
    """Check that a film can be written, before any time is spent on dreaming.

    Args:
        path: of a video, an animation, or a folder.
        codec: by name; the format's usual one when None, for HDR HEVC.
        crf: constant quality.
        source: what the film is made from, which it may not replace.
        high_range: whether the film is HDR.
        force: whether an existing film is replaced.

    Raises:
        RequestError: it would replace its source.
        ImageError: a suffix, folder or file that can't hold it, or PyAV is missing.
        SettingError: a codec that the container can't hold, or a quality out of its bounds.
    """
    if source is not None and os.path.realpath(path) == os.path.realpath(source):
        raise RequestError(f"The output {path} is the input itself.", "Name another output.")
    format_ = formats.format_of(path)
    if format_ is None:
        outputs.check_folder(path, "a film without a suffix")
    else:
        outputs.check_file(path)
    taken = path.is_dir() and any(path.iterdir()) if format_ is None else path.exists()
    if taken and not force:
        raise ImageError(f"{path} is there already.", "Name another output, or replace it with --force")
    if format_ is None or not format_.container:
        if codec is not None or crf is not None:
            raise SettingError(f"--codec and --crf are of videos; {path} is none.")
        return Output(path, format_, None, None)
    formats.check_pyav("Writing")
    if codec is None and high_range and "hevc" in format_.codecs:
        codec = "hevc"
    chosen = formats.codec_of(format_, codec, path)
    if crf is not None and (chosen.crf is None or crf not in CRF):
        why = "is out of its bounds: 0 to 63" if chosen.crf is not None else f"has no effect on {codec}"
        raise SettingError(f"--crf {crf} {why}.")
    return Output(path, format_, chosen, crf)


def check_memory(output: Output, count: int | None, size: Size) -> None:
    """Refuse a film whose frames have to lie in memory together, and don't fit.

    Args:
        output: see `check`.
        count: of the frames; None where it isn't known.
        size: (height, width) of each.

    Raises:
        RequestError: they don't fit in the memory that is free.
    """
    if output.format_ is None or not output.format_.at_once:
        return
    needed, free = (count or 0) * size[0] * size[1] * 3, memory.free()
    if needed > free:
        raise RequestError(
            f"{output.path.name} is written from all frames at once, which take {needed / 1e9:.1f} GB of memory; "
            f"{free / 1e9:.1f} GB are free.",
            "Name a video, such as film.mp4, or make it smaller with --size.",
        )


def write(
    output: Output,
    frame: Callable[[int], np.ndarray],
    times: Sequence[int],
    durations: Sequence[int],
    *,
    source: Source,
    record: dict[str, Any],
) -> list[str]:
    """Write a film, atomically; a folder picture by picture.

    Args:
        output: see `check`.
        frame: the number of a frame -> [H, W, 3] float32 RGB in 0..1.
        times: of each frame, in the source's ticks, rising.
        durations: of each, in ticks; the last one's counts, 0 for unknown.
        source: what the film was made from: its clock, colours and, of a video, everything beside the pictures.
        record: the record to embed.

    Returns: sentences about what could not be kept.
    """
    shift = round(Fraction(source.span[0]) / source.time_base)
    shown = [time - shift for time in times]
    last = durations[-1] or round(source.every / (source.rate * source.time_base))
    ends = [*shown[1:], shown[-1] + max(last, 1)]
    if output.format_ is None:
        return _folder(output.path, frame, len(shown), record, source.bits)
    if output.codec is None:
        tick = 10 if output.path.suffix.lower() == ".gif" else 1
        clock = [round(float(time * source.time_base) * 1000 / tick) * tick for time in [shown[0], *ends]]
        gaps = [max(after - before, tick) for before, after in pairwise(clock)]
        animations.write(
            output.path, map(frame, range(len(shown))), gaps, loops=source.loops, recipe=record, quality=90
        )
        return [] if source.kind != "video" else [f"{output.format_.name} holds no sound: only the pictures are there."]
    from deepdream.film import encode

    def frames() -> Iterator[encode.Shown]:
        for number, (time, end) in enumerate(zip(shown, ends, strict=True)):
            yield encode.Shown(frame(number), time, end - time)

    return encode.write(
        output.path,
        frames(),
        source,
        format_=output.format_,
        codec=output.codec,
        crf=output.crf,
        bits=source.bits if output.deep else 8,
        comment=json.dumps(record, separators=(",", ":")),
    )


def flat(colours: Colours) -> Colours:
    """The colours of a film that was mapped from HDR: BT.709's."""
    return replace(colours, primaries=1, transfer=1, matrix=1)


def _folder(path: Path, frame: Callable[[int], np.ndarray], count: int, record: dict[str, Any], bits: int) -> list[str]:
    """The frames as PNG files, from frame-000001.png."""
    path.mkdir(exist_ok=True)
    for number in range(count):
        images.write(path / f"frame-{number + 1:06d}.png", frame(number), bits=8 if bits == 8 else 16, recipe=record)
    return []
