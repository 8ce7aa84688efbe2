"""The classifier that ships beside a network's weights.

It has a file of its own, so that the network's file, and with it the records that name its digest, stay as they are.

read(entry, digest) -> Classifier, or None
"""

import json
from pathlib import Path

from safetensors import safe_open

from deepdream.errors import WeightsError
from deepdream.network.classifier import Classifier
from deepdream.network.weights import manifest
from deepdream.network.weights.manifest import WeightSet
from deepdream.settings.targets import Classes


def read(entry: WeightSet, digest: str) -> Classifier | None:
    """The classifier of a network's weights.

    Args:
        entry: the network's in the manifest.
        digest: sha256 of the weights, hex.

    Returns: None if none ships, or the weights are not those that it was fitted to.

    Raises:
        WeightsError: its file is missing or damaged.
    """
    if entry.classes is None:
        return None
    path = Path(__file__).with_name(entry.classes.name)
    if not entry.classes.matches(found := manifest.digests(path)):
        raise WeightsError(
            f"{path} is damaged or not the published file: its {found.size:,} bytes have sha256 {found.sha256}, not "
            f"{entry.classes.digest}.",
            "Reinstall this package: the file is part of it.",
        )
    with safe_open(path, framework="numpy") as file:
        about, kernel, bias = file.metadata(), file.get_tensor("kernel"), file.get_tensor("bias")
    if about["of"] != digest:
        return None
    names = tuple(json.loads(about["names"]))
    return Classifier(
        classes=Classes(about["layer"], len(names), names),
        row=None,
        kernel=kernel.astype("float32"),
        bias=bias.astype("float32"),
        digest=found.sha256,
    )
