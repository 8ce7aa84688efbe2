"""A dream request, resolved and checked in full before TensorFlow loads.

understand(image, given) -> Request    the picture, the settings, the network, and the plan of each octave
settled(given, session) -> settings, network, files    the part that does not depend on the picture

An invalid request is rejected here, within a second and before anything is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deepdream.errors import ImageError, RequestError
from deepdream.gradient import cost
from deepdream.images import Picture, paint
from deepdream.images.colour import Statistics
from deepdream.network.layers import Layer, last_per_stride
from deepdream.network.network import Network
from deepdream.pipeline import execution, inputs, limits, plan
from deepdream.pipeline.execution import Execution
from deepdream.pipeline.plan import Octave
from deepdream.pipeline.python_values import plain
from deepdream.pipeline.session import Session
from deepdream.settings import Settings, Size, recipes, regions, unused
from deepdream.settings.fields import drawn
from deepdream.settings.regions import Region
from deepdream.settings.selection import Choice


@dataclass(frozen=True, eq=False)
class Request:
    """A checked request.

    Attributes:
        picture: the picture to start from, at the requested size.
        settings: every setting, resolved for the network.
        network: the network.
        octaves: the plan of each scale, coarse to fine.
        palette: the colour statistics to match, if any.
        guides: guide as typed -> its pictures and their weights.
        regions: where the dream acts; a single region without a mask is the whole picture.
        masks: each region's mask [H, W, 1] at the picture's size, or None.
        index: [H, W] uint8, the brush at each pixel of the picture's size, 0 for none; None without the setting paint.
        softness: [H, W, 1], the mask by which the paint is weighted, which is in `masks` already; None for none.
        files: every further file that affects the dream, as typed -> its sha256.
        closes: whether a panorama's left and right sides are cross-faded; see `understand`.
        notes: sentences for the user.
    """

    picture: Picture
    settings: Settings
    network: Network
    octaves: tuple[Octave, ...]
    palette: Statistics | None
    guides: Mapping[str, inputs.Guides]
    regions: tuple[Region, ...]
    masks: tuple[np.ndarray | None, ...]
    index: np.ndarray | None
    softness: np.ndarray | None
    files: Mapping[str, str]
    closes: bool
    notes: tuple[str, ...]

    @property
    def wraps(self) -> tuple[bool, bool]:
        """Whether the picture wraps around vertically and horizontally."""
        return self.settings.wraps

    @property
    def sizes(self) -> tuple[Size, ...]:
        """(height, width) of each octave, coarse to fine."""
        return tuple(octave.size for octave in self.octaves)

    @property
    def steps(self) -> int:
        """Maximum number of gradient steps over all octaves."""
        return sum(octave.steps for octave in self.octaves)

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """The choices of all octaves and regions, without duplicates."""
        return tuple(dict.fromkeys(c for octave in self.octaves for target in octave.targets for c in target.choices))

    @property
    def operations(self) -> float:
        """Multiplications and additions of all steps."""
        return sum(
            octave.steps * cost.operations(part.table, octave.shown) for octave in self.octaves for part in octave.parts
        )

    @cached_property
    def execution(self) -> Execution:
        """How it is computed. It depends on the device, so the first access loads TensorFlow."""
        from deepdream import runtime

        return execution.decide(self.settings, self.octaves, self.network, plain=runtime.plain())

    @cached_property
    def table(self) -> tuple[Layer, ...]:
        """The network's layers down to the deepest chosen by any octave and region."""
        return max((target.table for octave in self.octaves for target in octave.targets), key=len)


def understand(
    image: str | Path | np.ndarray | Picture | None,
    given: Mapping[str, Any],
    *,
    limit_megapixels: float = 300,
    progress: Any = None,
    session: Session | None = None,
    closes: bool = True,
) -> Request:
    """Check a request as far as it can be checked without computing.

    Args:
        image: a file, an array ([H, W], [H, W, 3] or [H, W, 4]; integers, or float in 0..1), a Pillow image, or a
            Picture; None for the canvas named by the setting `start`.
        given: settings by name, see `python_values.plain`; None means not given.
        limit_megapixels: larger files raise.
        progress: a progress bar, if weights must be downloaded; see `network.weights`.
        session: shared with other requests; None for a new one.
        closes: whether a panorama whose left and right sides do not match is cross-faded; False replays records made
            before this was done.

    Raises:
        RequestError: an invalid setting, layer, file or weight file.
        DownloadError: weights requested by name could not be downloaded.
        StorageError: the same, because the cache can't be written.
    """
    session = session or Session(progress=progress)
    given = drawn(plain(given, session))
    try:
        return _understood(image, given, limit_megapixels, session, closes)
    except RequestError as error:
        if (named := recipes.naming(error, given)) is error:
            raise
        raise named from error


