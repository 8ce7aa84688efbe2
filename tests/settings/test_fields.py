"""Settings refuse what they don't allow, in words, and convert only what loses nothing."""

import dataclasses

import pytest

from deepdream import settings
from deepdream.errors import SettingError
from deepdream.settings import Settings


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


def test_a_whole_number_serves_as_a_number():
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
        ({"size": (0, 9)}, "size 9x0 is not a width and a height in whole pixels, each 1 at least."),
        ({"size": 9}, "size 9 is not a width and a height in whole pixels, each 1 at least."),
        (
            {"size": "90x60", "max_side": 50},
            "size 90x60 and max_side 50 exclude each other. Give one of them.",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(given, message):
    with pytest.raises(SettingError) as refused:
        Settings(**given)
    assert str(refused.value) == message
    assert refused.value.exit_code == 2


def test_an_unknown_name_is_told_the_nearest_ones():
    with pytest.raises(SettingError) as refused:
        settings.check_names({"octave": 3})
    assert (
        str(refused.value)
        == "'octave' is not a setting of a dream. Did you mean octaves or octave_mode or octave_ratio?"
    )


def test_every_setting_has_a_help_of_one_line_and_a_default_that_is_allowed():
    for setting in dataclasses.fields(Settings):
        help = setting.metadata["help"]
        assert help.endswith(".")
        assert len(help) <= 200
        Settings(**{setting.name: setting.default})
