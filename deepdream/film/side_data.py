"""What a frame carries beside its pixels: its display matrix; HDR metadata, written as the encoders take it.

of(frame) -> name -> bytes
carried(frame) -> options by encoder
lost(frame) -> sentences about what can't be carried
"""

import struct
from typing import Any

RANGE, INSIDE = "{} can't be carried on; what it builds on is kept.", "{} in its frames can't be kept."
LOST = {
    "DOVI_METADATA": RANGE.format("Dolby Vision"),
    "DOVI_RPU_BUFFER": RANGE.format("Dolby Vision"),
    "DYNAMIC_HDR_PLUS": RANGE.format("HDR10+"),
    "DYNAMIC_HDR_VIVID": RANGE.format("HDR Vivid"),
    "A53_CC": INSIDE.format("Closed captions"),
    "S12M_TIMECODE": INSIDE.format("Time codes"),
    "SPHERICAL": INSIDE.format("How a sphere is laid out"),
    "STEREO3D": INSIDE.format("How two views for 3D are laid out"),
}
"""A sentence about side data that no encoder here writes, by its name in PyAV."""


def of(frame: Any) -> dict[str, bytes]:
    """What a frame carries beside its pixels, by PyAV's name; PyAV 18 lists the data, PyAV 19 their types."""
    found = [one if hasattr(one, "type") else frame.side_data[one] for one in frame.side_data]
    return {one.type.name: bytes(memoryview(one)) for one in found}


def lost(frame: Any) -> list[str]:
    """A sentence for each thing that a frame carries and an encoder can't."""
    return sorted({LOST[name] for name in of(frame) if name in LOST})


def carried(frame: Any) -> dict[str, str]:
    """The mastering display and the light levels of an HDR frame.

    Returns: parameters of the encoders libx264, libx265 and libsvtav1, by encoder, empty where the frame has none.
    """
    data = of(frame)
    parts: dict[str, list[str]] = {"libx264": [], "libx265": [], "libsvtav1": []}
    if display := _display(data.get("MASTERING_DISPLAY_METADATA")):
        points, high, low = display
        whole = "".join(f"{name}({round(x * 50000)},{round(y * 50000)})" for name, x, y in points)
        whole += f"L({round(high * 10000)},{round(low * 10000)})"
        decimal = "".join(f"{name}({x:.5f},{y:.5f})" for name, x, y in points) + f"L({high:.4f},{low:.4f})"
        parts["libx264"].append(f"mastering-display={whole}")
        parts["libx265"].append(f"hdr10=1:master-display={whole}")
        parts["libsvtav1"].append(f"mastering-display={decimal}")
    if light := data.get("CONTENT_LIGHT_LEVEL"):
        levels = "{},{}".format(*struct.unpack("<II", light[:8]))
        parts["libx264"].append(f"cll={levels}")
        parts["libx265"].append(f"max-cll={levels}")
        parts["libsvtav1"].append(f"content-light={levels}")
    return {name: ":".join(words) for name, words in parts.items() if words}


def _display(data: bytes | None) -> tuple[list[tuple[str, float, float]], float, float] | None:
    """FFmpeg's AVMasteringDisplayMetadata: x and y of green, blue, red and white; highest and lowest luminance."""
    if data is None or not all(struct.unpack("<ii", data[80:88])):
        return None
    numbers = struct.unpack("<20i", data[:80])
    red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y, low, high = (
        above / below if below else 0.0 for above, below in zip(numbers[::2], numbers[1::2], strict=True)
    )
    points = [("G", green_x, green_y), ("B", blue_x, blue_y), ("R", red_x, red_y), ("WP", white_x, white_y)]
    return points, high, low
