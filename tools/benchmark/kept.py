"""Measurements of a command, kept under build/ until the command is complete, so that it resumes where it was stopped.

kept(name, key, measure) -> what was measured under this key: before, or now
forget(command)
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.benchmark.environment import ROOT

FOLDER = ROOT / "build" / "benchmark"


def kept(name: str, key: Any, measure: Callable[[], Any]) -> Any:
    """The result kept under the key, or a new one, which is kept at once.

    Args:
        name: of the file, one JSON line for each result: the command's, or that and a hyphen and more.
        key: what was measured, as JSON values.
        measure: measures it; the result is of JSON values.
    """
    file, key = _file(name), json.loads(json.dumps(key))
    for line in map(json.loads, file.read_text("utf-8").splitlines() if file.exists() else ()):
        if line["key"] == key:
            print(f"{name} {key}: kept from the last run, which was stopped.", flush=True)
            return line["result"]
    line = json.loads(json.dumps({"key": key, "result": measure()}))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(json.dumps(line) + "\n")
    return line["result"]


def forget(command: str) -> None:
    """Remove what is kept of a command."""
    for file in (_file(command), *FOLDER.glob(f"{command}-*.jsonl")):
        file.unlink(missing_ok=True)


def _file(name: str) -> Path:
    return FOLDER / f"{name}.jsonl"
