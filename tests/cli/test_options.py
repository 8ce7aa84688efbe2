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
        assert f"[default: {field.default}]" in text
    if settings.value_type(field.name)[0] is bool:
        assert f"{flag} / --no-{field.name}" in text


def test_settings_are_shown_as_they_are_typed():
    values = {"size": [60, 90], "step_size": 0.1, "clip": True, "tile": None, "layers": "block4"}
    assert options.shown_settings(values) == [
        ("--size", "90x60"),
        ("--step-size", "0.1"),
        ("--clip", ""),
        ("--layers", "block4"),
    ]
    assert options.shown_settings({"clip": False}) == [("--no-clip", "")]
