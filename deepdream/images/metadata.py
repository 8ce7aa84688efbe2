"""What a file carries beside its pixels: EXIF tags, the recipe, and how a panorama lies on its sphere.

tags(image) -> all tags                 tidy(tags, dpi, converted) -> the EXIF block that still holds
packet(recipe, panorama) -> XMP packet  unpack(packet) -> recipe        tree(packet) -> its elements

The recipe travels as JSON in one property of an XMP packet, because every format that is written here has a place for
such a packet and metadata tools carry it along. The input's own XMP is not carried: it holds what no longer is true
(sizes, orientation, an editor's settings and history, thumbnails), and an older recipe; all but a panorama's
properties, which are set right for the new size.
"""

import json
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from PIL import ExifTags, Image

from deepdream.images import panorama

Tags = dict[int, Any]

NAMESPACE = "urn:deepdream:recipe:1#"
EXIF_HEADER = b"Exif\0\0"
_EXIF, _GPS, _INTEROP = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop
_COLOUR_SPACE, _GAMMA, _MAKER_NOTE = 0xA001, 0xA500, 0x927C

# Tags of the main directory that describe how the old file stored its pixels, not what they show.
_STORAGE = {
    *range(254, 267),  # kinds, sizes, bits, compression, photometric
    *(273, 274, 277, 278, 279, 280, 281, 284),  # strips, orientation, samples, planes
    *(288, 289, 290, 291, 292, 293, 301, 317, 318, 319),  # free space, fax, transfer function, predictor, primaries
    *range(320, 348),  # palette, tiles, directories below, inks, sample formats, JPEG tables
    *range(512, 522),  # the thumbnail and old JPEG
    *(529, 530, 531, 532),  # YCbCr
    *(700, 33723, 34377, 34675),  # XMP, IPTC, Photoshop's blocks, colour profile
    _EXIF,
    _GPS,
    0xEA1C,  # padding
}
_STALE = {0xA002, 0xA003, 0xEA1C}  # sizes and padding, in the EXIF directory


def tags(image: Image.Image) -> Tags:
    """All tags of an opened image, the EXIF and GPS directories inside as dicts; independent of the open file.

    Raises:
        ValueError: tags that can't be read.
    """
    try:
        exif = image.getexif()
        return {**exif, **{tag: dict(exif.get_ifd(tag)) for tag in (_EXIF, _GPS)}}
    except Exception as error:  # Pillow raises of every kind on tags that contradict themselves
        raise ValueError("its EXIF tags are damaged and not carried on") from error


def resolution(dpi: object, found: Tags) -> tuple[float, float] | None:
    """Pixels per inch (across, down) by what Pillow says of the file, else by its tags; None where neither helps."""
    try:
        if dpi is None and found.get(296, 2) in (2, 3):  # inches, centimetres
            unit = 2.54 if found.get(296) == 3 else 1.0
            dpi = (float(found[282]) * unit, float(found[283]) * unit)
        across, down = (float(value) for value in dpi)  # type: ignore[attr-defined]
    except (LookupError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def tidy(found: Tags, dpi: tuple[float, float] | None, converted: bool) -> bytes:
    """The EXIF block to carry on, without its header; b"" for none.

    Args:
        found: the input's tags.
        dpi: written into it, because WebP and AVIF have no other place.
        converted: the colours were moved to sRGB, and so the tags that name another space are set right.

    Raises:
        ValueError: tags that can't be written again.
    """
    kept = Image.Exif()
    for tag, value in found.items():
        if tag not in _STORAGE:
            kept[tag] = value
    camera = {tag: value for tag, value in found.get(_EXIF, {}).items() if tag not in _STALE | {_INTEROP}}
    if converted:
        camera.pop(_GAMMA, None)
        if _COLOUR_SPACE in camera:
            camera[_COLOUR_SPACE] = 1
    for pointer, directory in ((_EXIF, camera), (_GPS, found.get(_GPS, {}))):
        if directory:
            kept[pointer] = directory
    if dpi:
        kept[282], kept[283], kept[296] = dpi[0], dpi[1], 2
    try:
        return kept.tobytes()[len(EXIF_HEADER) :] if len(kept) else b""
    except Exception as error:  # as above
        raise ValueError("its EXIF tags are damaged and not carried on") from error


def load(exif: bytes) -> Image.Exif:
    """The tags of a block made by `tidy`."""
    tags = Image.Exif()
    if exif:
        tags.load(EXIF_HEADER + exif)
    return tags


def fit(exif: bytes, limit: int) -> bytes:
    """The block within a format's limit of bytes: without the maker's note if need be, else none."""
    if len(exif) <= limit:
        return exif
    tags = load(exif)
    tags.get_ifd(_EXIF).pop(_MAKER_NOTE, None)
    shorter = tags.tobytes()[len(EXIF_HEADER) :]
    return shorter if len(shorter) <= limit else b""


def packet(recipe: dict[str, Any] | None, sphere: panorama.Properties | None = None) -> bytes:
    """An XMP packet with the recipe and a panorama's properties; b"" for neither.

    Raises:
        TypeError, ValueError: a recipe that JSON can't hold.
    """
    properties = "".join(f"<GPano:{name}>{escape(text)}</GPano:{name}>" for name, text in (sphere or {}).items())
    if recipe is not None:
        text = escape(json.dumps(recipe, allow_nan=False, separators=(",", ":")))
        properties = f"<deepdream:recipe>{text}</deepdream:recipe>{properties}"
    if not properties:
        return b""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:deepdream="{NAMESPACE}"'
        f"{f' xmlns:GPano={quoteattr(panorama.NAMESPACE)}' if sphere else ''}>"
        f"{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def unpack(xmp: bytes) -> dict[str, Any] | None:
    """The recipe in an XMP packet; None where there is none.

    Raises:
        ValueError: a recipe that is not a JSON object.
    """
    text = _property(xmp)
    if text is None:
        return None
    recipe = json.loads(text)
    if not isinstance(recipe, dict):
        raise ValueError("not an object")
    return recipe


def tree(xmp: bytes) -> ElementTree.Element | None:
    """An XMP packet's elements, from its root; None for none, and for what is not XML or has declarations."""
    if b"<!" in xmp:  # they could make the parser expand at will
        return None
    try:
        return ElementTree.fromstring(xmp.strip(b"\0 \r\n\t"))
    except (ElementTree.ParseError, ValueError):
        return None


def _property(xmp: bytes) -> str | None:
    """The recipe's text in an XMP packet, as an element or, as other tools may write it, an attribute."""
    root = tree(xmp)
    if root is None:
        return None
    name = f"{{{NAMESPACE}}}recipe"
    for element in root.iter():
        if element.tag == name:
            return element.text or ""
        if name in element.attrib:
            return element.attrib[name]
    return None
