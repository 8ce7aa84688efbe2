"""Requests that a network can't serve, rejected before any work: windows, an algorithm or a precision.

VGG-style networks are computed here, layer by layer, and therefore in tiles that add up exactly. Keras networks are
computed on whole pictures only: their layers have their own padding and strides, and may see the whole picture at once.

check(settings, network) · check_paint(network) · check_precision(name, network)
check_memory(settings, octaves, network)
"""

from collections.abc import Sequence

from deepdream.errors import SettingError
from deepdream.gradient import cost, memory
from deepdream.images.scale import scaled
from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.pipeline.plan import Octave
from deepdream.settings import ANY_VGG, Settings, format_bytes, format_size


def check(settings: Settings, network: Network) -> None:
    """Check that the network can be computed as the settings ask.

    Raises:
        SettingError: names the setting, the network and the reason.
    """
    if settings.paint is not None:
        check_paint(network)
    if not network.cuts:
        _check_whole(settings, network)
    if not {"auto", *network.algorithms}.issuperset(settings.convolutions):
        raise SettingError(
            f"convolution {settings.convolution} can't be used with {network.name}: it is computed with "
            f"TensorFlow's own convolution; the others are for the 3x3 convolutions of {ANY_VGG}.",
            "Leave it out.",
        )
    check_precision(settings.precision, network)


def check_paint(network: Network) -> None:
    """Check that the network can be painted with.

    Raises:
        SettingError: it can't.
    """
    if not network.cuts:
        raise SettingError(
            f"paint can't be used with {network.name}: it is mixed in between the layers of {ANY_VGG}.",
            f"Leave it out, or dream with --network {ANY_VGG}.",
        )


def check_precision(precision: str, network: Network) -> None:
    """Check that the network can be computed in this precision.

    Raises:
        SettingError: it can't.
    """
    if precision not in ("auto", *network.precisions):
        raise SettingError(
            f"precision {precision} can't be used with {network.name}: it is computed in the precision it was saved "
            "in.",
            f"Leave it out, or dream with --network {ANY_VGG}.",
        )


def check_memory(settings: Settings, octaves: Sequence[Octave], network: Network) -> None:
    """Check that the picture fits in memory as a whole.

    Raises:
        SettingError: it doesn't; the message has the memory it needs and the largest side that fits.
    """
    allowed = settings.memory or memory.budget()
    largest = max(octaves, key=lambda octave: octave.shown)
    size = largest.shown
    for table in dict.fromkeys(target.table for octave in octaves for target in octave.targets):
        needed = cost.process(table, size, size, weights=network.nbytes)
        if needed > allowed:
            side = _fitting(table, largest, allowed, network)
            raise SettingError(
                f"memory {format_bytes(allowed)} is too little: {format_size(largest.size)} pixels to {table[-1].name} "
                f"need {format_bytes(needed)} in one piece, and {network.name} can't be cut into tiles.",
                f"Choose --max-side {side}, or allow more with --memory."
                if side
                else "Allow more with --memory, or choose earlier layers.",
            )


def _check_whole(settings: Settings, network: Network) -> None:
    """Check that the settings need no windows."""
    for name in ("tileable", "panorama"):
        if getattr(settings, name):
            raise SettingError(
                f"{name} can't be used with {network.name}: a picture wraps around in windows that extend over its "
                "borders, and Keras computes whole pictures only.",
                f"Leave it out, or dream with --network {ANY_VGG}.",
            )
    if settings.tile is not None:
        raise SettingError(
            f"tile {settings.tile} can't be used with {network.name}: its layers have their own padding and "
            "strides, so that tiles would not add up to the whole picture.",
            "Leave it out; where memory is short, choose a smaller --max-side.",
        )


def _fitting(table: tuple[Layer, ...], octave: Octave, allowed: int, network: Network) -> int:
    """The longest side, in steps of 32 pixels, at which a picture of this octave's shape fits; 0 if none does."""
    for side in range(max(octave.size) // 32 * 32, 0, -32):
        height, width = scaled(octave.size, side / max(octave.size))
        shown = height + octave.mirrored[0], width + octave.mirrored[1]
        if cost.process(table, shown, shown, weights=network.nbytes) <= allowed:
            return side
    return 0
