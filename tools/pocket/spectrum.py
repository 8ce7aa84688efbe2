"""The mean spectrum of the pocket network's lessons: deepdream/images/magnitude.npy.

python -m tools.pocket.spectrum --data images96.zip --out magnitude.npy
"""

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from deepdream.images import magnitude

EVERY = 3
"""Of the training pictures every third is enough."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    with zipfile.ZipFile(given.data) as box:
        names = sorted(name for name in box.namelist() if name.startswith("train/") and name.endswith(".webp"))
        opened = (Image.open(io.BytesIO(box.read(name))).convert("RGB") for name in names[::EVERY])
        table = magnitude.measured(np.asarray(picture, np.float32) / 255 for picture in opened)
    np.save(given.out, table.astype(np.float16))


if __name__ == "__main__":
    main()
