"""The plan of each octave and the target of each region: selections, schedules and the network's table, expanded.

plan(size, settings, network, regions) -> (octaves, notes)      coarse to fine, without those too small for the layers
"""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from deepdream.ascent import octaves, shaping
from deepdream.errors import ImageError, SettingError
from deepdream.gradient import tiles
from deepdream.images import wrapping
from deepdream.network.choosing import choose, rows
from deepdream.network.layers import Layer, neediest, truncate
from deepdream.network.network import Network
from deepdream.objectives import directions
from deepdream.settings import Settings, Size, format_size, schedules
from deepdream.settings.regions import Region
from deepdream.settings.selection import Choice
from deepdream.settings.targets import TOP, split

PREVIEW_SIDE = 512
"""Octaves with a longer side are left out of a preview, except the coarsest."""


@dataclass(frozen=True)
class Target:
    """What one region maximises in one octave.

    Attributes:
        choices: the chosen layers, with channels and weights.
        table: the network's layers down to the deepest chosen one.
        objective: as the setting.
        guide: as the setting; its pictures are in the request.
        apart: whether layers that natural shaping treats differently have a gradient each.
        painted: whether the request's paint says which channels of the layers are excited where.
    """

    choices: tuple[Choice, ...]
    table: tuple[Layer, ...]
    objective: str
    guide: str | None = None
    apart: bool = False
    painted: bool = False

    @property
    def suppresses(self) -> bool:
        """Whether one of its layers is to become weaker."""
        return any(choice.weight < 0 for choice in self.choices)

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of its layers, as often as they are chosen."""
        return tuple(choice.layer for choice in self.choices)

    def parts(self) -> tuple["Target", ...]:
        """What has a gradient of its own: itself, or its layers of each band of shaping, from early ones to late ones.
        The parts' values and gradients add up to its own.
        """
        bands = {layer.name: shaping.band(layer.receptive_field) for layer in self.table}
        mine = sorted({bands[name] for name in self.layers})
        if not self.apart or len(mine) == 1:
            return (replace(self, apart=False),)
        return tuple(self._part([choice for choice in self.choices if bands[choice.layer] == band]) for band in mine)

    def _part(self, choices: Sequence[Choice]) -> "Target":
        """Some of its choices; each objective is a mean over choices, so they weigh less among fewer."""
        share = len(choices) / len(self.choices)
        scaled = tuple(replace(choice, weight=choice.weight * share) for choice in choices)
        table = truncate(self.table, {choice.layer for choice in choices})
        return replace(self, choices=scaled, table=table, apart=False)

    def with_choices(self, known: Mapping[Choice, Choice]) -> "Target":
        """The target with others in place of its choices."""
        return replace(self, choices=tuple(known[choice] for choice in self.choices))

    def by_weight(self) -> list[tuple["Target", float]]:
        """Its layers of each weight as a target of their own with its weight, so that each one's gradient can be scaled
        by itself. The weights' squares add up to 1: independent gradients of one size then have a sum of that size.
        """
        total = math.sqrt(sum(weight**2 for weight in {choice.weight for choice in self.choices}))
        found = []
        for weight in sorted({choice.weight for choice in self.choices} - {0.0}, reverse=True):
            choices = tuple(replace(choice, weight=1.0) for choice in self.choices if choice.weight == weight)
            table = truncate(self.table, {choice.layer for choice in choices})
            found.append((replace(self, choices=choices, table=table), weight / total))
        return found


@dataclass(frozen=True)
class Octave:
    """One scale of the dream: its (height, width), its climb, and one target per region.

    Its jitter is vertical and horizontal; `mirrors` as the settings have it.
    """

    size: Size
    steps: int
    step_size: float
    jitter: tuple[int, int]
    mirrors: tuple[bool, bool]
    distance: float | None
    targets: tuple[Target, ...]

    @property
    def mirrored(self) -> Size:
        """Rows and columns of mirror image at the borders."""
        rows, columns = (shift if mirror else 0 for shift, mirror in zip(self.jitter, self.mirrors, strict=True))
        return rows, columns

    @property
    def shown(self) -> Size:
        """The size of what the network is shown: with the mirror images at the borders."""
        return self.size[0] + self.mirrored[0], self.size[1] + self.mirrored[1]

    @property
    def parts(self) -> tuple[Target, ...]:
        """All that has a gradient of its own, of all targets."""
        return tuple(part for target in self.targets for part in target.parts())


def plan(
    size: Size, settings: Settings, network: Network, regions: tuple[Region, ...]
) -> tuple[tuple[Octave, ...], list[str]]:
    """The plan of each octave, coarse to fine.

    Args:
        size: (height, width) of the picture.
        settings: resolved for the network.
        network: the network.
        regions: the regions.

    Returns:
        the octaves large enough for their layers, for a preview only the coarse ones; and sentences about octaves left
        out and values rounded.

    Raises:
        ImageError: no octave is large enough for its layers.
        SelectionError: a layer or channel that the network does not have.
    """
    planned = _laid_out(size, settings, network, regions)
    usable = tuple(octave for octave in planned if min(octave.size) >= _neediest((octave,)).min_size)
    deepest, neediest, notes = _deepest(planned), _neediest(planned), []
    if not usable:
        raise ImageError(
            f"The picture is {format_size(size)}; {neediest.needs}.", "Choose an earlier layer or a larger --size."
        )
    if dropped := len(planned) - len(usable):
        verb = "octave was" if dropped == 1 else "octaves were"
        notes.append(f"{dropped} {verb} left out: {neediest.needs}.")
    if settings.tile is not None and settings.tile % deepest.stride:
        core = tiles.rounded_up(settings.tile, deepest.stride)
        multiple = f"a multiple of the stride {deepest.stride} of {deepest.name}"
        notes.append(f"tile {settings.tile} was rounded up to {core}, {multiple}.")
    if settings.preview:
        usable = tuple(octave for octave in usable if max(octave.size) <= PREVIEW_SIDE) or usable[:1]
    return usable, notes


def stride(settings: Settings, network: Network, regions: tuple[Region, ...]) -> int:
    """The stride of the deepest layer of any octave and region."""
    every = (target for region in regions for target in targets(region, settings, network, settings.octaves))
    return max(target.table[-1].stride for target in every)


def targets(region: Region, settings: Settings, network: Network, count: int) -> list[Target]:
    """A region's target in each octave.

    Raises:
        SelectionError: a layer or channel that the network does not have, or a target that is no direction.
    """
    if settings.paint is not None:
        names = {choice.layer for brush in brushes(settings, network) for choice in brush}
        return [painted(names, settings, network)] * count
    found = []
    for text in schedules.expand(region.layers or settings.layers or "", count, str):
        choices = choose(text, network)
        directions.check(choices, network)
        _check_guide(choices, guide(region, settings))
        names = {choice.layer for choice in choices}
        own = truncate(rows(network, names), names)
        found.append(
            Target(
                choices,
                own,
                region.objective or settings.objective,
                guide(region, settings),
                apart=_apart(settings),
            )
        )
    return found


def painted(names: Set[str], settings: Settings, network: Network) -> Target:
    """The target of paint on these layers."""
    whole = tuple(Choice(layer.name, None, 1.0) for layer in network.table if layer.name in names)
    table = truncate(network.table, set(names))
    return Target(whole, table, settings.objective, apart=_apart(settings), painted=True)


def _apart(settings: Settings) -> bool:
    return settings.shape == "natural" and settings.shape_field == "own"


def brushes(settings: Settings, network: Network) -> list[tuple[Choice, ...]]:
    """What each brush of the setting `brushes` excites.

    Raises:
        SettingError: there are none.
        SelectionError: a layer or channel that the network does not have.
    """
    if settings.brushes is None:
        raise SettingError("paint needs brushes: what its colours excite.", "Type for example --brushes block4.")
    found = [choose(text, network) for text in split(settings.brushes, ";")]
    for choices in found:
        directions.check(choices, network)
    return found


def _check_guide(choices: Iterable[Choice], guide: str | None) -> None:
    """Raise if a guide is to pull a direction, which already has one to go in."""
    for choice in choices:
        if guide is not None and choice.computed is not None and choice.computed.kind != TOP:
            raise SettingError(
                f"guide {guide!r} can't be used with {choice.computed.kind} as a target: a guide pulls layers and "
                "channels.",
                "Leave out one of them.",
            )


def guide(region: Region, settings: Settings) -> str | None:
    """The region's guide as typed: its own, else that of the settings."""
    return settings.guide if region.guide is None else region.guide


