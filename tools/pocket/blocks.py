"""docs/pocket-blocks.webp: the sample picture dreamt on each block and on the pools, on one sheet.

    python -m tools.pocket.blocks [-o docs/pocket-blocks.webp]

The dreams are classic's with other layers, and for the early blocks with a flatter spectrum: classic's own is steep for
the sake of eyes and petals, and drives their light places to white. They stay in build/pocket-blocks and are not made
again.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from deepdream import SAMPLE, images
from deepdream.images.contact_sheet import sheet

ROOT = Path(__file__).resolve().parents[2]
DREAMS = ROOT / "build" / "pocket-blocks"
EXPONENTS = {"block1": 1.0, "block2": 1.0, "block3": 1.0, "block4": 1.5, "block5": 1.5, "pool": 1.5}
"""Of natural shaping, by what is dreamt on; chosen by looking."""
CELL, QUALITY = (300, 450), 72


def main() -> None:
    """Dream what is missing, then lay the sheet out."""
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "pocket-blocks.webp")
    o = a.parse_args()
    DREAMS.mkdir(parents=True, exist_ok=True)
    cells = [("the sample picture", images.read(SAMPLE).pixels)]
    for name, exponent in EXPONENTS.items():
        path = DREAMS / f"{name}.png"
        if not path.exists():
            said = ["--network", "pocket", "--layers", name, "--shape-exponent", str(exponent), "-o", str(path)]
            subprocess.run([sys.executable, "-m", "deepdream", "dream", *said], check=True)
        cells.append((name, images.read(path).pixels))
    cells.append(("classic", images.read(ROOT / "docs" / "sample-dream.jpg").pixels))
    images.write(o.output, sheet([cells[i : i + 2] for i in range(0, len(cells), 2)], cell=CELL), quality=QUALITY)


if __name__ == "__main__":
    main()
