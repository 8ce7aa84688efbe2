"""The grammar of --vary."""

import pytest

from deepdream.batch import vary
from deepdream.errors import SettingError


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("layers=block2,block4", {"layers": ("block2", "block4")}),
        ("layers=block2;block3=0.5,block4", {"layers": ("block2", "block3=0.5,block4")}),
        ("layers=block3=0.5,block4;", {"layers": ("block3=0.5,block4",)}),
        ("step_size=0.01, 5e-2", {"step_size": (0.01, 0.05)}),
        ("step-size=0.01", {"step_size": (0.01,)}),
        ("steps=20/10/5,3", {"steps": ("20/10/5", 3)}),
        ("clip=true,false", {"clip": (True, False)}),
        ("max_side=none,40", {"max_side": (None, 40)}),
        ("normalize=none,std", {"normalize": ("none", "std")}),
        ("size=90x60,60x90", {"size": ("90x60", "60x90")}),
        ("steps=many", {"steps": ("many",)}),
    ],
)
def test_values_have_the_type_of_their_setting(text, values):
    assert vary.parse([text], {}) == values


def test_the_order_is_the_one_typed():
    assert list(vary.parse(["steps=1,2", "layers=pool"], {})) == ["steps", "layers"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "A sweep needs at least one --vary. Type for example --vary step-size=0.01,0.05."),
        (
            ["steps"],
            "--vary 'steps' is not of the form SETTING=VALUE,VALUE. Type for example --vary step-size=0.01,0.05.",
        ),
        (["stepsize=1"], "--vary 'stepsize' names no setting of a dream. Did you mean step-size?"),
        (["xyzzy=1"], "--vary 'xyzzy' names no setting of a dream. List them with: deepdream dream --help"),
        (["steps=,"], "--vary 'steps=,' gives steps no value. Type for example --vary step-size=0.01,0.05."),
        (["step-size=0.1,1e-1"], "--vary gives step-size the value 0.1 twice. Give it once."),
        (["threads=1,2"], "--vary can't take threads: a process has one number of them. Give --threads."),
        (["seed=1,2"], "seed is both given and varied. Give it once."),
        (
            ["layers=pool", "layers=conv"],
            "layers is varied twice. Give all its values in one --vary, separated by ; or commas.",
        ),
    ],
)
def test_a_malformed_vary_is_refused_in_one_sentence(texts, message):
    with pytest.raises(SettingError) as refused:
        vary.parse(texts, {"seed": 3})
    assert str(refused.value) == message
