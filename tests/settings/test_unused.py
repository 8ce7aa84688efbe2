"""Settings without effect become notes."""

from dataclasses import asdict

import pytest

from deepdream.pipeline import request
from deepdream.settings import Settings, recipes, unused
from tests.support import random_picture


@pytest.mark.parametrize(
    ("given", "sentences"),
    [
        ({}, []),
        ({"feather": 3.0}, ["feather has no effect without a mask."]),
        ({"feather": 3.0, "mask": "a.png"}, []),
        ({"shape": "plain", "shape_exponent": 0.5}, ["shape_exponent has no effect without shape natural."]),
        ({"shape": "plain"}, []),  # the user did not set the recipe's exponent
        ({"shape_levels": 3}, ["shape_levels has no effect without shape laplacian."]),
        ({"shape_sigma": 2}, ["shape_sigma has no effect without shape cascade."]),
        ({"shape": "cascade", "shape_colour": 0.5}, []),
        ({"start": "pink", "fill": "#102030", "size": "9x9"}, ["fill has no effect without start flat."]),
        ({"guide": "a.png", "objective": "mean"}, ["objective has no effect with a guide."]),
        ({"start": "flat", "size": "9x9", "profile": "keep"}, ["profile has no effect without start picture."]),
        ({"shape": "plain", "shape_colour": 0.5}, ["shape_colour has no effect with shape plain."]),
        ({"octaves": 1, "octave_ratio": 2}, ["octave_ratio has no effect with octaves 1."]),
        ({"tile": 64, "memory": "2GiB"}, ["memory has no effect with a tile."]),
        ({"octaves": 2, "steps": "3/2"}, []),
        ({"octaves": 1, "steps": "3..1"}, ["steps 3..1 has 2 values for 1 octave; the rest have no effect."]),
        (
            {"octaves": 2, "layers": "block1/block2/block3/block4"},
            ["layers block1/block2/block3/block4 has 4 values for 2 octaves; the rest have no effect."],
        ),
    ],
)
def test_each_setting_without_effect_gets_a_sentence(given, sentences):
    assert unused.notes(given, recipes.resolve(given)) == sentences


def test_settings_given_in_full_are_a_record_and_get_no_notes():
    settings = asdict(Settings(layers="block1", feather=3.0))
    assert unused.notes(settings, recipes.resolve(settings)) == []


def test_the_sentence_is_among_the_requests_notes():
    given = {"network": "pocket", "layers": "block1", "feather": 3.0}
    assert "feather has no effect without a mask." in request.understand(random_picture(40, 50), given).notes
