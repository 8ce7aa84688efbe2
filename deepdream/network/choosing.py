"""A selection in terms of a network's layers and classes.

choose(text, network) -> (Choice, ...)      what a selection means in a network
rows(network, names) -> (Layer, ...)        its table, with the layer of its classes where that is one of the names

A Keras network's classifier is built when it is first asked for, so both ask only where a class is meant.
"""

from collections.abc import Collection

from deepdream.network.layers import Layer
from deepdream.network.network import Network
from deepdream.settings import MODEL_FILES, selection
from deepdream.settings.selection import Choice
from deepdream.settings.targets import CLASS


def choose(text: str, network: Network) -> tuple[Choice, ...]:
    """The layers, channels and targets that a selection means in a network; see `selection.choose`.

    Raises:
        SelectionError: a term that matches no layer, or a channel or a class that there is not.
    """
    channels = {layer.name: layer.channels for layer in network.table}
    named = any(term.computed is not None and term.computed.kind == CLASS for term in selection.parse(text))
    classes = network.classifier.classes if named and network.classifier is not None else None
    typed = str(network.path) if network.name.lower().endswith(MODEL_FILES) else None
    return selection.choose(text, channels, network.name, typed=typed, flat=network.flat, classes=classes)


def rows(network: Network, names: Collection[str]) -> tuple[Layer, ...]:
    """All layers that are computed for layers of these names: the table, and the classes' layer if it is named."""
    if {layer.name for layer in network.table}.issuperset(names) or network.classifier is None:
        return network.table
    row = network.classifier.row
    return network.table if row is None else (*network.table, row)
