"""XMP: the recipe in a picture, and a panorama's properties.

packet(recipe, panorama) -> XMP packet      unpack(packet) -> recipe      tree(packet) -> its elements

The recipe is JSON in one property of an XMP packet, because every format written here can hold such a packet and
metadata tools preserve it. The input's own XMP is dropped: it describes the old file (sizes, orientation, an editor's
settings and history, thumbnails, an older recipe). Only a panorama's properties are kept, adapted to the new size.
EXIF's tags are preserved, see `exif`.
"""

import json
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from deepdream.images import panorama

NAMESPACE = "urn:deepdream:recipe:1#"


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
    """The recipe in an XMP packet; None if there is none.

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
    """The root element of an XMP packet; None if it is empty, not XML, or has declarations."""
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
