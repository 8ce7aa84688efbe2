"""Each setting is an option, made from its field: nothing is typed twice."""

import dataclasses
import re

import pytest

from deepdream import settings
from deepdream.cli import options
from deepdream.settings import Settings


def said(*words):
    """What a command receives as `given` when these words are typed."""
    import typer

    received = {}

    @options.with_settings
    def dream(*, given: dict, loud: bool = False) -> int:
        received.update(given, loud=loud)
        return 0

    app = typer.Typer()
    app.command()(dream)
    typer.main.get_command(app).main(list(words), standalone_mode=False)
    return received


def test_what_was_not_typed_is_not_given():
    assert said() == {"loud": False}


def test_what_was_typed_has_the_type_of_its_setting():
    given = said(
        "--steps", "3", "--step-size", "1e-2", "--no-clip", "--size", "90x60", "--layers", "block4", "--loud"
    )  # fmt: skip
    assert given == {"steps": 3, "step_size": 0.01, "clip": False, "size": "90x60", "layers": "block4", "loud": True}
    del given["loud"]
    assert Settings(**given).size == (60, 90)


def test_a_number_that_is_none_is_left_to_settings_to_refuse():
    assert said("--steps", "many")["steps"] == "many"


@pytest.mark.parametrize("field", dataclasses.fields(Settings), ids=lambda field: field.name)
def test_help_shows_option_help_default_and_choices(command, field):
    text = " ".join(command("dream", "--help").out.split())
    flag = "--" + field.name.replace("_", "-")
    assert re.search(rf"{flag}\b", text)
    assert " ".join(field.metadata["help"].split()) in text
    if field.metadata.get("choices"):
        assert f"{flag} {'|'.join(field.metadata['choices'])} " in text
    if isinstance(field.default, int) and not isinstance(field.default, bool):
        assert re.search(rf"\[default: {field.default}[];]", text)
    if settings.value_type(field.name)[0] is bool:
        assert f"{flag} / --no-{field.name}" in text


def test_help_shows_the_default_of_each_network_that_has_one_of_its_own(command):
    text = " ".join(command("dream", "--help").out.split())
    assert "Gradient steps per octave. [default: 10]" in text
    assert "the recipe's own when not given. [default: block4_conv4,block5_conv2 on vgg19; block4_conv3," in text


@pytest.mark.parametrize("network", ["pocket", "vgg19", "vgg16", "inceptionv3", "resnet50"])
def test_defaults_shown_are_those_that_a_first_dream_takes(command, network):
    text = " ".join(command("dream", "--help").out.split())
    taken = settings.resolve({}, network)
    for field in dataclasses.fields(Settings):
        value = getattr(taken, field.name)
        if value is not None and not isinstance(value, bool) and field.name != "recipe":
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            own = f"{shown} on {network}" if value != field.default else f"[default: {shown}"
            assert f"{own};" in text or f"{own}]" in text, field.name


def test_settings_are_shown_as_they_are_typed():
    values = {"size": [60, 90], "step_size": 0.1, "clip": True, "tile": None, "layers": "block4"}
    assert options.shown_settings(values) == [
        ("--size", "90x60"),
        ("--step-size", "0.1"),
        ("--clip", ""),
        ("--layers", "block4"),
    ]
    assert options.shown_settings({"clip": False}) == [("--no-clip", "")]
