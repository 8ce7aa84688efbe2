"""The layers of a network by its name, without its weights where that is possible.

table(network) -> Known      name, layers, those without rows and columns, classes, a note
"""

from typing import NamedTuple

from deepdream.network.classifier import Classifier
from deepdream.network.layers import Layer
from deepdream.network.vgg import architecture
from deepdream.network.weights import classes, manifest
from deepdream.settings import VGGS
from deepdream.settings.targets import Classes

FEATURES = "What each channel responds to: deepdream features LAYER"
LARGER = "What a channel responds to: deepdream features LAYER:CHANNEL"


class Known(NamedTuple):
    """What is known of a network.

    Attributes:
        name: its name.
        layers: its table.
        flat: names of its layers without rows and columns.
        classifier: how it tells classes apart; None if it does not.
        note: to print below the table.
    """

    name: str
    layers: tuple[Layer, ...]
    flat: tuple[str, ...]
    classifier: Classifier | None
    note: str

    @property
    def classes(self) -> Classes | None:
        """The classes that it tells apart."""
        return None if self.classifier is None else self.classifier.classes


def table(network: str) -> Known:
    """What is known of a network by name or file."""
    if network in VGGS:
        entry = manifest.read()[network]
        layers = architecture.layers(entry.widths, entry.counts)
        return Known(network, layers, architecture.FLAT, classes.read(entry, entry.files[0].sha256), FEATURES)
    from deepdream.network.weights import lookup

    if lookup.is_model_file(network):
        loaded = lookup.load(network)
        return Known(loaded.name, loaded.table, loaded.flat, loaded.classifier, loaded.input_note)
    from deepdream.network.keras_models import applications  # Keras builds it; this needs no weights

    return Known(network, applications.table(network), (), None, f"Built by Keras. {LARGER}")
