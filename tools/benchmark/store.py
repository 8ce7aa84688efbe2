"""docs/performance.json: the results, by kind of processor and command; docs/performance.md is rendered from it.

read() -> {kind: {command: result}} · put(kind, command, result)
"""

import json
from pathlib import Path
from typing import Any

from deepdream.atomic import replacing

FILE = Path(__file__).resolve().parents[2] / "docs" / "performance.json"


def read(file: Path = FILE) -> dict[str, Any]:
    """All results; the kinds in the order in which they were first measured."""
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def put(kind: str, command: str, result: Any, file: Path = FILE) -> None:
    """Replace one command's result on a kind of processor (see `machine.kind`); the others stay."""
    results = read(file)
    results[kind] = dict(sorted((results.get(kind, {}) | {command: result}).items()))
    with replacing(file) as part:
        part.write_text(json.dumps(rounded(results), indent=1) + "\n", "utf-8")


def rounded(value: Any) -> Any:
    """The same with numbers rounded to six digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, (list, tuple)) else value
