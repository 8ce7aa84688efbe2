"""What each octave does and what each region of it excites: a selection, a schedule and a table, laid out.

plan(size, settings, network, regions) -> (octaves, notes)      coarse to fine, without those too small to be seen
"""

from collections.abc import Iterable
from dataclasses import dataclass

from deepdream.ascent import octaves
from deepdream.errors import ImageError
from deepdream.gradient import tiles
from deepdream.images import wrapping
from deepdream.network.layers import Layer, neediest, truncate
from deepdream.network.network import Network
from deepdream.settings import Settings, Size, format_size, schedules, selection
from deepdream.settings.regions import Region
from deepdream.settings.selection import Choice

PREVIEW_SIDE = 512
"""Octaves with a longer side are left out of a preview; the coarsest is always kept."""


@dataclass(frozen=True)
class Aim:
    """What one region excites in one octave.

    Attributes:
        choices: the chosen layers, with channels and weights.
        table: the network's layers down to the deepest chosen one.
        objective: as the setting.
        guide: as the setting; its pictures are in the request.
    """

    choices: tuple[Choice, ...]
    table: tuple[Layer, ...]
    objective: str
    guide: str | None = None


@dataclass(frozen=True)
class Octave:
    """One scale of the dream: its (height, width), its climb, and one aim per region."""

    size: Size
    steps: int
    step_size: float
    jitter: int
    distance: float | None
    aims: tuple[Aim, ...]


def plan(
    size: Size, settings: Settings, network: Network, parts: tuple[Region, ...]
) -> tuple[tuple[Octave, ...], list[str]]:
    """What each octave does, coarse to fine.

    Args:
        size: (height, width) of the picture.
        settings: resolved for the network.
        network: what dreams.
        parts: the regions.

    Returns:
        the octaves that their layers can see, for a preview only the coarse ones; and sentences about what is left out
        or rounded.

    Raises:
        ImageError: the layers can see none.
        SelectionError: a layer or channel that the network does not have.
    """
    wanted = _laid_out(size, settings, network, parts)
    seen = tuple(octave for octave in wanted if min(octave.size) >= _neediest((octave,)).min_size)
    deepest, neediest, notes = _deepest(wanted), _neediest(wanted), []
    if not seen:
        raise ImageError(
            f"The picture is {format_size(size)}; {neediest.needs}.", "Choose an earlier layer or a larger --size."
        )
    if dropped := len(wanted) - len(seen):
        verb = "octave was" if dropped == 1 else "octaves were"
        notes.append(f"{dropped} {verb} left out: {neediest.needs}.")
    if settings.tile is not None and settings.tile % deepest.stride:
        core = tiles.rounded_up(settings.tile, deepest.stride)
        multiple = f"a multiple of the stride {deepest.stride} of {deepest.name}"
        notes.append(f"tile {settings.tile} was rounded up to {core}, {multiple}.")
    if settings.preview:
        seen = tuple(octave for octave in seen if max(octave.size) <= PREVIEW_SIDE) or seen[:1]
    return seen, notes


def stride(settings: Settings, network: Network, parts: tuple[Region, ...]) -> int:
    """Pixels that the deepest layer of any octave and region needs on each side."""
    every = (aim for region in parts for aim in aims(region, settings, network, settings.octaves))
    return max(aim.table[-1].stride for aim in every)


def aims(region: Region, settings: Settings, network: Network, count: int) -> list[Aim]:
    """What a region excites, octave by octave.

    Raises:
        SelectionError: a layer or channel that the network does not have.
    """
    table = network.table
    channels = {layer.name: layer.channels for layer in table}
    found = []
    for text in schedules.expand(region.layers or settings.layers or "", count, str):
        choices = selection.choose(text, channels, network.name)
        own = truncate(table, {choice.layer for choice in choices})
        found.append(
            Aim(
                choices,
                own,
                region.objective or settings.objective,
                guide(region, settings),
            )
        )
    return found


def guide(region: Region, settings: Settings) -> str | None:
    """The region's guide as typed: its own, else that of the settings."""
    return settings.guide if region.guide is None else region.guide


def _laid_out(size: Size, settings: Settings, network: Network, parts: tuple[Region, ...]) -> list[Octave]:
    """Every octave asked for, coarse to fine; a schedule has one value for each."""
    count = settings.octaves
    wraps, deepest = settings.wraps, stride(settings, network, parts)
    sizes = [
        wrapping.periodic_size(scale, deepest, wraps)
        for scale in octaves.LOOPS[settings.octave_mode].sizes(*size, count=count, ratio=settings.octave_ratio)
    ]
    steps = schedules.expand(settings.steps, count, int)
    step_sizes = schedules.expand(settings.step_size, count, float)
    jitters = schedules.expand(settings.jitter, count, int)
    by_octave = list(zip(*(aims(region, settings, network, count) for region in parts), strict=True))
    return [
        Octave(
            size=sizes[n],
            steps=steps[n],
            step_size=step_sizes[n],
            jitter=jitters[n],
            distance=settings.distance and settings.distance * (n + 1) / count,
            aims=by_octave[n],
        )
        for n in range(count)
    ]


def _neediest(wanted: Iterable[Octave]) -> Layer:
    """The layer of any aim that needs the largest picture."""
    return neediest(max((aim.table for octave in wanted for aim in octave.aims), key=len))


def _deepest(wanted: Iterable[Octave]) -> Layer:
    """The deepest layer of any aim."""
    return max((aim.table for octave in wanted for aim in octave.aims), key=len)[-1]
