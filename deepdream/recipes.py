"""Named sets of overrides on Settings.

RECIPES: name -> Recipe                         what each looks like, costs, and where it comes from
resolve(given, network) -> Settings             defaults < recipe < recipe's values for the network < what was given
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deepdream.errors import SettingError, nearest
from deepdream.settings import Settings, check_names


@dataclass(frozen=True)
class Recipe:
    """A named way to dream.

    Attributes:
        look: what it makes, in one line.
        cost: what it costs, relative to `classic` on the same picture.
        source: whose numbers these are.
        overrides: settings that differ from the defaults, on every network.
        networks: network name -> further overrides, chosen for that network.
    """

    look: str
    cost: str
    source: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


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
        networks={"vgg19": {"layers": "block4_conv4,block5_conv2"}, "pocket": {"layers": "block4"}},
    ),
    "seed": Recipe(
        look="the student project this tool grew from: bold, saturated strokes at 224x224",
        cost="small: five steps at 224x224",
        source="the original project's numbers to the letter: raw input 0..1, standardised gradient, steps of 0.1",
        overrides=_SEED,
    ),
    "seed-multiscale": Recipe(
        look="as seed, then grown three times by 1.3 with five more steps each: coarse strokes filled with fine ones",
        cost="small: five steps at each of 224, 291, 378 and 491 pixels",
        source="the original project's growing scales",
        overrides=_SEED | {"octaves": 4},
    ),
}


def find(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        SettingError: there is none; the message names the nearest ones.
    """
    if name not in RECIPES:
        alike = nearest(name, RECIPES)
        hint = f"Did you mean {' or '.join(alike)}?" if alike else "List them with: deepdream recipes"
        raise SettingError(f"There is no recipe {name!r}.", hint)
    return RECIPES[name]


def resolve(given: Mapping[str, Any], network: str | None = None) -> Settings:
    """The settings that a request means.

    Args:
        given: what the user said, by setting name; None means not said.
        network: the network that will dream; None while it is not known yet, for a first check.

    Raises:
        SettingError: an unknown name, or a value that its setting does not allow.
    """
    check_names(given)
    said = {name: value for name, value in given.items() if value is not None}
    recipe = find(said.get("recipe", "classic"))
    chosen: dict[str, Any] = {**recipe.overrides, **recipe.networks.get(network or "", {})}
    if "max_side" in said:  # the user's own way of sizing replaces the recipe's
        chosen.pop("size", None)
    return Settings(**{**chosen, **said})
