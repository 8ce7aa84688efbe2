"""A selection in terms of a network's layers and classes.

choose(text, network) -> (Choice, ...)      what a selection means in a network
computed(network) -> (Layer, ...)           its table, with the layer of its classes where that is none of them
"""

from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.settings import selection
from deepdream.settings.selection import Choice


def choose(text: str, network: Network) -> tuple[Choice, ...]:
    """The layers, channels and targets that a selection means in a network; see `selection.choose`.

    Raises:
        SelectionError: a term that matches no layer, or a channel or a class that there is not.
    """
    channels = {layer.name: layer.channels for layer in network.table}
    classes = None if network.classifier is None else network.classifier.classes
    return selection.choose(text, channels, network.name, flat=network.flat, classes=classes)


def computed(network: Network) -> tuple[Layer, ...]:
    """All layers that a choice may name: the table, and the classes' layer."""
    row = None if network.classifier is None else network.classifier.row
    return network.table if row is None else (*network.table, row)
