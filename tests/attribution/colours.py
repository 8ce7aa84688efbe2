"""Networks and pictures whose attributions are known in closed form."""

import numpy as np

from deepdream.attribution import target as targets
from deepdream.attribution.methods import METHODS, Question
from deepdream.network.vgg.model import VGG
from deepdream.objectives.layers import layer_objective
from deepdream.settings import selection
from tests.support import SMALL, random_arrays, vgg

MEAN_RED = 123.68
"""What the network's preprocessing takes from red, of 0..255."""


def sees_colours(mixing: np.ndarray | None = None, bias: float = 0.0) -> VGG:
    """A network whose block1_conv1 has channels blue, green and red, each pixel by itself, and one that is silent.

    Args:
        mixing: [4] what the first channel of block1_conv2 adds up, each position by itself; random kernels when None.
        bias: of that channel.
    """
    arrays = random_arrays(SMALL)
    kernel = np.zeros((3, 3, 3, 4), np.float32)
    for colour in range(3):
        kernel[1, 1, colour, colour] = 1
    arrays["block1_conv1"] = kernel, np.zeros(4, np.float32)
    if mixing is not None:
        mixed = np.zeros((3, 3, 4, 4), np.float32)
        mixed[1, 1, :, 0] = mixing
        arrays["block1_conv2"] = mixed, np.full(4, bias, np.float32)
    return vgg(arrays)


def question(network, target, picture, baseline, *, steps=8, patch=7, cam="block1_conv1", **memory) -> Question:
    """A question about the mean activation of layers or channels."""
    table = {layer.name: layer for layer in network.table}
    choices = selection.choose(target, {name: layer.channels for name, layer in table.items()})
    found = targets.of(network, layer_objective(choices), picture.shape[:2], **memory)
    return Question(found, picture, baseline, steps, patch, cam, table[cam].stride)


def mapped(method: str, asked: Question) -> np.ndarray:
    """The method's map; its progress has to go from 0 to 1 at most."""
    work, done = METHODS[method].work(asked), 0.0
    while True:
        try:
            share = next(work)
        except StopIteration as end:
            return end.value
        assert done <= share <= 1
        done = share
