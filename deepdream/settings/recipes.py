"""Named sets of overrides on Settings.

RECIPES: name -> Recipe                         what each looks like, costs, and where it comes from
find(name) -> Recipe                            a built-in recipe, or a user's (see `user_recipes`)
resolve(given, network) -> Settings             defaults < recipe < recipe's values for the network < what was given
naming(error, given) -> the error               with the recipe in it where a setting came from one
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deepdream.errors import RecipeError, RequestError, SelectionError, SettingError, nearest
from deepdream.settings import user_recipes
from deepdream.settings.fields import EXCLUSIVE, FIELDS, VGGS, Settings, check_names, names
from deepdream.settings.user_recipes import UserRecipe


@dataclass(frozen=True)
class Recipe:
    """A named way to dream.

    Attributes:
        look: what the dream looks like, in one line.
        cost: its cost relative to `classic` on the same picture.
        source: where the values come from.
        overrides: settings that differ from the defaults, on every network.
        networks: network name -> further overrides for that network.
        made_for: the networks whose weights its numbers were made for; empty for all.
        elsewhere: further overrides for networks that it was not made for.
        vgg_only: overrides that apply to VGG-style networks only, such as layer names; `request` chooses layers for
            the others.
    """

    look: str
    cost: str
    source: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    made_for: tuple[str, ...] = ()
    elsewhere: Mapping[str, Any] = field(default_factory=dict)
    vgg_only: tuple[str, ...] = ()


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
    "tv": 0.0,
    "headroom": 0.0,
    "input": "raw",
    "profile": "keep",
    "precision": "float32",
}

_NOT_SEED: dict[str, Any] = {
    "input": "network",
    "shape": "natural",
    "jitter": 16,
    "step_size": 0.04,
    "objective": "squares",
    "tv": 0.07,
    "headroom": 0.5,
}
"""On weights that saw other numbers than 0..1 in training, the original's own make rainbow noise."""


def _look(look: str, cost: str, **overrides: Any) -> Recipe:
    """A look that was chosen by eye, with layers that VGG19, VGG16 and pocket all have."""
    return Recipe(
        look, cost, "chosen by looking, on VGG16's published weights and on pocket", overrides, vgg_only=("layers",)
    )


LOOKS: dict[str, Recipe] = {
    "calm": _look(
        "as classic, but quiet skies stay quiet, colours stay, and faces are clear",
        "1.6 times classic: every step draws back to the original a little, so it takes more of them",
        layers="block4_pool,block5_conv2",
        steps=16,
        breath=0.03,
    ),
    "engraving": _look(
        "fine dark strokes along every edge, like a woodcut",
        "small: early layers, and it stops early",
        layers="block2_conv1",
        shape_exponent=0.3,
        distance=0.08,
    ),
    "pebbles": _look(
        "smooth facets and dark spots, like wet pebbles",
        "small: early layers, and it stops early",
        layers="block2",
        distance=0.1,
    ),
    "coils": _look("flowing lines that curl into tubes", "half of classic", layers="block3_conv3"),
    "eyes": _look("round eyes in rings; on VGG16 curls and tubes with eyes", "as classic", layers="block4_conv2"),
    "spirals": _look(
        "fine spirals and rings, light and shade unchanged",
        "as classic",
        layers="block4_conv2",
        shape="laplacian",
    ),
    "fur": _look("furry faces that look out of everything", "as classic", layers="block4_pool"),
    "creatures": _look(
        "whole animals, few and large", "half as much again as classic", layers="block5_conv2", steps=14
    ),
    "giants": _look(
        "soft, huge faces in the place of mountains and clouds",
        "half as much again as classic",
        layers="block5_conv2",
        steps=14,
        shape_exponent=1.6,
    ),
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
            "pocket": {"layers": "block4_conv4,block5_conv2"},
        },
    ),
    "seed": Recipe(
        look="the student project this tool grew from: bold, saturated strokes at 224x224",
        cost="small: five steps at 224x224",
        source="the original project's numbers to the letter: raw input 0..1, standardised gradient, steps of 0.1",
        overrides=_SEED,
        made_for=("vgg19", "vgg16"),
        elsewhere=_NOT_SEED,
        vgg_only=("layers",),
    ),
    "seed-multiscale": Recipe(
        look="as seed, then grown three times by 1.3 with five more steps each: coarse strokes filled with fine ones",
        cost="small: five steps at each of 224, 291, 378 and 491 pixels",
        source="the original project's growing scales",
        overrides=_SEED | {"octaves": 4},
        made_for=("vgg19", "vgg16"),
        elsewhere=_NOT_SEED,
        vgg_only=("layers",),
    ),
    **LOOKS,
}


