"""The layers of a network by its name, without its weights where that is possible.

table(network) -> name, layers, those without rows and columns, a note
"""

from deepdream.network.layers import Layer
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from deepdream.settings import VGGS

FEATURES = "What each channel responds to: deepdream features LAYER"
LARGER = "What a channel responds to: deepdream features LAYER:CHANNEL"


def table(network: str) -> tuple[str, tuple[Layer, ...], tuple[str, ...], str]:
    """A network's name, its layers, those without rows and columns, and a note to print below them."""
    if network in VGGS:
        entry = manifest.read()[network]
        return network, architecture.layers(entry.widths, entry.counts), architecture.FLAT, FEATURES
    from deepdream.network.weights import lookup

    if lookup.is_model_file(network):
        loaded = lookup.load(network)
        return loaded.name, loaded.table, loaded.flat, loaded.input_note
    from deepdream.network.keras_models import applications  # Keras builds it; this needs no weights

    return network, applications.table(network), (), f"Built by Keras. {LARGER}"
