"""The import tree of the package, read from its source text; function-level imports included."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "deepdream"


def module_name(path: Path) -> str:
    """Name below the package: "network.forward"; "" for the package itself, "network" for network/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def read(root: Path = PACKAGE) -> dict[str, set[str]]:
    """Module -> the modules of this package that it imports."""
    paths = {module_name(path): path for path in sorted(root.rglob("*.py"))}
    return {name: _imports(path.read_text(), set(paths)) for name, path in paths.items()}


def _imports(source: str, known: set[str]) -> set[str]:
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
