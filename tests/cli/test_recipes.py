"""deepdream recipes."""

import json

from deepdream.recipes import RECIPES


def test_all_are_listed_with_look_cost_and_source(command):
    answer = command("recipes")
    assert (answer.code, answer.err) == (0, "")
    for name, recipe in RECIPES.items():
        assert f"{name}\n  look    {recipe.look}\n  cost    {recipe.cost}\n  source  {recipe.source}\n" in answer.out


def test_one_is_explained_with_its_settings(command):
    out = command("recipes", "seed").out
    assert out.startswith("seed\n  look ")
    assert "  --size          224x224\n" in out
    assert "  --step-size     0.1\n" in out


def test_layers_are_said_per_network(command):
    lines = command("recipes", "classic").out.splitlines()
    assert sum(line.split()[0] == "--layers" and line.endswith(("(vgg19)", "(pocket)")) for line in lines) == 2


def test_machine_readable(command):
    assert list(json.loads(command("recipes", "--json").out)) == list(RECIPES)


def test_an_unknown_name_is_refused_with_the_nearest(command):
    assert command("recipes", "clasic") == (2, "", "There is no recipe 'clasic'. Did you mean classic?\n")
