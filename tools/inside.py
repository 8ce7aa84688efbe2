"""Writes comparisons into docs/looking-inside.md: `python -m tools.inside RUN [--photographs PHOTO ...] [OPTION ...]`.

RUN is one of RUNS; further options go to the command, such as the file of VGG16's weights, which are not part of the
repository: `python -m tools.inside vgg16 --weights FILE`. The sample's sheet goes to docs/compare-RUN.jpg, its findings
with their numbers between the run's two markers in the text. Of photographs only a table is written: how many of them
each finding holds on; that run resumes where it was stopped.
"""

import argparse
import json
import subprocess
import sys
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deepdream import images
from tools.benchmark.kept import forget, kept

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "docs" / "looking-inside.md"
END = "<!-- end -->"
RUNS = {
    "pocket": ("--network", "pocket", "--max-side", "450"),
    "vgg16": ("--network", "vgg16", "--max-side", "360"),
    "vgg16-seed": ("--network", "vgg16", "--recipe", "seed", "--equal", "steps"),
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


def put(name: str, tool: str, text: str) -> None:
    """Write a text into the document, between the two markers of that name."""
    begin = f"<!-- {name}: made by tools/{tool}.py -->"
    before, rest = TEXT.read_text("utf-8").split(begin)
    _, after = rest.split(END, 1)
    TEXT.write_text(f"{before}{begin}\n\n{text}\n\n{END}{after}", "utf-8")


def write(run: str, folder: Path, summary: dict[str, Any]) -> None:
    """Write a run's sheet and findings into the document."""
    picture = TEXT.with_name(f"compare-{run}.jpg")
    images.write(picture, images.read(folder / "sheet.png").pixels, quality=60)
    put(run, "inside", section(run, summary["findings"]))
    print(f"{TEXT.relative_to(ROOT)}, {picture.relative_to(ROOT)} ({picture.stat().st_size / 1e3:.0f} kB)")


def tally(summaries: list[dict[str, Any]]) -> str:
    """How many of the photographs each finding holds on, as a table."""
    verdicts: dict[str, list[str]] = {}
    for summary in summaries:
        for finding in summary["findings"]:
            verdicts.setdefault(finding["says"], []).append(finding["verdict"])
    columns = ("holds", "inconclusive", "does not hold")
    rows = [f"| finding | {' | '.join(columns)} |", "| --- | ---: | ---: | ---: |"]
    rows += [f"| {says} | {' | '.join(str(found.count(one)) for one in columns)} |" for says, found in verdicts.items()]
    return "\n".join(rows)


def main() -> int:
    """Dream, measure and write one run, of the sample or of photographs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", choices=RUNS)
    parser.add_argument("--photographs", nargs="+", type=Path, default=[], metavar="PHOTO")
    options, further = parser.parse_known_args()
    with TemporaryDirectory() as name:
        if not options.photographs:
            folder = Path(name, "sample-compare")
            write(options.run, folder, compared(options.run, folder, further))
            return 0
        summaries = []
        for photo in options.photographs:
            print(photo.stem, flush=True)
            compare = partial(compared, options.run, Path(name, photo.stem), [*further, str(photo)])
            summaries.append(kept("inside", (options.run, *further, photo.stem), compare))
    forget("inside")
    put(f"{options.run}-photographs", "inside", tally(summaries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
