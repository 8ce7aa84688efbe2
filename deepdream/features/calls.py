"""The plain calls of this room.

draw_features("block4_conv2:12+87", steps=64) -> (Made, ...)      what channels like best
rank_activations("photo.jpg") -> {layer name: channels}              what a picture excites most
"""

from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.features import layers as choosing
from deepdream.features.activations import ChannelActivation, rank
from deepdream.features.render import Made, make
from deepdream.features.request import understand
from deepdream.features.settings import FeatureSettings
from deepdream.images import Picture
from deepdream.network.weights import lookup
from deepdream.settings import checks
from deepdream.settings.fields import drawn

MAX_SIDE = 1024
"""Larger files are shrunk to this first, in pixels."""


def draw_features(
    selection: str,
    *,
    network: Any = "auto",
    weights: str | Path | None = None,
    threads: int | None = None,
    **given: Any,
) -> tuple[Made, ...]:
    """Pictures of what channels like best, as `deepdream features` draws them.

    Args:
        selection: LAYER or LAYER:CHANNELS, such as "block4_conv2:12+87".
        network: its name, "auto", the file of a Keras model, or the model itself.
        weights: the user's own weight file.
        threads: for TensorFlow; None for all allowed cores.
        given: settings of `features.settings.FeatureSettings` by name; the seed may be "random".

    Raises:
        RequestError: an invalid image, layer, network or weight file.
        RunError: the run itself failed.
    """
    file = None if weights is None else Path(weights)
    request = understand(
        selection, checks.made(FeatureSettings, drawn(given), "a feature"), network=network, file=file, threads=threads
    )
    return tuple(record for record in make(request, request.features) if isinstance(record, Made))


def rank_activations(
    image: Any,
    *,
    layers: str | None = None,
    top: int = 16,
    at: tuple[int, int] | None = None,
    network: Any = "auto",
    weights: str | Path | None = None,
) -> dict[str, tuple[ChannelActivation, ...]]:
    """The channels that a picture excites most, by layer, strongest first, as `deepdream activations` lists them.

    Args:
        image: a file, an array, a Pillow image or a Picture.
        layers: a selection of layers or channels; the last layer of each stride when None.
        top: channels per layer.
        at: (row, column) in pixels: only the area around this point counts.
        network: its name, "auto", the file of a Keras model, or the model itself.
        weights: the user's own weight file.

    Raises:
        RequestError: an invalid image, layer, network or weight file.
    """
    if isinstance(image, (str, Path)):
        picture = images.read(Path(image), max_side=MAX_SIDE)
    else:
        picture = image if isinstance(image, Picture) else images.from_image(image, max_side=MAX_SIDE)
    loaded = lookup.load(network, None if weights is None else Path(weights))
    height, width = picture.pixels.shape[:2]
    chosen = choosing.choose(layers, loaded, (height, width))
    return rank(loaded, picture.pixels, chosen.layers, top=top, at=at)
