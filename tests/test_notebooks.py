"""The notebooks of examples/ run from first cell to last, show something, and use nothing but what is public."""

import ast
import sys

import nbformat
import pytest

import deepdream
from deepdream import errors, images, settings
from tools import notebooks

LARGEST = 1_000_000
"""Bytes of a notebook with its pictures."""

FOREIGN = {"numpy", "PIL"}
"""Packages that a notebook may use beside ours."""


def cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("path", notebooks.notebooks(), ids=lambda path: path.stem)
def test_it_runs_and_shows_as_many_pictures_as_are_stored(path, tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPDREAM_CACHE", str(tmp_path / "cache"))
    run = [cell for cell in notebooks.execute(path, tmp_path).cells if cell.cell_type == "code"]
    stored = cells(path)
    assert [kinds(cell) for cell in run] == [kinds(cell) for cell in stored]
    assert not any("stderr" in output.get("name", "") for cell in run for output in cell.outputs)


def kinds(cell):
    """What a cell shows, without its content."""
    return [sorted(output.get("data", {"text": ""})) for output in cell.outputs]


@pytest.mark.parametrize("path", notebooks.notebooks(), ids=lambda path: path.stem)
def test_it_is_stored_executed_and_small(path):
    assert path.stat().st_size < LARGEST
    assert [cell.execution_count for cell in cells(path)] == list(range(1, len(cells(path)) + 1))
    assert sum("image/png" in output.get("data", {}) for cell in cells(path) for output in cell.outputs) >= 2


@pytest.mark.parametrize("path", notebooks.notebooks(), ids=lambda path: path.stem)
def test_it_uses_public_names_only(path):
    tree = ast.parse("\n".join(cell.source for cell in cells(path)))
    public = {"deepdream": set(deepdream.__all__) | {"images", "settings", "errors"}}
    public |= {f"deepdream.{room.__name__.rpartition('.')[2]}": set(room.__all__) for room in (images, settings)}
    public["deepdream.errors"] = {name for name in dir(errors) if name.endswith("Error")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(alias.name in {"deepdream", *FOREIGN, *sys.stdlib_module_names} for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "deepdream":
            assert {alias.name for alias in node.names} <= public[node.module]
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("deepdream", "images")
        ):
            room = "deepdream" if node.value.id == "deepdream" else "deepdream.images"
            assert node.attr in public[room], node.attr


def test_there_are_three():
    assert [path.stem for path in notebooks.notebooks()] == ["dream", "look-inside", "paint"]
