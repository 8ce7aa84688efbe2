"""All that can be asked of a dream, without NumPy: `fields` has one statement for each setting."""

from deepdream.settings.fields import (
    ANY_VGG,
    INPUTS,
    NETWORKS,
    SAMPLE,
    VGGS,
    Settings,
    check_names,
    names,
    refuse_exclusive,
    typed,
    value_type,
)
from deepdream.settings.recipes import resolve
from deepdream.settings.values import (
    MODEL_FILES,
    NOR_A_FILE,
    Size,
    format_bytes,
    format_size,
    parse_bytes,
    parse_size,
)

__all__ = [
    "ANY_VGG",
    "INPUTS",
    "MODEL_FILES",
    "NETWORKS",
    "NOR_A_FILE",
    "SAMPLE",
    "VGGS",
    "Settings",
    "Size",
    "check_names",
    "format_bytes",
    "format_size",
    "names",
    "parse_bytes",
    "parse_size",
    "refuse_exclusive",
    "resolve",
    "typed",
    "value_type",
]
