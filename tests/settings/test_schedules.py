"""Schedules: one value per octave, from what the user types."""

import pytest

from deepdream.errors import SettingError
from deepdream.settings import Settings, schedules


@pytest.mark.parametrize(
    ("value", "count", "kind", "expected"),
    [
        (10, 3, int, (10, 10, 10)),
        ("20/10/5", 3, int, (20, 10, 5)),
        ("20/10", 4, int, (20, 10, 10, 10)),  # the last holds for all that follow
        ("20/10/5", 2, int, (20, 10)),
        ("20..5", 4, int, (20, 15, 10, 5)),
        ("5..20", 2, int, (5, 20)),
        ("0.02..0.01", 3, float, (0.02, 0.015, 0.01)),
        ("8..2", 1, int, (8,)),
        ("block5/block3,pool", 3, str, ("block5", "block3,pool", "block3,pool")),
    ],
)
def test_a_schedule_gives_every_octave_its_value(value, count, kind, expected):
    assert schedules.expand(value, count, kind) == (pytest.approx(expected) if kind is float else expected)


def test_settings_take_schedules_as_text_or_as_a_list():
    assert Settings(steps="20/10").steps == Settings(steps=[20, 10]).steps == "20/10"
    assert Settings(steps="12").steps == 12
    assert Settings(step_size="0.02..0.01").step_size == "0.02..0.01"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"steps": "20/0"}, "steps 0 is out of its bounds: 1 to 100000."),
        ({"step_size": "0.01..5"}, "step_size 5.0 is out of its bounds: 1e-06 to 1.0."),
        ({"octaves": "2/3"}, "octaves '2/3' is not a whole number."),
        (
            {"steps": "20//5"},
            "steps '20//5' is not a value for each octave. Type for example 20/10/5, or 20..5 for an even change.",
        ),
        (
            {"jitter": "a..b"},
            "jitter 'a..b' is not a value for each octave. Type for example 20/10/5, or 20..5 for an even change.",
        ),
    ],
)
def test_an_invalid_schedule_raises_with_one_sentence(given, message):
    with pytest.raises(SettingError) as refused:
        Settings(**given)
    assert str(refused.value) == message
