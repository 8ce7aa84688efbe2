"""Which layers are to be looked at, checked in full before TensorFlow loads.

choose(text, network, size) -> Looked
"""

from dataclasses import dataclass

from deepdream.network.layers import check_size, last_per_stride, neediest
from deepdream.network.network import Network
from deepdream.settings import Size, format_size, selection


@dataclass(frozen=True)
class Looked:
    """Layers to look at, with the channels to choose from (None for all), and a sentence about those left out."""

    layers: dict[str, tuple[int, ...] | None]
    note: str = ""


def choose(text: str | None, network: Network, size: Size) -> Looked:
    """The layers that a selection means, or the last layer of each stride but for pools, on a picture of a size.

    Of VGG's networks that is each block's last convolution.

    Args:
        text: a selection as `dream --layers` takes it; its weights do not count here.
        network: what looks.
        size: (height, width) of the picture.

    Raises:
        SelectionError: a layer or channel that the network does not have.
        ImageError: the picture is too small for a layer that was asked for, or for all.
    """
    table = network.table
    if text is not None:
        channels = {layer.name: layer.channels for layer in table}
        chosen = {choice.layer: choice.channels for choice in selection.choose(text, channels, network.name)}
        layer = neediest(tuple(layer for layer in table if layer.name in chosen))
        smallest = format_size((layer.min_size, layer.min_size))
        check_size("The picture is", size, layer, f"Choose an earlier layer or a picture of {smallest} at least.")
        return Looked(chosen)
    usual = last_per_stride(tuple(layer for layer in table if layer.kind != "pool"))
    fitting = [layer for layer in usual if min(size) >= layer.min_size]
    dropped = [layer for layer in usual if min(size) < layer.min_size]
    note = f"{', '.join(layer.name for layer in dropped)} left out: the picture is {format_size(size)}."
    return Looked({layer.name: None for layer in fitting}, note if dropped else "")
