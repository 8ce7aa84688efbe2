"""Executes the notebooks of examples/ and stores what they show: python -m tools.notebooks [NAME...]

execute(path, folder) -> the notebook with its outputs, run in a kernel of its own in that folder

Outputs are stored without the clock's times, so that running them again changes as little as it can.
"""

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

PATIENCE = 300
"""Seconds that a cell may take."""


def notebooks() -> list[Path]:
    """All notebooks, in alphabetical order."""
    return sorted(EXAMPLES.glob("*.ipynb"))


def execute(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after a run from its first cell to its last.

    Args:
        path: of the notebook; it is not changed.
        folder: that it runs in.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = NotebookClient(
        notebook, timeout=PATIENCE, kernel_name="python3", resources={"metadata": {"path": str(folder)}},
        record_timing=False,
    )  # fmt: skip
    client.execute()
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    return notebook


def main(names: list[str]) -> None:
    """Execute the notebooks named, or all."""
    for path in notebooks():
        if not names or path.stem in names:
            with tempfile.TemporaryDirectory() as folder:
                nbformat.write(execute(path, Path(folder)), path)
            print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
