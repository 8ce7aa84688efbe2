"""The fastest precision is read from the processor's flags."""

from pathlib import Path

import pytest

from deepdream.gradient import precision

CPUINFO = "processor\t: 0\nmodel name\t: a processor\nflags\t\t: fpu sse2 {}\n\nprocessor\t: 1\nflags\t\t: fpu\n"


@pytest.mark.parametrize(
    ("more", "fastest", "native"),
    [
        ("avx512f avx512_bf16 amx_bf16 amx_tile", "bfloat16", True),
        ("avx512f avx512_bf16", "float32", True),  # multiplies it, and was not measured to be faster
        ("avx512f", "float32", False),
        ("", "float32", False),
    ],
)
def test_bfloat16_is_the_fastest_where_it_was_measured_to_be(more, fastest, native, monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda path, encoding: CPUINFO.format(more))
    monkeypatch.setattr(precision, "flags", precision.flags.__wrapped__)
    assert (precision.fastest(), precision.native()) == (fastest, native)


def test_without_cpuinfo_there_are_no_flags(monkeypatch):
    def absent(path, encoding):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", absent)
    assert precision.flags.__wrapped__() == frozenset()
