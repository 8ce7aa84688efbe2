"""All that can be asked of a dream, without NumPy: `fields` has one line for each setting."""

from deepdream.settings.fields import (
    INPUTS,
    MODEL_FILES,
    NETWORKS,
    NOR_A_FILE,
    Settings,
    check_names,
    names,
    typed,
    value_type,
)
from deepdream.settings.values import Size, format_bytes, format_size, parse_bytes, parse_size

__all__ = [
    "INPUTS",
    "MODEL_FILES",
    "NETWORKS",
    "NOR_A_FILE",
    "Settings",
    "Size",
    "check_names",
    "format_bytes",
    "format_size",
    "names",
    "parse_bytes",
    "parse_size",
    "typed",
    "value_type",
]
