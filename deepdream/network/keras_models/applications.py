"""Networks of keras.applications: those available by name here, and the preprocessing of all of them.

load(network, path, digest, threads) -> KerasNetwork    built by Keras without its classifier
preprocessing(name) -> (module, function) or None       by Keras's name of a model, such as "resnet50"
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepdream import runtime
from deepdream.network.keras_models import model as modelled
from deepdream.network.keras_models import weights
from deepdream.network.keras_models.model import KerasNetwork
from deepdream.network.layers import Layer
from deepdream.runtime import tf

keras = tf.keras

BUILDERS = {"inceptionv3": "InceptionV3", "resnet50": "ResNet50"}
"""Name here -> the function in keras.applications that builds the network."""

MODULES = (
    (r"vgg16", "vgg16"),
    (r"vgg19", "vgg19"),
    (r"resnet(50|101|152)v2", "resnet_v2"),
    (r"resnet(50|101|152)", "resnet"),
    (r"inception_v3", "inception_v3"),
    (r"inception_resnet_v2", "inception_resnet_v2"),
    (r"xception", "xception"),
    (r"mobilenetv3(small|large)", "mobilenet_v3"),
    (r"mobilenetv2_.*", "mobilenet_v2"),
    (r"mobilenet_.*", "mobilenet"),
    (r"densenet(121|169|201)", "densenet"),
    (r"nasnet.*", "nasnet"),
    (r"efficientnetv2-.*", "efficientnet_v2"),
    (r"efficientnetb[0-7]", "efficientnet"),
    (r"convnext_.*", "convnext"),
)
"""(pattern of Keras's model names in lower case, the module with their preprocess_input)."""


def load(network: str, path: Path, digest: str, threads: int | None) -> KerasNetwork:
    """A network that Keras builds, with the weights of a file.

    Args:
        network: one of BUILDERS.
        path: a weight file written by Keras.
        digest: sha256 of that file, hex.
        threads: for TensorFlow; None for all allowed cores.

    Raises:
        WeightsError: the file is damaged, or another network's.
    """
    runtime.configure(threads)
    model = getattr(keras.applications, BUILDERS[network])(weights=None, include_top=False)
    weights.load_weights(model, path, network)
    return _known(model, name=network, path=path, digest=digest)


def table(network: str) -> tuple[Layer, ...]:
    """The layers of a network, without its weights."""
    model = getattr(keras.applications, BUILDERS[network])(weights=None, include_top=False)
    return _known(model).table


def preprocessing(name: str) -> tuple[str, Callable[[tf.Tensor], tf.Tensor]] | None:
    """The preprocessing of a model of keras.applications, by Keras's name of it.

    Returns: the name of Keras's module, and a function from images, RGB 0..1, to the model's input; None for any other
        name.
    """
    module = next((module for pattern, module in MODULES if re.fullmatch(pattern, name.lower())), None)
    if module is None:
        return None
    preprocess = getattr(keras.applications, module).preprocess_input
    return module, lambda images: preprocess(images * 255.0, data_format="channels_last")


def _known(model: Any, **file: Any) -> KerasNetwork:
    """A model built above, with its preprocessing."""
    shown = preprocessing(model.name)
    assert shown is not None  # MODULES covers all BUILDERS
    return modelled.of(model, *shown, recount=True, **file)
