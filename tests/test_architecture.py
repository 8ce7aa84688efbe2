"""Imports only point to lower floors of docs/tour.md, and there are no cycles."""

import graphlib

import pytest

from tools import house

FLOOR = {room: number for number, floor in enumerate(house.FLOORS) for room in floor}

ENTRY = len(house.FLOORS)
"""The floor of `python -m deepdream` and `import deepdream`: above all rooms, imported by none."""

TREE = house.imports()


def floor(module: str) -> int:
    return FLOOR.get(house.room(module), ENTRY)


def upward(module: str, others: set[str]) -> set[str]:
    """The modules that are neither in the same room nor on a lower floor."""
    return {
        other for other in others if house.room(other) != house.room(module) and floor(other) >= floor(module)
    }  # fmt: skip


@pytest.mark.parametrize("module", TREE)
def test_the_module_imports_only_from_lower_floors_and_its_own_room(module):
    assert not upward(module, TREE[module])


def test_there_are_no_import_cycles():
    assert list(graphlib.TopologicalSorter(TREE).static_order())


def test_everything_at_the_top_of_the_package_is_a_room_or_an_entry_point():
    top = {path.stem for path in house.PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert top - FLOOR.keys() == {"__init__", "__main__"}


def test_upward_and_sideways_imports_are_detected(tmp_path):
    (tmp_path / "errors.py").write_text(
        "def late():\n    from deepdream.pipeline import run\n    from deepdream import atomic, settings\n"
    )
    for name in ("pipeline", "atomic", "settings"):
        (tmp_path / f"{name}.py").write_text("")
    tree = house.imports(tmp_path)
    assert tree["errors"] == {"pipeline", "atomic", "settings"}
    assert upward("errors", tree["errors"]) == {"pipeline", "atomic", "settings"}
    assert upward("settings.fields", {"errors", "settings.checks"}) == set()


def test_implied_arrows_are_not_drawn():
    tree = {
        "cli.main": {"pipeline.run", "errors"},
        "pipeline.run": {"gradient.engine", "errors"},
        "gradient.engine": {"errors"},
    }
    assert house.arrows(tree) == {("cli", "pipeline"), ("pipeline", "gradient"), ("gradient", "errors")}


def test_the_drawing_in_the_tour_matches_the_import_graph():
    assert house.DRAWING.read_text("utf-8") == house.drawing(TREE), "type: python -m tools.house"


def test_network_and_gradient_have_an_empty_init():
    for folder in ("network", "gradient"):
        assert (house.PACKAGE / folder / "__init__.py").read_text().strip() == ""


def test_only_the_command_line_prints():
    printing = [
        path.relative_to(house.PACKAGE)
        for path in house.PACKAGE.rglob("*.py")
        if path.relative_to(house.PACKAGE).parts[0] != "cli" and "print(" in path.read_text()
    ]
    assert not printing
