"""The formats of files: one record each, with all that the rest needs to know of it.

of_content(start) -> Format           which format a file's first bytes are
of_suffix(suffix) -> Format           which is written under a name
other(start) -> name                  of a kind of picture that is not read
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from deepdream.images import encode
from deepdream.images.decoders import bmp, heif, jpeg, pillow, png, tiff, webp
from deepdream.images.opened import Opened


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        name: for people.
        suffixes: in small letters.
        is_it: whether a file with these first bytes is of it.
        opener: reads it, see `opened`.
        encoder: writes it, see `encode`; None for what is only read.
        deep: whether 16 bits per channel can be written.
        alpha: whether transparency can be written.
        drops_opaque: whether its encoder leaves out transparency that is nowhere.
        longest: pixels on a side that can be written, where there is a limit worth naming.
        exif_limit: bytes of EXIF that can be written, where there is one.
        xmp_limit: the same of the packet with the recipe.
    """

    name: str
    suffixes: tuple[str, ...]
    is_it: Callable[[bytes], bool]
    opener: Callable[[BinaryIO], Opened]
    encoder: encode.Encoder | None = None
    deep: bool = False
    alpha: bool = True
    drops_opaque: bool = False
    longest: int | None = None
    exif_limit: int | None = None
    xmp_limit: int | None = None


def _begins(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda start: start.startswith(signatures)


def _brands(start: bytes) -> list[bytes]:
    """The brands of a file made of boxes: its own, and those it is compatible with."""
    if start[4:8] != b"ftyp":
        return []
    own = start[8 : int.from_bytes(start[:4], "big")]
    return [own[i : i + 4] for i in range(0, len(own), 4)]


def _is_avif(start: bytes) -> bool:
    return any(brand in heif.AVIF_BRANDS for brand in _brands(start))


def _is_heic(start: bytes) -> bool:
    return not _is_avif(start) and any(brand in heif.HEIC_BRANDS for brand in _brands(start))


def _is_bmp(start: bytes) -> bool:
    """A file's header, or that of a picture alone: its own length and one plane."""
    length, planes = int.from_bytes(start[:4], "little"), start[8:10] if start[0:1] == b"\x0c" else start[12:14]
    return start.startswith(b"BM") or (length in bmp.HEADERS and planes == b"\1\0")


FORMATS = (
    Format("PNG", (".png",), _begins(b"\x89PNG"), png.opened, encode.png, deep=True),
    Format(
        "JPEG",
        (".jpg", ".jpeg"),
        _begins(b"\xff\xd8\xff"),
        jpeg.opened,
        encode.jpeg,
        alpha=False,
        longest=65_500,
        exif_limit=65_300,
        xmp_limit=65_000,
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        tiff.opened,
        encode.tiff,
        deep=True,
    ),
    Format(
        "WebP",
        (".webp",),
        lambda start: start[:4] == b"RIFF" and start[8:12] == b"WEBP",
        webp.opened,
        encode.webp,
        drops_opaque=True,
        longest=16_383,
    ),
    Format("AVIF", (".avif",), _is_avif, heif.avif, encode.avif, drops_opaque=True, longest=65_536),
    Format("HEIC", (".heic", ".heif"), _is_heic, heif.heic),
    Format("GIF", (".gif",), _begins(b"GIF87a", b"GIF89a"), pillow.gif),
    Format("BMP", (".bmp", ".dib"), _is_bmp, bmp.opened),
)

SUFFIXES_READ = tuple(suffix for format_ in FORMATS for suffix in format_.suffixes)
"""What to take from a folder; a file named otherwise is read just as well, by its content."""

SUFFIXES_WRITTEN = tuple(suffix for format_ in FORMATS if format_.encoder for suffix in format_.suffixes)

NAMES = ", ".join(format_.name for format_ in FORMATS[:-1]) + f" and {FORMATS[-1].name}"


_OTHERS = (
    ("JPEG XL", (b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    ("JPEG 2000", (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")),
    ("JPEG XR", (b"II\xbc",)),
    ("JPEG XS", (b"\0\0\0\x0cJXS ", b"\xff\x10\xff\x50")),
    ("Photoshop", (b"8BPS",)),
    ("GIMP", (b"gimp xcf",)),
    ("OpenEXR", (b"\x76\x2f\x31\x01",)),
    ("Radiance", (b"#?RADIANCE", b"#?RGBE")),
    ("QOI", (b"qoif",)),
    ("DDS", (b"DDS ",)),
    ("PNM", tuple(b"P%c%c" % (kind, blank) for kind in b"1234567Ff" for blank in b"\n\r\t #")),
    ("icon", (b"\0\0\1\0", b"\0\0\2\0", b"icns")),
    ("PCX", tuple(b"\x0a%c\1" % version for version in (0, 2, 3, 4, 5))),
    ("SGI", (b"\1\xda",)),
    ("Sun raster", (b"\x59\xa6\x6a\x95",)),
    ("FITS", (b"SIMPLE  =",)),
    ("DPX", (b"SDPX", b"XPDS")),
    ("Cineon", (b"\x80\x2a\x5f\xd7",)),
    ("XPM", (b"/* XPM */",)),
    ("MIFF", (b"id=ImageMagick",)),
    ("farbfeld", (b"farbfeld",)),
    ("BPG", (b"BPG\xfb",)),
    ("FLIF", (b"FLIF",)),
    ("PDF", (b"%PDF",)),
    ("PostScript", (b"%!PS", b"\xc5\xd0\xd3\xc6")),
    ("MNG", (b"\x8aMNG", b"\x8bJNG")),
    ("DjVu", (b"AT&TFORM",)),
    ("WMF", (b"\xd7\xcd\xc6\x9a",)),
    ("camera's raw", (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")),
)
"""Pictures of other kinds, by their first bytes: refused by name."""

_LATER = (("EMF", 40, b" EMF"), ("DICOM", 128, b"DICM"))
"""The same, identified by later bytes."""

_HEIF = (b"avci", b"avcs", b"vvic", b"vvis", b"evbi", b"evbs", b"j2ki", b"j2is", b"jpeg", b"jpgs", b"unif", b"miaf")
"""Brands of HEIF pictures with a codec other than HEIC's and AVIF's."""


def _is_targa(start: bytes) -> bool:
    """By its header alone, since it has no signature: valid kinds, bits and size."""
    if len(start) < 18 or start[1] > 1 or start[2] not in (1, 2, 3, 9, 10, 11) or start[16] not in (8, 15, 16, 24, 32):
        return False
    return start[12:14] != b"\0\0" != start[14:16] and start[17] < 64


def other(start: bytes) -> str:
    """What kind of picture a file is that is not read; "" for none that is known."""
    brands = _brands(start)
    if brands and (brands[0] == b"crx " or any(brand in _HEIF for brand in brands)):
        return "camera's raw" if brands[0] == b"crx " else "HEIF of another coding"
    if b"<svg" in start:
        return "SVG"
    if _is_targa(start):
        return "Targa"
    for name, at, signature in _LATER:
        if start[at:].startswith(signature):
            return name
    return next((name for name, signatures in _OTHERS if start.startswith(signatures)), "")


def of_content(start: bytes) -> Format | None:
    """The format of a file by its first bytes (64 or more, where there are); None for no picture."""
    return next((format_ for format_ in FORMATS if format_.is_it(start)), None)


def of_suffix(suffix: str) -> Format | None:
    """The format that is written under a suffix, in any letters; None for none."""
    return next((format_ for format_ in FORMATS if format_.encoder and suffix.lower() in format_.suffixes), None)
