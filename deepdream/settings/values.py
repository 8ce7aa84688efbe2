"""Values as users type them: sizes, WIDTHxHEIGHT, and amounts of memory, 6GiB."""

import re

from deepdream.errors import SettingError

Size = tuple[int, int]
"""(height, width) in pixels; typed by users as WIDTHxHEIGHT."""


def parse_size(text: str) -> Size:
    """(height, width) from what a user types, WIDTHxHEIGHT.

    Raises:
        SettingError: any other form.
    """
    match = re.fullmatch(r"\s*([0-9]{1,6})\s*[xX×]\s*([0-9]{1,6})\s*", text)
    if not match:
        raise SettingError(f"size {text!r} is not of the form WIDTHxHEIGHT.", "Type for example --size 900x600.")
    return int(match[2]), int(match[1])


def format_size(size: Size) -> str:
    """WIDTHxHEIGHT, as users type it, from (height, width)."""
    return f"{size[1]}x{size[0]}"


_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "KI": 2**10, "MI": 2**20, "GI": 2**30}


def parse_bytes(text: str) -> int:
    """Bytes from what a user types, such as 6GiB, 800MB or 2.5G.

    Raises:
        SettingError: any other form.
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMG]I?)?B?\s*", text.upper())
    if not match:
        raise SettingError(f"memory {text!r} is not an amount of memory.", "Type for example --memory 6GiB.")
    return int(float(match[1]) * _UNITS[match[2] or ""])


def format_bytes(amount: int) -> str:
    """An amount of memory as users type it."""
    return f"{amount / 2**30:.1f}GiB" if amount >= 2**30 else f"{amount / 2**20:.0f}MiB"
