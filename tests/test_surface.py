"""The public surface is complete and documented, and follows the project's conventions."""

import ast
import inspect
from pathlib import Path

import pytest

import deepdream
from deepdream import errors, images, settings

ROOT = Path(deepdream.__file__).parents[1]
CALLABLE = [name for name in deepdream.__all__ if callable(getattr(deepdream, name))]


def own_docstring(name):
    """The docstring in the source; `inspect.getdoc` also returns a parent's, and one that `dataclass` generates."""
    thing = inspect.unwrap(getattr(deepdream, name))
    tree = ast.parse(inspect.getsource(inspect.getmodule(thing)))
    (found,) = (node for node in tree.body if getattr(node, "name", None) == thing.__name__)
    return ast.get_docstring(found) or ""


def test_the_public_list_matches_the_module():
    """Everything public in the package's file is in `__all__`, and nothing else."""
    source = ast.parse((ROOT / "deepdream" / "__init__.py").read_text())
    guard = next(node for node in source.body if isinstance(node, ast.If))  # TYPE_CHECKING
    typed = {alias.name for node in guard.body for alias in node.names}
    assert set(deepdream.__all__) == typed | {"__version__"}
    for name in deepdream.__all__:
        assert getattr(deepdream, name) is not None
    assert dir(deepdream) == sorted(deepdream.__all__)


def test_each_name_is_defined_inside_the_package():
    for name in CALLABLE:
        assert getattr(deepdream, name).__name__ == name
        assert getattr(deepdream, name).__module__.startswith("deepdream.")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'deepdream' has no attribute 'nightmare'"):
        deepdream.nightmare  # noqa: B018  (the access is the test)


@pytest.mark.parametrize("name", ["dream", "dream_steps"])
def test_data_is_positional_and_settings_are_keywords(name):
    parameters = list(inspect.signature(getattr(deepdream, name)).parameters.values())
    assert parameters[0].name == "image"
    assert all(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in parameters[1:])


@pytest.mark.parametrize("name", CALLABLE)
def test_everything_public_has_its_own_docstring(name):
    assert len(own_docstring(name)) > 20


@pytest.mark.parametrize("name", [name for name in CALLABLE if inspect.isclass(getattr(deepdream, name))])
def test_every_public_record_describes_its_fields(name):
    described = own_docstring(name)
    for field in getattr(getattr(deepdream, name), "__dataclass_fields__", ()):
        if name != "Settings":  # whose fields carry their own help
            assert field in described, field


def test_main_imports_only_public_names():
    """The names of `deepdream` and of its public rooms: errors, images and settings keep their import paths."""
    taken = [node for node in ast.walk(ast.parse((ROOT / "main.py").read_text())) if isinstance(node, ast.ImportFrom)]
    ours = {
        f"{node.module}.{alias.name}" for node in taken if node.module.startswith("deepdream") for alias in node.names
    }
    public = {f"deepdream.{name}" for name in (*deepdream.__all__, "images")}
    public |= {f"{room.__name__}.{name}" for room in (images, settings) for name in room.__all__}
    public |= {f"deepdream.errors.{name}" for name in dir(errors) if name.endswith("Error")}
    assert ours
    assert ours <= public
