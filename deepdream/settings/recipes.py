"""Named sets of overrides on Settings.

RECIPES: name -> Recipe                         what each looks like, costs, and where it comes from
find(name) -> Recipe                            one of these, or one of the user's own (see `user_recipes`)
resolve(given, network) -> Settings             defaults < recipe < recipe's values for the network < what was given
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deepdream.errors import SettingError, nearest
from deepdream.settings import user_recipes
from deepdream.settings.fields import EXCLUSIVE, FIELDS, VGGS, Settings, check_names, names
from deepdream.settings.user_recipes import UserRecipe


@dataclass(frozen=True)
class Recipe:
    """A named way to dream.

    Attributes:
        look: what it makes, in one line.
        cost: what it costs, relative to `classic` on the same picture.
        source: whose numbers these are.
        overrides: settings that differ from the defaults, on every network.
        networks: network name -> further overrides, chosen for that network.
        of_vgg: overrides that are for VGG's kind only, such as its layers' names; `request` chooses others' layers.
    """

    look: str
    cost: str
    source: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    of_vgg: tuple[str, ...] = ()


_SEED: dict[str, Any] = {
    "layers": "block4",
    "objective": "mean",
    "size": (224, 224),
    "steps": 5,
    "step_size": 0.1,
    "octaves": 1,
    "octave_mode": "grow",
    "octave_ratio": 1.3,
    "jitter": 0,
    "normalize": "std",
    "shape": "plain",
    "input": "raw",
    "profile": "keep",
}

RECIPES: dict[str, Recipe] = {
    "classic": Recipe(
        look="eyes, fur and feathers grow out of the whole picture, coarse shapes first",
        cost="1: four octaves of ten steps, up to the picture's own size",
        source="Mordvintsev, Olah and Tyka 2015; layers chosen for each network by looking",
        networks={
            "vgg19": {"layers": "block4_conv4,block5_conv2"},
            "vgg16": {"layers": "block4_conv3,block5_conv2"},
            "inceptionv3": {"layers": "mixed3,mixed5"},  # as TensorFlow's tutorial on DeepDream
            "pocket": {
                "layers": "block4_conv4,block5_conv1=0.5,block5_conv3",
                "steps": 12,
                "step_size": 2 / 255,
                "shape_exponent": 1.5,
            },
        },
    ),
    "seed": Recipe(
        look="the student project this tool grew from: bold, saturated strokes at 224x224",
        cost="small: five steps at 224x224",
        source="the original project's numbers to the letter: raw input 0..1, standardised gradient, steps of 0.1",
        overrides=_SEED,
        of_vgg=("layers",),
    ),
    "seed-multiscale": Recipe(
        look="as seed, then grown three times by 1.3 with five more steps each: coarse strokes filled with fine ones",
        cost="small: five steps at each of 224, 291, 378 and 491 pixels",
        source="the original project's growing scales",
        overrides=_SEED | {"octaves": 4},
        of_vgg=("layers",),
    ),
}


def find(name: str) -> Recipe:
    """The recipe of that name: a built-in one, a saved one, or the file where the name ends in .toml.

    Raises:
        SettingError: there is none; the message names the nearest ones.
        RecipeError: its file is absent or can't serve.
    """
    if name in RECIPES:
        return RECIPES[name]
    path = user_recipes.path_of(name)
    if path is None:
        alike = nearest(name, [*RECIPES, *user_recipes.saved()])
        hint = f"Did you mean {' or '.join(alike)}?" if alike else "List them with: deepdream recipes"
        raise SettingError(f"There is no recipe {name!r}.", hint)
    return laid_over(user_recipes.read(path, RECIPES))


def laid_over(own: UserRecipe) -> Recipe:
    """A user's recipe on top of the built-in one that it is based on."""
    base = RECIPES[own.based_on]
    networks = {
        network: _joined(_without(base.networks.get(network, {}), own.overrides), own.networks.get(network, {}))
        for network in dict.fromkeys([*base.networks, *own.networks])
    }
    return Recipe(
        look=own.look or f"as {own.based_on}, with settings of your own",
        cost=own.cost,
        source=own.source or "your own",
        overrides=_joined(base.overrides, own.overrides),
        networks={network: values for network, values in networks.items() if values},
        of_vgg=tuple(name for name in base.of_vgg if name not in own.overrides),
    )


def resolve(given: Mapping[str, Any], network: str | None = None) -> Settings:
    """The settings that a request means.

    Settings given in full, as a dream's file records them, mean themselves: no recipe is looked for. A dream made
    with a user's recipe can therefore be made again without that recipe's file.

    Args:
        given: what the user said, by setting name; None means not said.
        network: the network that will dream; None while it is not known yet, for a first check.

    Raises:
        SettingError: an unknown name, or a value that its setting does not allow.
        RecipeError: a recipe file that is absent or can't serve.
    """
    check_names(given)
    if given.get("layers") is not None and given.keys() >= set(names()):
        return Settings(**given)
    said = {name: value for name, value in given.items() if value is not None}
    recipe = find(said.get("recipe", "classic"))
    hidden = () if network in (None, *VGGS) else recipe.of_vgg
    overrides = {name: value for name, value in recipe.overrides.items() if name not in hidden}
    return Settings(**_joined(_joined(overrides, recipe.networks.get(network or "", {})), said))


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both, the second on top."""
    return {**_without(below, above), **above}


def _without(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of the first under the second: neither what that sets, nor what excludes something that it sets."""
    hidden = set(above)
    for first, second, _ in EXCLUSIVE:
        for one, other in ((first, second), (second, first)):
            if above.get(one, FIELDS[one].default) != FIELDS[one].default:
                hidden.add(other)
    return {name: value for name, value in below.items() if name not in hidden}
