"""The layers to analyse, checked in full before TensorFlow loads.

choose(text, network, size) -> Chosen
"""

from dataclasses import dataclass

from deepdream.errors import SelectionError
from deepdream.network.choosing import choose as choose_in
from deepdream.network.classifier import typed
from deepdream.network.layers import check_size, last_per_stride, neediest
from deepdream.network.network import Network
from deepdream.settings import Size, format_size


@dataclass(frozen=True)
class Chosen:
    """Layers to analyse, with the channels to choose from (None for all), and a note about those left out."""

    layers: dict[str, tuple[int, ...] | None]
    note: str = ""


def choose(text: str | None, network: Network, size: Size) -> Chosen:
    """The layers of a selection; by default the last layer of each stride, except pools, that the picture is large
    enough for. In VGG networks that is the last convolution of each block.

    Args:
        text: a selection as `dream --layers` takes it; its weights have no effect.
        network: that the layers are of.
        size: (height, width) of the picture.

    Raises:
        SelectionError: the network has no such layer or channel, or it is a target that is computed.
        ImageError: the picture is too small for a selected layer, or for all layers.
    """
    table = network.table
    if text is not None:
        choices = choose_in(text, network)
        for choice in choices:
            if choice.computed is not None:
                what = typed(choice, network.classifier)
                raise SelectionError(
                    f"{what} is no channel: activations ranks channels.", f"Type for example {choice.layer}."
                )
        chosen = {choice.layer: choice.channels for choice in choices}
        layer = neediest(tuple(layer for layer in table if layer.name in chosen))
        smallest = format_size((layer.min_size, layer.min_size))
        check_size("The picture is", size, layer, f"Choose an earlier layer or a picture of {smallest} at least.")
        return Chosen(chosen)
    default = last_per_stride(tuple(layer for layer in table if layer.kind != "pool"))
    fitting = [layer for layer in default if min(size) >= layer.min_size]
    dropped = [layer for layer in default if min(size) < layer.min_size]
    note = f"{', '.join(layer.name for layer in dropped)} left out: the picture is {format_size(size)}."
    return Chosen({layer.name: None for layer in fitting}, note if dropped else "")
