"""Everything a user can set about a dream, without importing NumPy: `fields` declares each setting in one statement."""

from deepdream.settings.declaration import GROUPS
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
    "GROUPS",
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
