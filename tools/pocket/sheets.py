"""Dreams of several networks side by side, one row a picture: what a new pocket network is judged by above all.

    python -m tools.pocket.sheets PICTURES... -o sheet.jpg --column NAME:NETWORK[:FILE[:SETTING=VALUE...]] ...
    python -m tools.pocket.sheets photos/*.jpg -o sheet.jpg --column now:pocket --column \
        new:pocket:new.safetensors:layers=block4 --column teacher:vgg16:vgg16.safetensors

Each column is dreamt in a process of its own, so that a pocket file of other widths can stand in for the shipped one.
Dreams stay beside the sheet, in a folder of its name, and are not made again.
"""

import argparse
import hashlib
import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import deepdream
from deepdream import images
from deepdream.images.contact_sheet import sheet
from deepdream.network.weights import manifest


def widths(file: Path) -> tuple[int, ...]:
    """Channels of blocks 1 to 5, as the file's metadata says."""
    with file.open("rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
    return tuple(json.loads(header["__metadata__"]["widths"]))


def settings(column: str) -> tuple[str, dict[str, Any]]:
    """A column's name and what its dreams are asked for with."""
    name, network, *rest = column.split(":")
    given: dict[str, Any] = {"network": network}
    if rest and rest[0]:
        given["weights"] = rest[0]
    for pair in rest[1:]:
        key, value = pair.split("=", 1)
        given[key] = value if key in ("layers", "recipe", "shape", "objective") else json.loads(value)
    return name, given


def _make_known(folder: Path, channels: tuple[int, ...]) -> None:
    """Let this process take a file of these widths for the pocket network's."""
    network, pocket = manifest.MANIFEST.read_text(encoding="utf-8").split("\n[pocket]\n")
    other = re.sub(r"^channels = .*$", f"channels = {list(channels)}", pocket, count=1, flags=re.MULTILINE)
    manifest.MANIFEST = folder / f"manifest-{'-'.join(map(str, channels))}.toml"
    manifest.MANIFEST.write_text(f"{network}\n[pocket]\n{other}", encoding="utf-8")


def path_of(folder: Path, column: str, picture: Path) -> Path:
    """Where a column's dream of a picture lies; weights count by what is in the file."""
    name, given = settings(column)
    what = column.encode() + (Path(given["weights"]).read_bytes() if "weights" in given else b"")
    return folder / f"{picture.stem}-{name}-{hashlib.sha256(what).hexdigest()[:8]}.png"


def dream(folder: Path, column: str, pictures: list[Path]) -> None:
    """Dream a column, in this process."""
    _, given = settings(column)
    if given["network"] == "pocket" and "weights" in given:
        _make_known(folder, widths(Path(given["weights"])))
    for picture in pictures:
        path = path_of(folder, column, picture)
        if not path.exists():
            deepdream.dream(picture, **given).save(path)


def main() -> None:
    """Dream what is missing, then lay the sheet out."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("pictures", nargs="+", type=Path)
    a.add_argument("--column", action="append", required=True)
    a.add_argument("-o", "--output", type=Path, required=True)
    a.add_argument("--cell", type=int, default=420)
    a.add_argument("--only", help=argparse.SUPPRESS)
    o = a.parse_args()
    folder = o.output.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    if o.only:
        dream(folder, o.only, o.pictures)
        return
    for column in o.column:
        command = [sys.executable, "-m", "tools.pocket.sheets", *map(str, o.pictures), "-o", str(o.output)]
        subprocess.run([*command, "--column", column, "--only", column], check=True)
    rows = []
    for picture in o.pictures:
        cells = [(picture.stem, images.read(picture).pixels)]
        for column in o.column:
            cells.append((settings(column)[0], images.read(path_of(folder, column, picture)).pixels))
        rows.append(cells)
    images.write(o.output, sheet(rows, cell=o.cell), quality=88)


if __name__ == "__main__":
    main()
