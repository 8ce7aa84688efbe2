"""Photo spheres: the properties that mark a picture as a panorama for viewers and give its position on the sphere.

find(root) -> properties             from a file's XMP
scaled(properties, size) -> same     for the picture at another size

Properties are a dict of names to text, in the namespace `NAMESPACE` (Google's "Photo Sphere XMP metadata"; follows).
{"ProjectionType": "equirectangular"} alone, scaled, describes a picture of the whole sphere.
"""

import math
from xml.etree.ElementTree import Element

NAMESPACE = "http://ns.google.com/photos/1.0/panorama/"

Properties = dict[str, str]

# Per axis: the picture's side, the full sphere's, the picture's offset, and the largest rectangle without gaps.
_DOWN = (
    "CroppedAreaImageHeightPixels",
    "FullPanoHeightPixels",
    "CroppedAreaTopPixels",
    ("LargestValidInteriorRectTop", "LargestValidInteriorRectHeight"),
)
_ACROSS = (
    "CroppedAreaImageWidthPixels",
    "FullPanoWidthPixels",
    "CroppedAreaLeftPixels",
    ("LargestValidInteriorRectLeft", "LargestValidInteriorRectWidth"),
)
_MOST = 10_000_000
"""Larger numbers of pixels on a side are ignored as invalid."""


def find(root: Element | None) -> Properties:
    """The panorama's properties in an XMP packet, whether written as elements or as attributes; empty for none.

    Args:
        root: of the packet's tree.
    """
    found: Properties = {}
    prefix = f"{{{NAMESPACE}}}"
    for element in () if root is None else root.iter():
        pairs = [*element.attrib.items(), *([] if len(element) else [(element.tag, element.text or "")])]
        for name, text in pairs:
            if name.startswith(prefix):
                found.setdefault(name.removeprefix(prefix), text.strip())
    return found


def bare(properties: Properties) -> Properties:
    """Only what a viewer needs to know: neither when, with what nor in which direction it was taken."""
    shape = {"ProjectionType", "UsePanoramaViewer"}
    for own, full, start, inside in (_DOWN, _ACROSS):
        shape |= {own, full, start, *inside}
    return {name: text for name, text in properties.items() if name in shape}


def scaled(properties: Properties, size: tuple[int, int]) -> Properties:
    """The properties for the picture at a size (height, width); empty for none.

    Lengths in pixels are scaled by the new side over the side that the properties give, and rounded once; without
    either side, the picture is taken to cover the whole sphere. Everything else is unchanged.
    """
    if not properties:
        return {}
    result = dict(properties)
    for side, (own, full, start, inside) in zip(size, (_DOWN, _ACROSS), strict=True):
        before = _pixels(properties, own) or _pixels(properties, full) or side
        whole = max(side, round((_pixels(properties, full) or before) * side / before))
        first = min(round((_pixels(properties, start) or 0) * side / before), whole - side)
        result |= {own: str(side), full: str(whole), start: str(first)}
        for name in inside:
            pixels = _pixels(properties, name)
            result.pop(name, None)
            if pixels is not None:
                result[name] = str(min(round(pixels * side / before), side))
    return result


def _pixels(properties: Properties, name: str) -> float | None:
    """A number of pixels; None if missing or invalid."""
    try:
        value = float(properties.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= _MOST else None
