"""Precedence: defaults, then the recipe, then the recipe's values for the network, then what was given."""

from dataclasses import asdict

import pytest

from deepdream.errors import SettingError
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.settings import VGGS, Settings, selection
from deepdream.settings.recipes import LOOKS, RECIPES, note, resolve


def test_classic_overrides_nothing_but_the_layers_of_each_network():
    assert RECIPES["classic"].overrides == {}
    for network in ("vgg19", "pocket"):
        assert resolve({}, network).layers


def test_a_given_setting_overrides_the_recipe():
    settings = resolve({"recipe": "seed", "steps": 26, "step_size": None}, "vgg19")
    assert (settings.steps, settings.step_size, settings.layers) == (26, 0.1, "block4")


def test_a_given_setting_overrides_the_recipes_values_for_the_network():
    assert resolve({"layers": "pool"}, "pocket").layers == "pool"


def test_max_side_replaces_the_size_of_a_recipe():
    assert resolve({"recipe": "seed", "max_side": 100}).size is None


def test_the_seed_recipes_have_the_original_projects_numbers():
    seed = resolve({"recipe": "seed"}, "vgg19")
    assert (seed.size, seed.steps, seed.step_size, seed.octaves) == ((224, 224), 5, 0.1, 1)
    assert (seed.normalize, seed.input, seed.objective, seed.shape) == ("std", "raw", "mean", "plain")
    multiscale = resolve({"recipe": "seed-multiscale"}, "vgg19")
    assert (multiscale.size, multiscale.octaves, multiscale.octave_mode) == ((224, 224), 4, "grow")


@pytest.mark.parametrize("network", ["vgg19", "vgg16"])
def test_on_the_networks_they_were_made_for_the_seed_recipes_keep_their_numbers(network):
    seed = resolve({"recipe": "seed"}, network)
    assert {name: getattr(seed, name) for name in RECIPES["seed"].overrides} == RECIPES["seed"].overrides
    assert (seed.tv, seed.headroom) == (0, 0)
    assert note({"recipe": "seed"}, network) == ""


@pytest.mark.parametrize("name", ["seed", "seed-multiscale"])
def test_on_other_networks_the_seed_recipes_have_values_of_their_own_with_a_note(name):
    seed = resolve({"recipe": name}, "pocket")
    assert (seed.input, seed.shape, seed.jitter, seed.layers) == ("network", "natural", 16, "block4")
    assert resolve({"recipe": name, "input": "raw"}, "pocket").input == "raw"
    assert resolve({"recipe": name}, "inceptionv3").layers is None
    assert note({"recipe": name}, "pocket") == (
        f"The recipe {name} was made for vgg19 and vgg16; on pocket it has values of its own for input, shape, "
        "jitter, step size, objective, tv, headroom."
    )
    assert note({}, "pocket") == ""


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("network", VGGS)
def test_a_looks_layers_are_those_of_every_vgg(name, network):
    entry = manifest.read()[network]
    channels = {layer.name: layer.channels for layer in architecture.layers(entry.widths, entry.counts)}
    assert selection.choose(resolve({"recipe": name}, network).layers, channels, network)
    assert resolve({"recipe": name}, "inceptionv3").layers is None


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_gives_valid_settings_and_describes_itself(name):
    assert isinstance(resolve({"recipe": name}, "pocket"), Settings)
    assert RECIPES[name].look
    assert RECIPES[name].cost
    assert RECIPES[name].source


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("clasic", "There is no recipe 'clasic'. Did you mean classic?"),
        ("vaporwave", "There is no recipe 'vaporwave'. List them with: deepdream recipes"),
    ],
)
def test_an_unknown_recipe_raises_and_the_nearest_are_suggested(name, message):
    with pytest.raises(SettingError) as refused:
        resolve({"recipe": name})
    assert str(refused.value) == message


def test_settings_given_in_full_need_no_recipe():
    given = {**asdict(Settings()), "recipe": "gone.toml", "layers": "pool"}
    assert resolve(given, "pocket") == Settings(**given)
    seed = {**given, "recipe": "seed"}
    assert resolve(seed).size is None  # not given, but recorded as none


def test_defaults_in_full_but_for_the_layers_are_still_a_recipe():
    assert resolve(asdict(Settings()), "pocket").layers == resolve({}, "pocket").layers
