"""Values as users type them."""

from pathlib import Path

import pytest

from deepdream.errors import SettingError
from deepdream.settings import Settings, format_bytes, format_size, parse_size
from deepdream.settings.values import parse_colour, parse_guides

GIB = 2**30


@pytest.mark.parametrize("text", ["900x603", " 900 X 603 ", "900×603"])
def test_a_size_is_typed_width_first_and_kept_height_first(text):
    assert parse_size(text) == (603, 900)
    assert format_size((603, 900)) == "900x603"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("6GiB", 6 * GIB),
        ("6gib", 6 * GIB),
        ("800MB", 800 * 10**6),
        ("2.5G", 25 * 10**8),
        ("2TiB", 2048 * GIB),
        (GIB, GIB),
    ],
)
def test_memory_is_typed_with_a_unit(typed, expected):
    assert Settings(memory=typed).memory == expected
    assert (format_bytes(6 * GIB), format_bytes(800 * 2**20)) == ("6.0GiB", "800MiB")


def test_a_colour_has_two_digits_for_each_of_red_green_and_blue():
    assert parse_colour("#ff8000") == (1.0, 128 / 255, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.jpg", [("a.jpg", 1.0)]),
        (" a.jpg , b c.jpg=-0.5", [("a.jpg", 1.0), ("b c.jpg", -0.5)]),
        ("x=y.jpg=2", [("x=y.jpg", 2.0)]),
    ],
)
def test_a_guide_is_pictures_with_weights(text, expected):
    assert parse_guides(text) == tuple((Path(name), weight) for name, weight in expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a.jpg=much",
            "The weight 'much' in guide 'a.jpg=much' is not a number. Type for example --guide a.jpg,b.jpg=0.5.",
        ),
        (
            "a.jpg=nan",
            "The weight 'nan' in guide 'a.jpg=nan' is not a number. Type for example --guide a.jpg,b.jpg=0.5.",
        ),
        ("", "guide '' names no picture. Type for example --guide flower.jpg."),
        ("a.jpg=0", "guide 'a.jpg=0' gives every picture the weight 0. Give one of them a weight."),
    ],
)
def test_an_invalid_guide_raises_with_one_sentence(text, message):
    with pytest.raises(SettingError) as refused:
        Settings(guide=text)
    assert str(refused.value) == message


def test_the_folder_of_a_saved_model_is_refused_with_the_file_to_name(tmp_path):
    (tmp_path / "saved_model.pb").touch()
    with pytest.raises(SettingError) as refused:
        Settings(network=str(tmp_path))
    assert refused.value.advice == f"It is a SavedModel's folder. Type: --network {tmp_path}/saved_model.pb"
