"""Settings written by earlier versions, translated to today's."""

import pytest

from deepdream.errors import RecipeError
from deepdream.settings.former import recorded, renewed
from deepdream.settings.recipes import RECIPES
from deepdream.settings.user_recipes import read


@pytest.mark.parametrize(
    ("given", "algorithms", "now"),
    [
        ({"compile": "auto", "convolution": "auto"}, ("winograd",), {"convolution": "auto"}),
        ({"compile": "yes", "convolution": "auto"}, ("winograd",), {"convolution": "winograd"}),
        ({"compile": "no", "convolution": "auto"}, ("transpose", "transpose"), {"convolution": "transpose"}),
        ({"compile": "no", "convolution": "auto"}, ("direct",), {"convolution": "direct"}),
        ({"compile": "no", "convolution": "auto"}, (), {"convolution": "direct"}),  # what Keras computes
        ({"compile": "no"}, (), {"convolution": "direct"}),
        ({"compile": "yes", "convolution": "winograd"}, (), {"convolution": "winograd"}),
        ({"compile": "no", "convolution": "transpose"}, ("transpose",), {"convolution": "transpose"}),
        ({"compile": "auto", "convolution": "winograd"}, ("winograd",), {"convolution": "winograd"}),
        ({"compile": "maybe", "steps": 3}, (), {"compile": "maybe", "steps": 3}),  # for the reader to refuse
        ({"steps": 3, "convolution": "auto"}, ("direct",), {"steps": 3, "convolution": "auto"}),
    ],
)
def test_compile_becomes_the_convolution_it_meant(given, algorithms, now):
    before = dict(given)
    assert renewed(given, algorithms) == now
    assert given == before


def test_a_recipe_file_that_names_it_can_still_be_read(tmp_path):
    (tmp_path / "old.toml").write_text('compile = "yes"\n[networks.pocket]\ncompile = "no"\n')
    own = read(tmp_path / "old.toml", RECIPES)
    assert (own.overrides, own.networks) == ({"convolution": "winograd"}, {"pocket": {"convolution": "direct"}})
    (tmp_path / "wrong.toml").write_text('compile = "maybe"\n')
    with pytest.raises(RecipeError, match="the key 'compile' is not a setting of a dream"):
        read(tmp_path / "wrong.toml", RECIPES)


def test_a_dream_recorded_before_there_were_precisions_was_float32():
    assert recorded({"steps": 3, "compile": "yes"}, ()) == {
        "steps": 3,
        "convolution": "winograd",
        "precision": "float32",
        "suppression": "relative",
        "shape_field": "deepest",
        "border": "wrap",
        "headroom": 0.0,
        "paint": None,
        "brushes": None,
        "breath": 0.0,
    }
    assert recorded({"precision": "bfloat16"}, ("bfloat16",))["precision"] == "bfloat16"


def test_negative_weights_of_a_dream_recorded_before_there_was_a_suppression_were_absolute():
    assert recorded({"layers": "block5,block2=-0.5"}, ())["suppression"] == "absolute"
    assert recorded({"layers": "block5", "regions": "parts.toml"}, ())["suppression"] == "absolute"
    assert recorded({"layers": "block5,block2=-0.5", "suppression": "relative"}, ())["suppression"] == "relative"


@pytest.mark.parametrize(
    ("given", "algorithms", "convolution"),
    [
        ({"convolution": "auto", "precision": "float32"}, ("direct", "direct"), "direct"),
        ({"convolution": "auto", "compile": "auto"}, ("direct", "winograd"), "direct/winograd"),
        ({"convolution": "winograd", "precision": "float32"}, ("winograd",), "winograd"),
        ({"convolution": "auto", "precision": "bfloat16"}, ("bfloat16", "bfloat16"), "auto"),
        ({"convolution": "auto", "precision": "float32"}, (), "auto"),  # what Keras computes
    ],
)
def test_a_convolution_that_was_chosen_is_the_one_recorded(given, algorithms, convolution):
    assert recorded(given, algorithms)["convolution"] == convolution
