"""The public surface is what it says it is, and everyone on it keeps the house rules."""

import inspect

import pytest

import deepdream


def test_the_public_list_is_what_is_there():
    for name in deepdream.__all__:
        assert getattr(deepdream, name) is not None
    assert dir(deepdream) == sorted(deepdream.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'deepdream' has no attribute 'nightmare'"):
        deepdream.nightmare  # noqa: B018  (the access is the test)


@pytest.mark.parametrize("name", ["dream", "dream_steps"])
def test_data_is_positional_and_settings_are_keywords(name):
    parameters = list(inspect.signature(getattr(deepdream, name)).parameters.values())
    assert parameters[0].name == "image"
    assert all(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in parameters[1:])


@pytest.mark.parametrize("name", [name for name in deepdream.__all__ if not name.startswith("__")])
def test_everything_public_has_a_docstring(name):
    assert len(inspect.getdoc(getattr(deepdream, name))) > 40
