"""The rooms of deepdream/ and which imports which, drawn from the source into docs/house.svg: python -m tools.house

FLOORS                    the rooms, bottom to top: a room imports from lower floors only (tests/test_architecture.py)
imports(package) -> tree  module -> the modules of the package that it imports
arrows(tree) -> pairs     room -> room, without those implied by others
"""

import ast
from collections.abc import Mapping
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "deepdream"
DRAWING = ROOT / "docs" / "house.svg"

FLOORS = (
    ("errors", "atomic", "stderr", "_version"),
    ("runtime", "settings"),
    ("network", "images"),
    ("objectives", "gradient", "ascent", "pages"),
    ("pipeline", "benchmark"),
    ("features", "attribution", "film", "compare"),
    ("batch", "studio"),
    ("cli",),
)

COLUMNS = {"pipeline": 1.0, "benchmark": 3.0, "cli": 1.5}
"""Column of a room in box widths, if not its position on its floor; chosen for readable arrows."""

WIDTH, HEIGHT, WIDE, HIGH = 150, 78, 118, 38
"""Size of a grid cell and of the box in it, in pixels."""

STYLE = """
text { font: 15px system-ui, sans-serif; fill: #1d1d1b; text-anchor: middle; }
rect { fill: #fbfaf7; stroke: #8a8780; } path { fill: none; stroke: #4269d0; } .faint { fill: #8a8780; }
"""


def imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Module below the package, "" for the package itself -> the modules it imports, also inside functions."""
    paths = {_name(path, package): path for path in sorted(package.rglob("*.py"))}
    return {name: _imported(path.read_text("utf-8"), set(paths)) for name, path in paths.items()}


def room(module: str) -> str:
    """The room that a module is in: network.vgg.forward is in network."""
    return module.split(".")[0]


def arrows(tree: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Which room imports which; an arrow implied by a path of others is left out (transitive reduction)."""
    rooms = {name for floor in FLOORS for name in floor}
    pairs = {(room(one), room(other)) for one, others in tree.items() for other in others}
    pairs = {(one, other) for one, other in pairs if one != other and {one, other} <= rooms}
    reach = set(pairs)
    for _ in FLOORS:  # a path has at most as many arrows as there are floors
        reach |= {(one, last) for (one, middle), (first, last) in product(reach, pairs) if middle == first}
    return {
        (one, other)
        for one, other in pairs
        if not any((one, middle) in reach and (middle, other) in reach for middle in rooms)
    }


def drawing(tree: Mapping[str, set[str]]) -> str:
    """The rooms as boxes, floor upon floor, and the arrows between them, as SVG."""
    present = {room(module) for module in tree}
    at = {}
    for number, floor in enumerate(FLOORS):
        for column, name in enumerate(name for name in floor if name in present):
            across = 60 + WIDTH * (COLUMNS.get(name, column) + 0.5)
            at[name] = across, HEIGHT * (len(FLOORS) - number - 0.5)
    size = f"{max(x for x, _ in at.values()) + WIDE / 2 + 10:.0f} {HEIGHT * len(FLOORS)}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">']
    parts.append("<title>The rooms of deepdream, bottom to top, and which imports which</title>")
    parts.append(f"<style>{STYLE}</style>")
    for one, other in sorted(arrows(tree)):
        (x, y), (below_x, below_y) = at[one], at[other]
        start, end, bend = y + HIGH / 2, below_y - HIGH / 2, HEIGHT / 3
        parts.append(f'<path d="M{x:.0f} {start:.0f} C{x:.0f} {start + bend:.0f} {below_x:.0f} {end - bend:.0f} ')
        parts[-1] += f'{below_x:.0f} {end:.0f}"/>'
    for name, (x, y) in at.items():
        parts.append(f'<rect x="{x - WIDE / 2:.0f}" y="{y - HIGH / 2:.0f}" width="{WIDE}" height="{HIGH}" rx="6"/>')
        label = name if (PACKAGE / name).is_dir() else f"{name}.py"
        parts.append(f'<text x="{x:.0f}" y="{y + 5:.0f}">{label}</text>')
    for number in range(len(FLOORS)):
        y = HEIGHT * (len(FLOORS) - number - 0.5)
        parts.append(f'<text class="faint" x="25" y="{y + 5:.0f}">{number + 1}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _name(path: Path, package: Path) -> str:
    """network.vgg.forward; "" for the package itself, "network" for network/__init__.py."""
    return ".".join(part for part in path.relative_to(package).with_suffix("").parts if part != "__init__")


def _imported(source: str, known: set[str]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "deepdream":
            base = (node.module or "")[len("deepdream") :].strip(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}".strip(".")
                found.add(inner if inner in known else base)
        elif isinstance(node, ast.Import):
            found.update(alias.name[len("deepdream.") :] for alias in node.names if alias.name.startswith("deepdream."))
    return found


if __name__ == "__main__":
    DRAWING.write_text(drawing(imports()), "utf-8")