def _laid_out(size: Size, settings: Settings, network: Network, regions: tuple[Region, ...]) -> list[Octave]:
    """Every octave of the settings, coarse to fine, with its value of each schedule."""
    count = settings.octaves
    wraps, deepest = settings.wraps, stride(settings, network, regions)
    sizes = [
        wrapping.periodic_size(scale, deepest, wraps)
        for scale in octaves.LOOPS[settings.octave_mode].sizes(*size, count=count, ratio=settings.octave_ratio)
    ]
    steps = schedules.expand(settings.steps, count, int)
    step_sizes = schedules.expand(settings.step_size, count, float)
    jitters = schedules.expand(settings.jitter, count, int)
    by_octave = list(zip(*(targets(region, settings, network, count) for region in regions), strict=True))
    return [
        Octave(
            size=sizes[n],
            steps=steps[n],
            step_size=step_sizes[n],
            jitter=(0 if settings.panorama else jitters[n], jitters[n]),  # poles stay at the top and bottom
            mirrors=settings.mirrors,
            distance=settings.distance and settings.distance * (n + 1) / count,
            targets=by_octave[n],
        )
        for n in range(count)
    ]


def _neediest(planned: Iterable[Octave]) -> Layer:
    """The layer of any target that needs the largest picture."""
    return neediest(max((target.table for octave in planned for target in octave.targets), key=len))


def _deepest(planned: Iterable[Octave]) -> Layer:
    """The deepest layer of any target."""
    return max((target.table for octave in planned for target in octave.targets), key=len)[-1]
