"""What is asked for, understood and checked in full before TensorFlow loads.

understand(image, given) -> Request    the picture, the settings, the network, and what each octave does
settled(given, session) -> settings, network, files    what of it does not depend on the picture

A bad request is refused here, within a second and with nothing written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.gradient import cost
from deepdream.images import Picture, masks
from deepdream.images.colour import Statistics
from deepdream.network.layers import Layer, last_per_stride
from deepdream.network.network import Network
from deepdream.pipeline import execution, inputs, limits, plan
from deepdream.pipeline.plan import Octave
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, Size, recipes, regions, unused
from deepdream.settings.regions import Region
from deepdream.settings.selection import Choice


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
    guides: Mapping[str, inputs.Guides]
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

    @property
    def operations(self) -> float:
        """Multiplications and additions of all steps."""
        return sum(
            octave.steps * cost.operations(aim.table, octave.size) for octave in self.octaves for aim in octave.aims
        )

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
    session: Session | None = None,
) -> Request:
    """Check a request as far as it can be checked without computing.

    Args:
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; whole numbers, or float in 0..1), or a Picture; None
            for a canvas, as the setting `start` says.
        given: settings by name; None means not said.
        limit_megapixels: refuse larger files.
        progress: shows the download of weights, should one be needed; see `network.weights`.
        session: what this request shares with others; a new one when None.

    Raises:
        RequestError: a setting, layer, file or weight file that can't serve.
        DownloadError: weights that were asked for by name could not be fetched.
    """
    first = recipes.resolve(given)
    parts = _regions(first)
    session = session or Session(progress=progress)
    picture = inputs.picture(image, first, session, limit_megapixels)
    network = session.network(first.network, first.weights, threads=first.threads)
    settings, told = _chosen(recipes.resolve(given, network.name), network)
    limits.check(settings, network)
    picture, closing = inputs.closed(picture, settings, plan.stride(settings, network, parts))
    height, width = picture.pixels.shape[:2]
    wanted, notes = plan.plan((height, width), settings, network, parts)
    settings, slower = execution.fit(settings, wanted, network)
    found = []
    for region in parts:
        mask, note = None, ""
        if region.mask:
            mask, note = masks.mask(region.mask, wanted[-1].size, region.feather, memory=settings.memory)
        found.append(mask)
        notes.append(note)
    notes = [picture.note, *told, *unused.notes(given, first), closing, slower, *notes]
    return Request(
        picture=picture,
        settings=settings,
        network=network,
        octaves=wanted,
        palette=inputs.palette(settings),
        guides=inputs.guides(wanted, settings.memory),
        regions=parts,
        masks=tuple(found),
        files=inputs.files(settings, parts),
        notes=tuple(note for note in notes if note),
    )


def settled(given: Mapping[str, Any], session: Session) -> tuple[Settings, Network, Mapping[str, str]]:
    """What all dreams with these settings share, whatever their pictures.

    Args:
        given: settings as typed.
        session: what reads the network.

    Returns: the settings, resolved for the network; the network; each further file as typed -> its sha256.

    Raises:
        RequestError: a setting or a file that can't serve any picture.
        DownloadError: weights that were asked for by name could not be fetched.
    """
    first = recipes.resolve(given)
    network = session.network(first.network, first.weights, threads=first.threads)
    settings, _ = _chosen(recipes.resolve(given, network.name), network)
    limits.check(settings, network)
    parts = _regions(first)
    plan.stride(settings, network, parts)  # refuses layers that the network does not have
    return settings, network, inputs.files(settings, parts)


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
    settings, slow = execution.decided(settings, network)
    return settings, [*notes, slow]


def _regions(settings: Settings) -> tuple[Region, ...]:
    """The regions asked for; one without a mask when none is."""
    if settings.regions is not None:
        return regions.read(Path(settings.regions).expanduser())
    return (Region(mask=settings.mask, feather=settings.feather),)
