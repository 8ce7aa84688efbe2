"""The record in the file of a dream made from Python."""

import numpy as np
import pytest
from PIL import Image

from deepdream import SAMPLE, Dream, images
from tests.support import random_picture


def saved(source, target, start="picture"):
    """The input recorded in the file of a made-up dream."""
    record = {"settings": {"start": start}, "input": {"digest": source.digest}}
    target.parent.mkdir(exist_ok=True)
    Dream(source.pixels, (), record, source).save(target)
    return images.read_recipe(target)["input"]


@pytest.fixture
def photo(tmp_path):
    Image.fromarray((random_picture(9, 13) * 255).astype(np.uint8)).save(tmp_path / "photo.png")
    return images.read(tmp_path / "photo.png")


def test_it_names_the_file_that_it_was_made_from_relative_to_itself(photo, tmp_path):
    assert saved(photo, tmp_path / "out" / "dream.png") == {"digest": photo.digest, "path": "../photo.png"}


def test_the_sample_and_a_canvas_are_named_as_such(tmp_path):
    sample = images.read(SAMPLE)
    assert saved(sample, tmp_path / "a.png") == {"digest": sample.digest, "sample": True}
    canvas = images.from_array(random_picture(9, 13))
    assert saved(canvas, tmp_path / "b.png", start="noise") == {"digest": "", "canvas": True}


def test_pixels_in_memory_have_no_path_and_neither_has_a_resized_picture(photo, tmp_path):
    assert saved(images.from_array(random_picture(9, 13)), tmp_path / "a.png") == {"digest": ""}
    assert saved(images.sized(photo, size=(5, 7)), tmp_path / "b.png") == {"digest": ""}
