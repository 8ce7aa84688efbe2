"""What is asked for, understood and checked in full before TensorFlow loads.

understand(image, given) -> Request    the picture, the settings, the network, and what each octave does

A bad request is refused here, within a second and with nothing written.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deepdream import images
from deepdream.errors import ImageError, SettingError
from deepdream.images import Picture, canvases, colour, masks, wrapping
from deepdream.images.colour import Statistics
from deepdream.network.layers import Layer, check_size, last_per_stride, neediest
from deepdream.network.network import Network
from deepdream.network.weights import lookup
from deepdream.pipeline import execution, limits, plan
from deepdream.pipeline.plan import Octave
from deepdream.settings import Settings, Size, format_size, recipes, regions, unused, values
from deepdream.settings.regions import Region
from deepdream.settings.selection import Choice

Guides = tuple[tuple[np.ndarray, float], ...]
"""Pictures [H, W, 3] float32 RGB 0..1 with their weights."""

SPHERE = 0.1
"""How far the width of a panorama may be from twice its height, in heights, before it is told."""

GUIDE_SIDE = 512
"""Guides are shrunk to this, since matching costs the positions of the picture times those of the guide; the 2015
notebook advises the same."""


@dataclass(frozen=True, eq=False)
class Request:
    """A checked request.

    Attributes:
        picture: the picture to start from, at the size asked for.
        settings: every setting, resolved for the network.
        network: what dreams.
        octaves: what each scale does, coarse to fine.
        palette: the colours to take, if any.
        guides: a guide as typed -> its pictures and their weights.
        regions: where it acts; one region without a mask is the whole picture.
        masks: each region's mask [H, W, 1] at the picture's size, or None.
        files: every further file that moves the dream, as typed -> its sha256.
        notes: sentences that the user should read.
    """

    picture: Picture
    settings: Settings
    network: Network
    octaves: tuple[Octave, ...]
    palette: Statistics | None
    guides: Mapping[str, Guides]
    regions: tuple[Region, ...]
    masks: tuple[np.ndarray | None, ...]
    files: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def wraps(self) -> tuple[bool, bool]:
        """Whether the lower border meets the upper one, and the right border the left one."""
        return self.settings.wraps

    @property
    def sizes(self) -> tuple[Size, ...]:
        """(height, width) of each octave, coarse to fine."""
        return tuple(octave.size for octave in self.octaves)

    @property
    def steps(self) -> int:
        """Gradient steps of all octaves, at most."""
        return sum(octave.steps for octave in self.octaves)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Every choice of any octave and region, each once."""
        return tuple(dict.fromkeys(c for octave in self.octaves for aim in octave.aims for c in aim.choices))

    @cached_property
    def table(self) -> tuple[Layer, ...]:
        """The network's layers down to the deepest chosen by any octave and region."""
        return max((aim.table for octave in self.octaves for aim in octave.aims), key=len)


def understand(
    image: str | Path | np.ndarray | Picture | None,
    given: Mapping[str, Any],
    *,
    limit_megapixels: float = 300,
    progress: Any = None,
    network: Network | None = None,
) -> Request:
    """Check a request as far as it can be checked without computing.

    Args:
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; whole numbers, or float in 0..1), or a Picture; None
            for a canvas, as the setting `start` says.
        given: settings by name; None means not said.
        limit_megapixels: refuse larger files.
        progress: shows the download of weights, should one be needed; see `network.weights`.
        network: that of an earlier request, so that many requests read it once.

    Raises:
        RequestError: a setting, layer, file or weight file that can't serve.
        DownloadError: weights that were asked for by name could not be fetched.
    """
    first = recipes.resolve(given)
    parts = _regions(first)
    picture = _picture(image, first, limit_megapixels)
    if network is None:
        file = Path(first.weights) if first.weights else None
        network = lookup.load(first.network, file, progress=progress, threads=first.threads)
    settings, told = _chosen(recipes.resolve(given, network.name), network)
    limits.check(settings, network)
    picture, closing = _closed(picture, settings, plan.stride(settings, network, parts))
    height, width = picture.pixels.shape[:2]
    wanted, notes = plan.plan((height, width), settings, network, parts)
    settings, slower = execution.fit(settings, wanted, network)
    found = []
    for region in parts:
        mask, note = masks.mask(region.mask, wanted[-1].size, region.feather) if region.mask else (None, "")
        found.append(mask)
        notes.append(note)
    notes = [picture.note, *told, *unused.notes(given, first), closing, slower, *notes]
    return Request(
        picture=picture,
        settings=settings,
        network=network,
        octaves=wanted,
        palette=_palette(settings),
        guides=_guides(wanted),
        regions=parts,
        masks=tuple(found),
        files=_files(settings, wanted, parts),
        notes=tuple(note for note in notes if note),
    )


def aimed(request: Request, layers: str) -> Request:
    """The same request at other layers: the same picture, weights, sizes and steps, so that dreams can be compared.

    Args:
        request: a checked request of one region.
        layers: a selection.

    Raises:
        SelectionError: a layer or channel that the network does not have.
    """
    settings = replace(request.settings, layers=layers)
    (region,) = request.regions
    aimed = plan.aims(region, settings, request.network, len(request.octaves))
    same = tuple(replace(octave, aims=(aim,)) for octave, aim in zip(request.octaves, aimed, strict=True))
    return replace(request, settings=settings, octaves=same)