def _understood(
    image: Any, given: Mapping[str, Any], limit_megapixels: float, session: Session, closes: bool
) -> Request:
    """As `understand`, but an error does not yet name the recipe that a setting came from."""
    first = recipes.resolve(given)
    parts = _regions(first)
    picture = inputs.picture(image, first, session, limit_megapixels, closes=closes)
    network = session.network(first.network, first.weights, threads=first.threads)
    settings, notes = _chosen(recipes.resolve(given, network.name), network)
    limits.check(settings, network)
    picture, changes = inputs.periodic(picture, settings, plan.stride(settings, network, parts), closes=closes)
    height, width = picture.pixels.shape[:2]
    octaves, plan_notes = plan.plan((height, width), settings, network, parts)
    settings, slower = execution.fit(settings, octaves, network)
    masks, mask_notes = inputs.masks(parts, octaves[-1].size, session, settings.memory)
    index = softness = None
    if settings.paint is not None:
        count = len(plan.brushes(settings, network))
        index, note = paint.read(Path(settings.paint).expanduser(), octaves[-1].size, count)
        (softness,), mask_notes = masks, [*mask_notes, note]
        masks = (_painted(index, softness),)
    notes = [picture.note, recipes.note(given, network.name), *notes, *unused.notes(given, first), *changes, slower]
    notes += [*plan_notes, *mask_notes]
    return Request(
        picture=picture,
        settings=settings,
        network=network,
        octaves=octaves,
        palette=inputs.palette(settings, session),
        guides=inputs.guides(octaves, session, settings.memory),
        regions=parts,
        masks=masks,
        index=index,
        softness=softness,
        files=inputs.files(settings, parts, network, session),
        closes=closes,
        notes=tuple(note for note in notes if note),
    )


def settled(given: Mapping[str, Any], session: Session) -> tuple[Settings, Network, Mapping[str, str]]:
    """The part of a request that all dreams with these settings share, whatever their pictures.

    Args:
        given: settings as typed.
        session: reads the network.

    Returns: the settings, resolved for the network; the network; each further file as typed -> its sha256.

    Raises:
        RequestError: a setting or file that is invalid for every picture.
        DownloadError: weights requested by name could not be downloaded.
    """
    first = recipes.resolve(given)
    network = session.network(first.network, first.weights, threads=first.threads)
    settings, _ = _chosen(recipes.resolve(given, network.name), network)
    limits.check(settings, network)
    parts = _regions(first)
    plan.stride(settings, network, parts)  # raises for layers that the network does not have
    return settings, network, inputs.files(settings, parts, network, session)


def retargeted(request: Request, layers: str) -> Request:
    """The request with other layers but the same picture, weights, sizes and steps, so that dreams can be compared.

    Args:
        request: a checked request of one region.
        layers: a selection.

    Raises:
        SelectionError: a layer or channel that the network does not have.
    """
    settings = replace(request.settings, layers=layers)
    (region,) = request.regions
    retargeted = plan.targets(region, settings, request.network, len(request.octaves))
    same = tuple(replace(octave, targets=(target,)) for octave, target in zip(request.octaves, retargeted, strict=True))
    return replace(request, settings=settings, octaves=same)


def _chosen(settings: Settings, network: Network) -> tuple[Settings, list[str]]:
    """The settings with the choices that depend on the network made, and notes about them; the recipe records them."""
    notes = [network.note, network.input_note if settings.input == "network" else ""]
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


def _painted(index: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Where there is paint, [H, W, 1] float32, as strong as the mask lets it be."""
    painted = paint.mask(index) if mask is None else paint.mask(index) * mask
    if not painted.any():
        raise ImageError("The mask is black wherever there is paint: nothing would be dreamt.", "White is where.")
    return painted


def _regions(settings: Settings) -> tuple[Region, ...]:
    """The regions of the settings; without any, a single one with the setting `mask`."""
    if settings.regions is not None:
        return regions.read(Path(settings.regions).expanduser())
    return (Region(mask=settings.mask, feather=settings.feather),)
