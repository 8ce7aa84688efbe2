"""Settings reject invalid values with one sentence, and convert only without loss."""

import dataclasses

import pytest

from deepdream import settings
from deepdream.errors import SelectionError, SettingError
from deepdream.settings import Settings, checks, fields
from deepdream.settings.declaration import COMPUTING, GRADIENT, Part
from deepdream.settings.fields import FIELDS


def test_the_defaults_are_the_classic_recipe_of_2015():
    classic = Settings()
    assert (classic.octaves, classic.octave_ratio, classic.steps, classic.jitter) == (4, 1.4, 10, 32)
    assert classic.step_size == pytest.approx(1.5 / 255)
    assert (classic.normalize, classic.objective, classic.octave_mode) == ("mean-abs", "squares", "detail")


def test_settings_can_not_be_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().steps = 3


def test_a_size_is_typed_width_first_and_kept_height_first():
    assert Settings(size="300x200").size == (200, 300)
    assert Settings(size=[200, 300]).size == (200, 300)  # as JSON gives it back
    assert settings.format_size((200, 300)) == "300x200"


def test_an_int_is_accepted_for_a_float():
    assert Settings(octave_ratio=2).octave_ratio == 2.0
    assert isinstance(Settings(octave_ratio=2).octave_ratio, float)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"steps": 0}, "steps 0 is out of its bounds: 1 to 100000."),
        ({"step_size": 2.5}, "step_size 2.5 is out of its bounds: 1e-06 to 1.0."),
        ({"step_size": float("nan")}, "step_size nan is out of its bounds: 1e-06 to 1.0."),
        ({"steps": "ten"}, "steps 'ten' is not a whole number."),
        ({"steps": True}, "steps True is not a whole number."),
        ({"clip": 1}, "clip 1 is not true or false."),
        ({"objective": "squers"}, "objective 'squers' is not one of mean, squares. Did you mean squares?"),
        ({"size": "900"}, "size '900' is not of the form WIDTHxHEIGHT. Type for example --size 900x600."),
        ({"steps": None}, "steps None is not a whole number."),
        ({"step_size": None}, "step_size None is not a number."),
        ({"size": (0, 9)}, "size 9x0 is not a width and a height in whole pixels, each 1 to 1000000."),
        ({"size": 9}, "size 9 is not a width and a height in whole pixels, each 1 to 1000000."),
        (
            {"size": "90x60", "max_side": 50},
            "size 90x60 and max_side 50 exclude each other. Give one of them.",
        ),
        ({"tileable": True, "panorama": True}, "tileable and panorama exclude each other. Give one of them."),
        (
            {"convolution": "winograd", "precision": "bfloat16"},
            "convolution winograd and precision bfloat16 exclude each other: that convolution is computed in float32. "
            "Give one of them.",
        ),
        ({"palette": "a.jpg", "colour": "keep"}, "palette and colour keep exclude each other. Give one of them."),
        (
            {"mask": "a.png", "regions": "b.toml"},
            "mask and regions exclude each other. Name the mask in the regions file.",
        ),
        ({"fill": "#12345"}, "fill '#12345' is not of the form #RRGGBB."),
        ({"guide": "a.jpg=0"}, "guide 'a.jpg=0' gives every picture the weight 0. Give one of them a weight."),
        (
            {"layers": "block1/"},
            "layers 'block1/' is not a value for each octave. Type for example 20/10/5, or 20..5 for an even change.",
        ),
        ({"memory": 5}, "memory 5 is out of its bounds: 1MiB to 1024.0TiB."),
        (
            {"memory": "9" * 400},
            f"memory '{'9' * 400}' is not an amount of memory. Type for example --memory 6GiB.",
        ),
        ({"memory": "6 apples"}, "memory '6 apples' is not an amount of memory. Type for example --memory 6GiB."),
    ],
)
def test_an_invalid_value_raises_with_one_sentence(given, message):
    with pytest.raises(SettingError) as refused:
        Settings(**given)
    assert str(refused.value) == message
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("layers", ["block1:x", "block1/block2:x", ["block1", "block2:x"]])
def test_layers_are_read_by_their_grammar_for_every_octave(layers):
    with pytest.raises(SelectionError, match="is not a channel number or a range of them"):
        Settings(layers=layers)


def test_tileable_wraps_both_ways_and_a_panorama_in_longitude():
    assert Settings(tileable=True).wraps == (True, True)
    assert Settings(panorama=True).wraps == (False, True)
    assert Settings().wraps == (False, False)


OTHER_VALUES = {
    "recipe": "seed",
    "start": "pink",
    "fill": "#102030",
    "layers": "block1",
    "guide": "a.jpg",
    "network": "vgg16",
    "weights": "a.h5",
    "palette": "a.jpg",
    "mask": "a.png",
    "paint": "a.png",
    "brushes": "block1",
    "regions": "a.toml",
    "size": (9, 7),
}
"""A value other than the default, where neither bounds nor choices give one."""


def another(setting):
    """A value other than the setting's default."""
    kind, _ = settings.value_type(setting.name)
    if setting.name in OTHER_VALUES:
        return OTHER_VALUES[setting.name]
    if kind is bool:
        return not setting.default
    choices = setting.metadata["choices"]
    return next(
        value for value in (*choices, setting.metadata["low"], setting.metadata["high"]) if value != setting.default
    )


@pytest.mark.parametrize("setting", FIELDS.values(), ids=lambda setting: setting.name)
def test_a_part_of_the_dream_is_shared_unless_a_setting_that_affects_it_differs(setting):
    changed = Settings(**{setting.name: another(setting)})
    for part in Part:
        assert (fields.sharing(changed, part) == fields.sharing(Settings(), part)) != bool(
            part & setting.metadata["affects"]
        )


def test_two_dreams_share_a_compiled_gradient_unless_target_input_or_computation_differ():
    touching = {name for name, setting in FIELDS.items() if setting.metadata["affects"] & (GRADIENT | COMPUTING)}
    assert touching == {
        *("layers", "guide", "objective", "brushes", "regions", "input", "network", "weights"),
        *("tileable", "panorama"),
        *("tile", "memory", "convolution", "precision", "threads"),
    }


def test_what_a_condition_or_an_exclusion_names_is_a_setting_and_one_of_its_values():
    for setting in FIELDS.values():
        for condition in filter(None, (setting.metadata["only_if"], setting.metadata["unless"])):
            other, *value = (condition,) if isinstance(condition, str) else condition
            assert checks.checked(FIELDS[other], *(value or [FIELDS[other].default])) in (*value, None)
    for first, second, _ in fields.EXCLUSIVE:
        assert {first, second} <= FIELDS.keys()


def test_an_unknown_name_raises_and_the_nearest_are_suggested():
    with pytest.raises(SettingError) as refused:
        settings.check_names({"octave": 3})
    assert (
        str(refused.value)
        == "'octave' is not a setting of a dream. Did you mean octaves or octave_mode or octave_ratio?"
    )


def test_every_setting_has_a_one_line_help_and_a_valid_default():
    for setting in dataclasses.fields(Settings):
        help = setting.metadata["help"]
        assert help.endswith(".")
        assert len(help) <= 200
        Settings(**{setting.name: setting.default})