def _chosen(settings: Settings, network: Network) -> tuple[Settings, list[str]]:
    """The settings with what a network decides that no recipe knows, and sentences about it; the recipe records it."""
    # What Keras's networks note is what they are shown; where the user names other numbers it does not hold.
    notes = [network.note] if network.cuts or settings.input == "network" else []
    if settings.layers is None:
        layer = last_per_stride(network.table)[-2:][0].name  # deep, and not yet the coarsest
        settings = replace(settings, layers=layer)
        notes.append(
            f"No recipe was made for {network.name}: its layer {layer} is excited; the setting layers names others."
        )
    if settings.input == "network":
        settings = replace(settings, input=network.shown)
    return settings, notes


def _regions(settings: Settings) -> tuple[Region, ...]:
    """The regions asked for; one without a mask when none is."""
    if settings.regions is not None:
        return regions.read(Path(settings.regions).expanduser())
    return (Region(mask=settings.mask, feather=settings.feather),)


def _picture(image: Any, settings: Settings, limit_megapixels: float) -> Picture:
    """The picture to start from, read or taken, at the size asked for.

    Raises:
        ImageError: something that is neither a file nor pixels.
    """
    if settings.start != "picture":
        return _canvas(image, settings)
    if image is None:
        raise SettingError("There is no picture to dream on.", "Give one, or a canvas: --start clouds --size 900x600")
    if isinstance(image, Picture):
        return images.sized(image, size=settings.size, max_side=settings.max_side)
    if isinstance(image, np.ndarray):
        return images.from_array(image, size=settings.size, max_side=settings.max_side)
    if not isinstance(image, (str, Path)):
        raise ImageError(
            f"The picture is of the type {type(image).__name__}; it has to be a file, an array or a Picture.",
            "Pillow's images become arrays by numpy.asarray(image.convert('RGB')).",
        )
    return images.read(
        image,
        size=settings.size,
        max_side=settings.max_side,
        profile=settings.profile,
        limit_megapixels=limit_megapixels,
    )


def _canvas(image: Any, settings: Settings) -> Picture:
    """The canvas to start from."""
    if image is not None:
        raise SettingError(f"start {settings.start} takes no picture.", "Leave out the picture or --start.")
    if settings.size is None:
        raise SettingError(f"start {settings.start} needs a size.", "Type for example --size 900x600.")
    rng = np.random.default_rng(settings.seed)
    colour = values.parse_colour(settings.fill)
    return images.from_array(canvases.canvas(settings.start, settings.size, rng, colour=colour))


def _closed(picture: Picture, settings: Settings, stride: int) -> tuple[Picture, str]:
    """The picture as one that goes round, and sentences about what had to change for that."""
    wraps = settings.wraps
    before = picture.pixels.shape[:2]
    size = wrapping.closed(before, stride, wraps)
    apart = tuple(settings.tileable and not wrapping.meets(picture.pixels, axis) for axis in (0, 1))
    changes = []
    if size != before:
        changes.append(f"resized from {format_size(before)} to {format_size(size)}")
        around = (wraps[0] and not apart[0], wraps[1] and not apart[1])
        resized = wrapping.resize(picture.pixels, size, around, images.resize)
        picture = replace(picture, pixels=np.clip(resized, 0.0, 1.0))
    if any(apart):
        changes.append("faded into itself near its borders")
        picture = replace(picture, pixels=wrapping.close(picture.pixels, (apart[0], apart[1])))
    if settings.panorama and not picture.panorama:
        picture = replace(picture, panorama={"ProjectionType": "equirectangular"})
    notes = [f"The picture was {' and '.join(changes)}, so that its borders meet."] if changes else []
    if settings.panorama and abs(before[1] / before[0] - 2) > SPHERE:
        notes.append(f"It is taken as a whole sphere, which is twice as wide as high; it was {format_size(before)}.")
    return picture, " ".join(notes)


def _palette(settings: Settings) -> Statistics | None:
    """The colours of the palette's picture."""
    if settings.palette is None:
        return None
    return colour.statistics(images.read(Path(settings.palette).expanduser()).pixels)


def _guides(wanted: tuple[Octave, ...]) -> dict[str, Guides]:
    """The pictures of every guide, at most GUIDE_SIDE large.

    Raises:
        ImageError: one can't be read, or is too small for the layers that it guides.
    """
    found: dict[str, Guides] = {}
    for aim in (aim for octave in wanted for aim in octave.aims if aim.guide is not None):
        assert aim.guide is not None
        if aim.guide not in found:
            named = values.parse_guides(aim.guide)
            found[aim.guide] = tuple((images.read(path, max_side=GUIDE_SIDE).pixels, weight) for path, weight in named)
        for (picture, _), (path, _) in zip(found[aim.guide], values.parse_guides(aim.guide), strict=True):
            advice = "Give a larger guide or choose an earlier layer."
            check_size(f"The guide {path} is", picture.shape[:2], neediest(aim.table), advice)
    return found


def _files(settings: Settings, wanted: tuple[Octave, ...], parts: tuple[Region, ...]) -> dict[str, str]:
    """The digests of masks, guides, the palette and the regions file, so that a recipe knows them again."""
    named = [settings.palette, settings.regions, *(region.mask and region.mask.removeprefix("!") for region in parts)]
    texts = dict.fromkeys(aim.guide for octave in wanted for aim in octave.aims if aim.guide is not None)
    named += [str(path) for text in texts for path, _ in values.parse_guides(text)]
    found = {}
    for name in filter(None, named):
        with Path(name).expanduser().open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
