"""What films are written as: one record per suffix, one per codec.

FORMATS: suffix -> Format · CODECS: name -> Codec
format_of(path) -> Format · codec_of(format, name, ...) -> Codec · check_pyav("Reading")
"""

from dataclasses import dataclass, field
from pathlib import Path

from deepdream.errors import ImageError, SettingError, install


@dataclass(frozen=True)
class Codec:
    """A video codec.

    Attributes:
        encoder: FFmpeg's name of the encoder.
        pixels: its pixel formats for 8 and for 10 bits.
        options: of the encoder.
        crf: the usual constant quality, less is better; None for a codec without.
        odd: whether it takes sides that are odd.
        tag: of the container, where players need another than FFmpeg's.
    """

    encoder: str
    pixels: tuple[str, str]
    options: dict[str, str] = field(default_factory=dict)
    crf: int | None = None
    odd: bool = False
    tag: str = ""


CODECS = {
    # x264's macroblock tree reads memory that it has not set: one run in some ten gives other bytes.
    "h264": Codec("libx264", ("yuv420p", "yuv420p10le"), {"preset": "medium", "mbtree": "0"}, crf=18),
    "hevc": Codec("libx265", ("yuv420p", "yuv420p10le"), {"preset": "medium"}, crf=20, tag="hvc1"),
    "av1": Codec("libsvtav1", ("yuv420p", "yuv420p10le"), {"preset": "6"}, crf=28, odd=True),
    "vp9": Codec("libvpx-vp9", ("yuv420p", "yuv420p"), {"b": "0", "row-mt": "1"}, crf=30, odd=True),
    "prores": Codec("prores_ks", ("yuv422p10le", "yuv422p10le"), {"profile": "hq"}, odd=True),
    "ffv1": Codec("ffv1", ("yuv444p", "yuv444p10le"), {"level": "3"}, odd=True),
}


@dataclass(frozen=True)
class Format:
    """A way to write a film.

    Attributes:
        name: for people.
        container: FFmpeg's name of it; "" for one that Pillow writes.
        codecs: of CODECS, the usual one first.
        options: of the container.
        text: FFmpeg's encoder of the text subtitles that it holds.
        at_once: whether it is written from all frames together, which then lie in memory.
    """

    name: str
    container: str = ""
    codecs: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    text: str = ""
    at_once: bool = False


_MP4 = Format("MP4", "mp4", ("h264", "hevc", "av1", "vp9"), {"movflags": "+faststart"}, "mov_text")
_MOV = Format("QuickTime", "mov", ("h264", "prores", "hevc"), {"movflags": "+faststart"}, "mov_text")
_MKV = Format("Matroska", "matroska", ("h264", "hevc", "av1", "vp9", "ffv1", "prores"), {"fflags": "+bitexact"}, "srt")
FORMATS = {
    ".mp4": _MP4,
    ".m4v": _MP4,
    ".mov": _MOV,
    ".mkv": _MKV,
    ".webm": Format("WebM", "webm", ("vp9", "av1"), {"fflags": "+bitexact"}, "webvtt"),
    ".gif": Format("GIF"),
    ".apng": Format("animated PNG", at_once=True),
    ".webp": Format("animated WebP", at_once=True),
}
"""By suffix; a path without one is a folder of pictures."""

READ = (".avi", ".flv", ".m2ts", ".mpeg", ".mpg", ".mts", ".ogv", ".ts", ".vob", ".wmv", ".3gp")
"""Suffixes of videos that are read and not written."""

VIDEOS = tuple(suffix for suffix, format_ in FORMATS.items() if format_.container)
"""Suffixes of what PyAV writes."""


def is_video(path: Path) -> bool:
    """By its suffix; one that is not known may be read all the same where it is named."""
    return path.suffix.lower() in (*VIDEOS, *READ)


def format_of(path: Path) -> Format | None:
    """The format of a film's path; None for a folder of pictures.

    Raises:
        ImageError: a suffix that no film is written as.
    """
    if not path.suffix or path.is_dir():
        return None
    if path.suffix.lower() not in FORMATS:
        raise ImageError(
            f"{path} can't be written: films are written as {', '.join(FORMATS)}, or into a folder.",
            "Give a name that ends so, for example film.mp4",
        )
    return FORMATS[path.suffix.lower()]


def codec_of(format_: Format, name: str | None, path: Path) -> Codec:
    """The codec by its name, or the format's usual one.

    Raises:
        SettingError: one that the container can't hold, or any for a format that has none.
    """
    if name is not None and name not in format_.codecs:
        known = f"it holds {', '.join(format_.codecs)}" if format_.codecs else f"{format_.name} has no choice of codecs"
        raise SettingError(f"--codec {name} does not go into {path}: {known}.")
    return CODECS[name or format_.codecs[0]]


def check_pyav(doing: str) -> None:
    """Check that PyAV is installed.

    Args:
        doing: what it is needed for, "Reading" or "Writing".

    Raises:
        ImageError: it is missing.
    """
    try:
        import av  # noqa: F401  (only whether it is there)
    except ImportError:
        raise ImageError(f"{doing} a video needs the package av.", install("av")) from None
