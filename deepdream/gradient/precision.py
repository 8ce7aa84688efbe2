"""Precisions that this processor supports. No TensorFlow here: a request is checked before that loads.

fastest(choices) -> "float32" or "bfloat16"      the setting `precision` if it is "auto"
native() -> bool                                 whether the processor multiplies bfloat16 natively
"""

import functools
from collections.abc import Collection
from pathlib import Path

FAST = frozenset({"amx_bf16"})
"""Flags of processors on which bfloat16 was measured to be fastest: Intel's with AMX, five times float32."""

NATIVE = FAST | {"avx512_bf16"}
"""Flags of processors that multiply it natively. With AVX-512 alone it measured no faster than float32."""


def fastest(choices: Collection[str] = ("float32", "bfloat16")) -> str:
    """The precision of these that was measured to be fastest on this kind of processor. Not measured on GPUs."""
    return "bfloat16" if "bfloat16" in choices and flags() & FAST else "float32"


def native() -> bool:
    """Whether the processor multiplies bfloat16 natively."""
    return bool(flags() & NATIVE)


@functools.cache
def flags() -> frozenset[str]:
    """The processor's flags in Linux's /proc/cpuinfo; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())
