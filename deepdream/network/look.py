"""What a network answers to pictures, whatever network it is.

look(weights, names, space) -> function of images [N, H, W, 3], RGB 0..1, giving {name: [N, h, w, channels]}
"""

from collections.abc import Callable, Sequence

from deepdream.network import preprocessing
from deepdream.network.layers import truncate
from deepdream.network.vgg import forward
from deepdream.network.weights.verify import Weights
from deepdream.runtime import tf

Look = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def look(weights: Weights, names: Sequence[str], *, space: str = "network") -> Look:
    """A function from images [N, H, W, 3], RGB 0..1, to what the named layers answer, {name: [N, h, w, channels]}.

    Args:
        weights: the network's.
        names: of the layers.
        space: what the network is shown (see `colours`).
    """
    if weights.model is not None:
        return weights.model.look(names, space=space)
    table = truncate(weights.table, set(names))
    parameters = {
        layer.name: tuple(tf.constant(array) for array in weights.arrays[layer.name])
        for layer in table
        if layer.kind == "conv"
    }
    return lambda images: forward.activations(parameters, preprocessing.to_network(images, space), names, table=table)
