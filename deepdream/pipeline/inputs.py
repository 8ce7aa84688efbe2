"""The inputs of a request: the picture to start from, guides, the palette, and the digests of all files.

picture(image, settings, session, limit) · periodic(picture, settings, stride) · palette(settings) · guides(octaves)
masks(regions, size, session, memory) · files(settings, regions, network) -> name -> sha256
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import ImageError, SettingError
from deepdream.gradient.memory import free
from deepdream.images import Picture, canvases, colour, wrapping
from deepdream.images import masks as mask_files
from deepdream.images.colour import Statistics
from deepdream.network.layers import check_size, neediest
from deepdream.network.network import Network
from deepdream.pipeline import aims
from deepdream.pipeline.plan import Octave, guide
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, Size, format_bytes, format_size, values
from deepdream.settings.regions import Region

Guides = tuple[tuple[np.ndarray, float], ...]
"""Pictures [H, W, 3] float32 RGB 0..1 with their weights."""

FLOATS = 24
"""Bytes per pixel: of the picture and of its dream."""

SPHERE = 0.1
"""How far a panorama's width may differ from twice its height, in heights, without a note."""

GUIDE_SIDE = 512
"""Guides are downscaled to this, since matching takes time proportional to the picture's positions times the guide's;
the 2015 notebook recommends the same."""


def picture(
    image: Any, settings: Settings, session: Session, limit_megapixels: float, *, closes: bool = True
) -> Picture:
    """The picture to start from, at the requested size.

    Raises:
        ImageError: something that is neither a file nor pixels.
    """
    if settings.size is not None:
        _check_room(settings.size, settings.memory)
    if settings.start != "picture":
        return _canvas(image, settings, around=settings.panorama and closes)
    if image is None:
        raise SettingError("There is no picture to dream on.", "Give one, or a canvas: --start clouds --size 900x600")
    if isinstance(image, Picture):
        return images.sized(image, size=settings.size, max_side=settings.max_side)
    if isinstance(image, str) and not image.strip():
        raise ImageError("The picture's name is empty.")
    if not isinstance(image, (str, Path)):
        return images.from_image(image, size=settings.size, max_side=settings.max_side)
    return session.picture(
        image,
        size=settings.size,
        max_side=settings.max_side,
        memory=settings.memory,
        profile=settings.profile,
        limit_megapixels=limit_megapixels,
    )


def _check_room(size: Size, allowed: int | None) -> None:
    """Raise for a size whose pixels alone don't fit in memory, before they are allocated."""
    needed, room = FLOATS * size[0] * size[1], allowed or int(free())
    if needed > room:
        raise SettingError(
            f"size {format_size(size)} is too large: its pixels need {format_bytes(needed)}, "
            f"and {'memory is' if allowed else 'there are'} {format_bytes(room)}.",
            "Choose a smaller one.",
        )


def _canvas(image: Any, settings: Settings, *, around: bool) -> Picture:
    """The canvas to start from."""
    if image is not None:
        raise SettingError(f"start {settings.start} takes no picture.", "Leave out the picture or --start.")
    if settings.size is None:
        raise SettingError(f"start {settings.start} needs a size.", "Type for example --size 900x600.")
    rng = np.random.default_rng(settings.seed)
    colour = values.parse_colour(settings.fill)
    return images.from_array(canvases.canvas(settings.start, settings.size, rng, colour=colour, around=around))


def periodic(picture: Picture, settings: Settings, stride: int, *, closes: bool = True) -> tuple[Picture, list[str]]:
    """The picture made periodic along the axes that wrap around, and sentences about the changes."""
    wraps = settings.wraps
    before = picture.pixels.shape[:2]
    size = wrapping.periodic_size(before, stride, wraps)
    fades = settings.tileable or closes
    apart = tuple(fades and wraps[axis] and not wrapping.is_periodic(picture.pixels, axis) for axis in (0, 1))
    changes = []
    if size != before:
        changes.append(f"resized from {format_size(before)} to {format_size(size)}")
        around = (wraps[0] and not apart[0], wraps[1] and not apart[1])
        resized = wrapping.resize(picture.pixels, size, around, images.resize)
        picture = replace(picture, pixels=np.clip(resized, 0.0, 1.0))
    if any(apart):
        changes.append("faded into itself near its borders")
        picture = replace(picture, pixels=wrapping.make_periodic(picture.pixels, (apart[0], apart[1])))
    if settings.panorama and not picture.panorama:
        picture = replace(picture, panorama={"ProjectionType": "equirectangular"})
    notes = [f"The picture was {' and '.join(changes)}, so that its borders meet."] if changes else []
    if settings.panorama and abs(before[1] / before[0] - 2) > SPHERE:
        notes.append(f"It is taken as a whole sphere, which is twice as wide as high; it was {format_size(before)}.")
    return picture, notes


def palette(settings: Settings, session: Session) -> Statistics | None:
    """The colours of the palette's picture."""
    if settings.palette is None:
        return None
    return colour.statistics(session.read(settings.palette, "palette", memory=settings.memory).pixels)


def guides(octaves: tuple[Octave, ...], session: Session, memory: int | None) -> dict[str, Guides]:
    """The pictures of every guide, at most GUIDE_SIDE large, read within an amount of memory.

    Raises:
        ImageError: one can't be read, or is too small for the layers that it guides.
    """
    found: dict[str, Guides] = {}
    for target in (target for octave in octaves for target in octave.targets if target.guide is not None):
        assert target.guide is not None
        if target.guide not in found:
            named = values.parse_guides(target.guide)
            read = partial(session.read, what="guide", max_side=GUIDE_SIDE, memory=memory)
            found[target.guide] = tuple((read(path).pixels, weight) for path, weight in named)
        for (picture, _), (path, _) in zip(found[target.guide], values.parse_guides(target.guide), strict=True):
            advice = "Give a larger guide or choose an earlier layer."
            check_size(f"The guide {path} is", picture.shape[:2], neediest(target.table), advice)
    return found


def masks(
    regions: tuple[Region, ...], size: Size, session: Session, memory: int | None
) -> tuple[tuple[np.ndarray | None, ...], list[str]]:
    """Each region's mask [H, W, 1] at this size, None for the whole picture; and notes about them."""
    read = partial(session.read, what="mask", memory=memory)
    found: list[np.ndarray | None] = []
    notes = []
    for region in regions:
        mask = None
        if region.mask is not None:
            mask, note = mask_files.mask(region.mask, size, region.feather, read=read)
            notes.append(note)
        found.append(mask)
    return tuple(found), notes


def files(settings: Settings, regions: tuple[Region, ...], network: Network, session: Session) -> dict[str, str]:
    """The digests of masks, paint, guides, the palette, the regions file and what targets are computed from, by which a
    recipe recognises them.

    Raises:
        ImageError: one of them does not exist.
    """
    named = [(settings.palette, "palette"), (settings.paint, "paint"), (settings.regions, "regions file")]
    named += [(region.mask and region.mask.removeprefix("!"), "mask") for region in regions]
    texts = dict.fromkeys(guide(region, settings) for region in regions)
    named += [(str(path), "guide") for text in filter(None, texts) for path, _ in values.parse_guides(text)]
    found = {name: session.digest(name, what) for name, what in named if name}
    return found | aims.files(aims.of_settings(settings, regions), network, session)
