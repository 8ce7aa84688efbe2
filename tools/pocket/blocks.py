"""docs/pocket-blocks.webp: the sample picture dreamt on each block and on the pools, on one sheet.

    python -m tools.pocket.blocks [-o docs/pocket-blocks.webp]

The dreams are classic's with other layers. They stay in build/pocket-blocks and are not made again.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from deepdream import SAMPLE, images
from deepdream.images.contact_sheet import sheet

ROOT = Path(__file__).resolve().parents[2]
DREAMS = ROOT / "build" / "pocket-blocks"
LAYERS = ("block1", "block2", "block3", "block4", "block5", "pool")
CELL, QUALITY = (300, 450), 72


def main() -> None:
    """Dream what is missing, then lay the sheet out."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "pocket-blocks.webp")
    o = a.parse_args()
    DREAMS.mkdir(parents=True, exist_ok=True)
    cells = [("the sample picture", images.read(SAMPLE).pixels)]
    for name in LAYERS:
        path = DREAMS / f"{name}.png"
        if not path.exists():
            words = ["--network", "pocket", "--layers", name, "-o", str(path)]
            subprocess.run([sys.executable, "-m", "deepdream", "dream", *words], check=True)
        cells.append((name, images.read(path).pixels))
    cells.append(("classic", images.read(ROOT / "docs" / "sample-dream.jpg").pixels))
    images.write(o.output, sheet([cells[i : i + 2] for i in range(0, len(cells), 2)], cell=CELL), quality=QUALITY)


if __name__ == "__main__":
    main()
