"""Imports point down only: the rooms in docs/tour.md, bottom to top, and no circle anywhere."""

import graphlib

import pytest

from tests import imports

FLOORS = (
    ("errors", "atomic", "_version"),
    ("settings", "runtime"),
    ("network", "images"),
    ("objectives", "ascent"),
    ("gradient",),
    ("pipeline", "benchmark"),
    ("features", "compare", "batch", "film", "studio"),
    ("cli",),
    ("__main__",),
)
"""Bottom to top, as docs/tour.md draws them; __main__ is the door."""

ROOMS = tuple(room for floor in FLOORS for room in floor)

TREE = imports.read()


def room(module: str) -> str:
    parts = module.split(".")
    return next(name for n in (2, 1) if (name := ".".join(parts[:n])) in ROOMS)


@pytest.mark.parametrize("module", [name for name in TREE if name])
def test_the_module_imports_only_from_rooms_below_its_own(module):
    here = ROOMS.index(room(module))
    upward = [other for other in TREE[module] if other and ROOMS.index(room(other)) > here]
    assert not upward, f"{module} ({room(module)}) looks up to {upward}"


def test_there_is_no_circle():
    below = {module: others - {"", module} for module, others in TREE.items() if module}
    assert list(graphlib.TopologicalSorter(below).static_order())


def test_the_test_itself_sees_an_upward_import(tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "PACKAGE", tmp_path)
    (tmp_path / "errors.py").write_text(
        "def late():\n    from deepdream.pipeline import run\n    from deepdream import ascent\n"
    )
    (tmp_path / "pipeline.py").write_text("")
    (tmp_path / "ascent.py").write_text("")
    assert imports.read(tmp_path)["errors"] == {"pipeline", "ascent"}


def test_the_light_rooms_inside_network_and_gradient_have_an_empty_init():
    for folder in ("network", "gradient"):
        assert (imports.PACKAGE / folder / "__init__.py").read_text().strip() == ""


def test_only_the_command_line_prints():
    printing = [
        path.relative_to(imports.PACKAGE)
        for path in imports.PACKAGE.rglob("*.py")
        if path.relative_to(imports.PACKAGE).parts[0] != "cli" and "print(" in path.read_text()
    ]
    assert not printing
