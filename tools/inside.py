"""Writes the sample's comparisons into docs/looking-inside.md: `python -m tools.inside RUN [OPTION ...]`.

RUN is one of RUNS; further options go to the command, such as the file of VGG16's weights, which are not part of the
repository: `python -m tools.inside vgg16 --weights FILE`. The sheet goes to docs/compare-RUN.jpg, the findings with
their numbers between the run's two markers in the text.
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
TEXT = ROOT / "docs" / "looking-inside.md"
END = "<!-- end -->"
RUNS = {
    "pocket": ("--network", "pocket", "--max-side", "450"),
    "vgg16": ("--network", "vgg16", "--max-side", "360"),
    "vgg16-seed": ("--network", "vgg16", "--recipe", "seed"),
}


def compared(run: str, folder: Path, options: list[str]) -> dict[str, Any]:
    """The command's JSON summary; its files go into a folder."""
    words = [sys.executable, "-m", "deepdream", "compare", *RUNS[run], *options, "--json", "--output", str(folder)]
    return json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)


def section(run: str, findings: list[dict[str, str]]) -> str:
    """The sheet and the findings, claim by claim, as Markdown."""
    parts = [f"![The sample picture dreamt with each group of layers, side by side](compare-{run}.jpg)"]
    for claim, found in groupby(findings, key=lambda finding: finding["claim"]):
        parts.append(f"**“{claim}”**")
        parts.append(
            "\n".join(f"- *{one['verdict']}*: {one['says']} {one['sentence'].replace('|', ' ')}" for one in found)
        )
    return "\n\n".join(parts)


def write(run: str, folder: Path, summary: dict[str, Any]) -> None:
    """Write a run's sheet and findings into the documents."""
    sheet, begin = TEXT.with_name(f"compare-{run}.jpg"), f"<!-- {run}: made by tools/inside.py -->"
    images.write(sheet, images.read(folder / "sheet.png").pixels, quality=60)
    before, rest = TEXT.read_text("utf-8").split(begin)
    _, after = rest.split(END, 1)
    TEXT.write_text(f"{before}{begin}\n\n{section(run, summary['findings'])}\n\n{END}{after}", "utf-8")
    print(f"{TEXT.relative_to(ROOT)}, {sheet.relative_to(ROOT)} ({sheet.stat().st_size / 1e3:.0f} kB)")


def main() -> int:
    """Dream, measure and write one run."""
    if sys.argv[1:2] == [] or sys.argv[1] not in RUNS:
        print(f"Type: python -m tools.inside RUN, of {', '.join(RUNS)}.", file=sys.stderr)
        return 2
    run, options = sys.argv[1], sys.argv[2:]
    with TemporaryDirectory() as name:
        folder = Path(name, "sample-compare")
        write(run, folder, compared(run, folder, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