def find(name: str) -> Recipe:
    """The recipe of that name: built in, saved, or a file if the name ends in .toml.

    Raises:
        SettingError: there is none; the message suggests the nearest ones.
        RecipeError: its file is missing or invalid.
    """
    if name in RECIPES:
        return RECIPES[name]
    path = user_recipes.path_of(name)
    if path is None:
        alike = nearest(name, [*RECIPES, *user_recipes.saved()])
        hint = f"Did you mean {' or '.join(alike)}?" if alike else "List them with: deepdream recipes"
        raise SettingError(f"There is no recipe {name!r}.", hint)
    return laid_over(user_recipes.read(path, RECIPES))


def laid_over(user: UserRecipe) -> Recipe:
    """A user's recipe merged onto the built-in one that it is based on."""
    base = RECIPES[user.based_on]
    networks = {
        network: _merged(_without(base.networks.get(network, {}), user.overrides), user.networks.get(network, {}))
        for network in dict.fromkeys([*base.networks, *user.networks])
    }
    return Recipe(
        look=user.look or f"as {user.based_on}, with settings of your own",
        cost=user.cost,
        source=user.source or "your own",
        overrides=_merged(base.overrides, user.overrides),
        networks={network: values for network, values in networks.items() if values},
        made_for=base.made_for,
        elsewhere=_without(base.elsewhere, user.overrides),
        vgg_only=tuple(name for name in base.vgg_only if name not in user.overrides),
    )


def by_network(name: str, recipe: Recipe = RECIPES["classic"]) -> dict[str, Any]:
    """What a recipe sets a setting to: by network, where that has a value of its own."""
    return {network: values[name] for network, values in recipe.networks.items() if name in values}


def resolve(given: Mapping[str, Any], network: str | None = None) -> Settings:
    """The full settings of a request.

    If every setting is given, as in the record that a dream carries, no recipe is looked up. So a dream made with a
    user's recipe can be made again without that recipe's file.

    Args:
        given: the user's settings by name; None means not given.
        network: the network that will dream; None while still unknown, for a first check.

    Raises:
        SettingError: an unknown name, or an invalid value.
        RecipeError: a recipe file that is missing or invalid.
    """
    check_names(given)
    if _in_full(given):
        return Settings(**given)
    explicit = {name: value for name, value in given.items() if value is not None}
    recipe = find(explicit.get("recipe", "classic"))
    hidden = () if network in (None, *VGGS) else recipe.vgg_only
    overrides = {name: value for name, value in recipe.overrides.items() if name not in hidden}
    if _is_elsewhere(recipe, network):
        overrides = _merged(overrides, recipe.elsewhere)
    return Settings(**_merged(_merged(overrides, recipe.networks.get(network or "", {})), explicit))


def note(given: Mapping[str, Any], network: str) -> str:
    """A sentence where the recipe takes other values than its own on this network; empty otherwise."""
    if _in_full(given):
        return ""
    name = given.get("recipe") or "classic"
    recipe = find(name)
    others = ", ".join(setting.replace("_", " ") for setting in recipe.elsewhere if given.get(setting) is None)
    if not others or not _is_elsewhere(recipe, network):
        return ""
    return (
        f"The recipe {name} was made for {' and '.join(recipe.made_for)}; on {network} it has values of its own for "
        f"{others}."
    )


def _is_elsewhere(recipe: Recipe, network: str | None) -> bool:
    """Whether the recipe was not made for this network; None for one that is still unknown."""
    return bool(recipe.made_for) and network is not None and network not in recipe.made_for


def naming(error: RequestError, given: Mapping[str, Any]) -> RequestError:
    """The error, with the recipe in its sentence where a setting that it names came from one and was not given."""
    typed = {name for name, value in given.items() if value is not None}
    if "recipe" not in typed or isinstance(error, RecipeError) or _in_full(given):
        return error
    recipe = find(given["recipe"])
    for values in (recipe.overrides, recipe.elsewhere, *recipe.networks.values()):
        for name, value in values.items():
            if name not in typed and _names(error, name, value):
                place = f"({name} is from the recipe {given['recipe']})"
                return type(error)(f"{error.message.removesuffix('.')} {place}.", error.advice)
    return error


def _in_full(given: Mapping[str, Any]) -> bool:
    """Whether every setting is given, as a dream's file records them."""
    return given.get("layers") is not None and given.keys() >= set(names())


def _names(error: RequestError, name: str, value: Any) -> bool:
    """Whether an error is about a setting: it begins with it, or holds a file's name or a layer that it gives."""
    if isinstance(error, SelectionError):
        return name == "layers"
    is_file = FIELDS[name].metadata["metavar"] == "FILE" and str(value).removeprefix("!") in error.message
    return is_file or error.message.startswith(f"{name} ")


def _merged(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both; the second takes precedence."""
    return {**_without(base, above), **above}


def _without(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The first without what the second sets, and without what excludes something that the second sets."""
    hidden = set(above)
    for first, second, _ in EXCLUSIVE:
        for one, other in ((first, second), (second, first)):
            if above.get(one, FIELDS[one].default) != FIELDS[one].default:
                hidden.add(other)
    return {name: value for name, value in base.items() if name not in hidden}
