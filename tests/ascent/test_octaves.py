"""The sizes as pure integers, and the two loops with a known climb."""

import numpy as np
import pytest

from deepdream.ascent import octaves
from deepdream.images import scale
from tests.support import random_picture


def repeat(picture, size):
    """Nearest neighbour, for integer multiples."""
    rows = np.arange(size[0]) * picture.shape[0] // size[0]
    columns = np.arange(size[1]) * picture.shape[1] // size[1]
    return picture[rows][:, columns]


def test_growing_follows_the_original_projects_integers():
    sizes = octaves.growing(224, 224, count=4, ratio=1.3)
    assert [size[0] for size in sizes] == [224, 291, 378, 491]


def test_shrinking_ends_at_the_pictures_own_size():
    assert octaves.shrinking(600, 901, count=4, ratio=1.4) == (
        (219, 328),
        (306, 460),
        (429, 644),
        (600, 901),
    )


def brighten(picture, base, octave):
    """A climb of two steps that each add a tenth."""
    for value in (1.0, 2.0):
        picture += 0.1
        yield value


def test_detail_carries_up_only_the_added_detail():
    picture = random_picture(24, 36)
    untouched = picture.copy()
    *_, last = octaves.detail(picture, ((6, 9), (12, 18), (24, 36)), brighten, resize=repeat)
    np.testing.assert_allclose(last[1], untouched + 0.6, atol=1e-6)  # three octaves, two steps, a tenth each
    assert np.array_equal(picture, untouched)


def test_detail_begins_every_octave_with_the_detail_of_an_earlier_dream():
    picture, sizes = random_picture(24, 36), ((6, 9), (12, 18), (24, 36))
    added = repeat(random_picture(6, 9, seed=1), (24, 36))  # the same at all sizes
    begun = []

    def listen(dreamt, base, octave):
        begun.append(dreamt - base)
        yield from brighten(dreamt, base, octave)

    *_, last = octaves.detail(picture, sizes, listen, resize=repeat, added=added)
    for number, found in enumerate(begun):  # each finer octave also with the two tenths of each coarser one
        np.testing.assert_allclose(found, repeat(added, sizes[number]) + 0.2 * number, atol=1e-6)
    np.testing.assert_allclose(last[1], picture + added + 0.6, atol=1e-6)


def test_detail_from_nothing_is_detail_bit_for_bit():
    picture, sizes = random_picture(25, 37), ((13, 19), (25, 37))
    plain = [dreamt.copy() for _, dreamt, _ in octaves.detail(picture, sizes, brighten, resize=scale.resize)]
    nothing = np.zeros_like(picture)
    found = octaves.detail(picture, sizes, brighten, resize=scale.resize, added=nothing)
    for (_, dreamt, _), expected in zip(found, plain, strict=True):
        assert np.array_equal(dreamt, expected)


def test_grow_enlarges_the_dream_itself():
    picture = random_picture(6, 9)
    *_, last = octaves.grow(picture, ((6, 9), (12, 18)), brighten, resize=repeat)
    np.testing.assert_allclose(last[1], repeat(picture + 0.2, (12, 18)) + 0.2, atol=1e-6)


def test_both_yield_every_step_of_every_octave_in_order():
    for loop in (octaves.detail, octaves.grow):
        taken = [
            (octave, value)
            for octave, _, value in loop(random_picture(4, 4), ((4, 4), (4, 4)), brighten, resize=repeat)
        ]
        assert taken == [(1, 1.0), (1, 2.0), (2, 1.0), (2, 2.0)]


@pytest.mark.parametrize("loop", [octaves.detail, octaves.grow])
def test_the_climb_receives_the_original_at_its_size_and_the_octave(loop):
    begun = []

    def listen(picture, base, octave):
        begun.append((octave, base.copy()))
        picture += 0.1
        yield 0.0

    picture = random_picture(12, 18)
    sizes = ((6, 9), (12, 18)) if loop is octaves.detail else ((12, 18), (24, 36))
    list(loop(picture, sizes, listen, resize=repeat))
    for (octave, base), size in zip(begun, sizes, strict=True):
        assert np.array_equal(base, repeat(picture, size)), octave
