"""Which of its numbers this machine multiplies itself. No TensorFlow here: a request is checked before that loads.

fastest() -> "float32" or "bfloat16"      what the setting `precision` comes to where it is "auto"
native() -> bool                          whether the processor multiplies bfloat16 itself
"""

import functools
from pathlib import Path

FAST = frozenset({"amx_bf16"})
"""Flags of processors on which bfloat16 was measured to be the fastest way: Intel's with AMX, five times float32."""

NATIVE = FAST | {"avx512_bf16"}
"""Flags of those that multiply it at all. With AVX-512 alone it was measured to be no faster than float32."""


def fastest() -> str:
    """The precision that was measured to be the fastest on such a processor. On a GPU none was measured."""
    return "bfloat16" if flags() & FAST else "float32"


def native() -> bool:
    """Whether the processor multiplies bfloat16 itself."""
    return bool(flags() & NATIVE)


@functools.cache
def flags() -> frozenset[str]:
    """What the processor can do, in the words of Linux's /proc/cpuinfo; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())
