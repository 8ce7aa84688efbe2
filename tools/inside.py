"""Writes the sample's comparison into docs/looking-inside.md: `python -m tools.inside` (after new pocket weights).

The sheet goes to docs/compare-sample.jpg, the findings with their numbers between the two markers in the text.
"""

import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deepdream import images

ROOT = Path(__file__).resolve().parent.parent
TEXT, SHEET = ROOT / "docs" / "looking-inside.md", ROOT / "docs" / "compare-sample.jpg"
BEGIN, END = "<!-- made by tools/inside.py -->", "<!-- end -->"
COMMAND = ("compare", "--network", "pocket")


def compared(folder: Path, options: list[str]) -> dict[str, Any]:
    """The command's JSON summary; its files go into a folder."""
    words = [sys.executable, "-m", "deepdream", *COMMAND, *options, "--json", "--output", str(folder)]
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def section(findings: list[dict[str, str]]) -> str:
    """The sheet and the findings, claim by claim, as Markdown."""
    parts = ["![The sample picture dreamt with each group of layers, side by side](compare-sample.jpg)"]
    for claim, found in groupby(findings, key=lambda finding: finding["claim"]):
        parts.append(f"**“{claim}”**")
        parts.append(
            "\n".join(f"- *{one['verdict']}*: {one['says']} {one['sentence'].replace('|', ' ')}" for one in found)
        )
    return "\n\n".join(parts)


def main() -> int:
    """Write both files; further arguments go to the command."""
    with TemporaryDirectory() as name:
        folder = Path(name, "sample-compare")
        summary = compared(folder, sys.argv[1:])
        images.write(SHEET, images.read(folder / "sheet.png").pixels, quality=80)
    before, rest = TEXT.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    TEXT.write_text(f"{before}{BEGIN}\n\n{section(summary['findings'])}\n\n{END}{after}", "utf-8")
    print(f"{TEXT.relative_to(ROOT)}, {SHEET.relative_to(ROOT)} ({SHEET.stat().st_size / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
