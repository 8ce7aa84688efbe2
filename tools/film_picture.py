"""Makes docs/film.webp, the moving scene of tools/film.py beside its film: python -m tools.film_picture (minutes)"""

from pathlib import Path

import numpy as np
from PIL import Image

from deepdream.pipeline.session import Session
from tools.film import RATE, dreamt, moving

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "film.webp"
COUNT, SIZE, GAP = 70, (270, 480), 8
"""Frames, their height and width, and the pixels between the two."""


def main() -> None:
    """Dream the scene and lay it beside its dream, frame by frame."""
    clip = moving(*SIZE, COUNT)
    dreams, _ = dreamt(clip, True, Session(), {})
    gap = np.ones((SIZE[0], GAP, 3), np.float32)
    frames = [np.hstack([frame, gap, dream]) for frame, dream in zip(clip.frames, dreams, strict=True)]
    first, *rest = (Image.fromarray(np.rint(frame * 255).astype(np.uint8)) for frame in frames)
    first.save(PICTURE, save_all=True, append_images=rest, duration=round(1000 / RATE), loop=0, quality=45, method=6)
    print(f"{PICTURE.name}: {COUNT} frames, {PICTURE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
