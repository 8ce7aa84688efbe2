"""Parsing of values as users type them: sizes, amounts of memory, colours, and pictures with weights.

parse_size("900x600") -> (600, 900)       parse_bytes("6GiB") -> 6442450944       parse_colour("#ff0000") -> (1, 0, 0)
parse_guides("a.jpg,b.jpg=0.5") -> ((Path("a.jpg"), 1.0), (Path("b.jpg"), 0.5))
"""

import math
import re
from pathlib import Path

from deepdream.errors import SettingError

Size = tuple[int, int]
"""(height, width) in pixels; typed by users as WIDTHxHEIGHT."""

SAVED_MODEL = "saved_model.pb"
MODEL_FILES = (".keras", ".h5", ".hdf5", SAVED_MODEL)
"""Endings of a model's file, which may be given in place of a network's name: Keras's, and a SavedModel's."""

NOR_A_FILE = f"nor a model's file ({', '.join(MODEL_FILES)})"


def no_model(name: str) -> str:
    """Advice where a folder is given as a network and is a SavedModel; "" for anything else."""
    file = Path(name) / SAVED_MODEL
    return f"It is a SavedModel's folder. Type: --network {file}" if file.expanduser().is_file() else ""


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


def named(name: str, value: object) -> str:
    """A setting and its value in a message; a switch that is on needs its name only."""
    return name if value is True else f"{name} {value}"


_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


def parse_bytes(text: str, name: str = "memory") -> int:
    """Bytes from what a user types, such as 6GiB, 800MB or 2.5G.

    Args:
        text: as typed.
        name: of the setting or option, for the message.

    Raises:
        SettingError: any other form.
    """
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]I?)?B?\s*", text.upper())
    amount = float(match[1]) * _UNITS[match[2] or ""] if match else math.inf
    if math.isinf(amount):
        what = name.lstrip("-")
        raise SettingError(f"{name} {text!r} is not an amount of {what}.", f"Type for example --{what} 6GiB.")
    return int(amount)


def format_bytes(amount: int) -> str:
    """An amount of memory as users type it: in the units in which it is a whole number, else in binary ones."""
    if amount % 2**20 and not amount % 10**6:
        return f"{amount / 10**9:g}GB" if amount >= 10**9 else f"{amount // 10**6}MB"
    if amount >= 2**40:
        return f"{amount / 2**40:.1f}TiB"
    return f"{amount / 2**30:.1f}GiB" if amount >= 2**30 else f"{amount / 2**20:.0f}MiB"


def parse_colour(text: str) -> tuple[float, float, float]:
    """R, G and B in 0..1 from #RRGGBB.

    Raises:
        SettingError: any other form.
    """
    if not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise SettingError(f"fill {text!r} is not of the form #RRGGBB.")
    red, green, blue = (int(text[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue


def parse_guides(text: str) -> tuple[tuple[Path, float], ...]:
    """The guide pictures with their weights, from a.jpg,b.jpg=0.5.

    Raises:
        SettingError: a weight that is not a number, only zero weights, or no picture at all.
    """
    found = []
    for term in (term.strip() for term in text.split(",")):
        name, sign, weight = term.rpartition("=")
        try:
            number = float(weight) if sign else 1.0
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise SettingError(
                f"The weight {weight!r} in guide {term!r} is not a number.", "Type for example --guide a.jpg,b.jpg=0.5."
            )
        found.append((Path(name if sign else term).expanduser(), number))
    if any(str(path) in ("", ".") for path, _ in found):
        raise SettingError(f"guide {text!r} names no picture.", "Type for example --guide flower.jpg.")
    if all(weight == 0 for _, weight in found):
        raise SettingError(f"guide {text!r} gives every picture the weight 0.", "Give one of them a weight.")
    return tuple(found)
