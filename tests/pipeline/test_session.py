"""A session: what the dreams of one process share."""

import numpy as np
import pytest

from deepdream import images
from deepdream.errors import OutOfMemoryError
from deepdream.pipeline import session as sessions
from deepdream.pipeline.request import understand
from deepdream.pipeline.run import run
from deepdream.pipeline.session import Session
from deepdream.runtime import tf
from tests.support import random_picture


@pytest.mark.parametrize("failure", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "no memory")])
def test_an_allocation_that_fails_halves_the_tile_and_continues(failure):
    tried = []

    def scarce(images, tile):
        tried.append(tile)
        if tile is None or tile > 50:
            raise failure
        return np.zeros(1), images

    session = Session()
    gradient = session.gradient("a", lambda: scarce, nbytes=1, tile=None)
    images = random_picture(150, 200)[None]
    _, slope = gradient(images)
    assert np.array_equal(slope, images)
    assert tried == [None, 100, 50]
    assert session.tile == 50
    gradient(images)
    assert tried[3:] == [50]  # the tile that served is kept
    session.gradient("a", lambda: pytest.fail("it is there already"), nbytes=1, tile=None)
    session.gradient("b", lambda: scarce, nbytes=1, tile=None)(images)
    assert tried[4:] == [50]  # and the others begin with it


def test_where_the_smallest_tile_fails_the_run_fails():
    def fails(images, tile):
        raise MemoryError

    with pytest.raises(OutOfMemoryError) as failed:
        Session().gradient("a", lambda: fails, nbytes=1, tile=64)(random_picture(150, 200)[None])
    assert str(failed.value) == (
        "Memory ran out even in tiles of 32 pixels. Close other programs, or choose a smaller --size."
    )
    assert failed.value.exit_code == 1


def test_a_gradient_begins_with_its_own_tile_where_that_is_smaller():
    tried = []
    session = Session()
    session.tile = 64
    for tile in (None, 128, 32):
        gradient = session.gradient("a", lambda: lambda images, side: tried.append(side), nbytes=1, tile=tile)
        gradient(random_picture(50, 40)[None])
    assert tried == [64, 64, 32]


def test_the_last_gradients_are_kept_up_to_a_limit_in_bytes(monkeypatch):
    monkeypatch.setattr(sessions, "KEPT", 10)
    made, session = [], Session()
    for key in ("a", "b", "a", "c", "b"):
        session.gradient(key, lambda key=key: made.append(key) or (lambda images, tile: None), nbytes=5, tile=None)
    assert made == ["a", "b", "c", "b"]  # a was asked for after b, and so b was the first to go


def test_a_picture_is_read_once_until_its_file_changes(tmp_path, monkeypatch):
    path, reads, real = tmp_path / "a.png", [], images.read

    def read(path, **how):
        reads.append(how)
        return real(path, **how)

    monkeypatch.setattr(images, "read", read)
    images.write(path, random_picture(31, 17))
    session = Session()
    first = session.picture(path, max_side=20)
    assert session.picture(path, max_side=20) is first
    assert session.picture(path, max_side=10) is not first
    images.write(path, random_picture(29, 17))
    assert session.picture(path, max_side=20).pixels.shape == (20, 12, 3)
    assert len(reads) == 3


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_picture_dreamt_after_one_of_another_size_is_bit_for_bit_what_it_is_alone(precision):
    given = {"network": "pocket", "precision": precision, "convolution": "auto", "octaves": 2, "steps": 3}

    def dreamt(picture, session):
        *_, done = run(understand(picture, given, session=session), session=session)
        return done.picture

    shared, picture = Session(), random_picture(91, 133)
    dreamt(random_picture(77, 101), shared)
    assert np.array_equal(dreamt(picture, shared), dreamt(picture, Session()))
