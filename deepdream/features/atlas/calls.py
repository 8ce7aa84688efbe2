"""The plain call of the atlas.

draw_atlas("photos", "block4_conv2", "photos-atlas") -> Atlas
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deepdream.features.atlas.request import understand
from deepdream.features.atlas.run import Atlas, run
from deepdream.features.atlas.settings import AtlasSettings
from deepdream.images.folders import pictures as of_folder
from deepdream.images.outputs import check_folder
from deepdream.network.weights import lookup
from deepdream.settings import checks
from deepdream.settings.fields import drawn


def draw_atlas(
    pictures: str | Path | Sequence[str | Path],
    layer: str,
    *,
    folder: str | Path | None = None,
    network: Any = "auto",
    weights: str | Path | None = None,
    **given: Any,
) -> Atlas:
    """A map of what a layer sees in pictures, as `deepdream atlas` draws it.

    Args:
        pictures: a file, a folder, or several files.
        layer: its name.
        folder: where to write atlas.png and index.html; its parent must exist. Nothing is written when None. If it
            holds another atlas, its name gets a number.
        network: its name, "auto", the file of a Keras model, or the model itself.
        weights: the user's own weight file.
        given: settings of `features.atlas.settings.AtlasSettings` by name; the seed may be "random".

    Raises:
        RequestError: an invalid picture, layer, setting, network, weight file or folder.
        RunError: the run itself failed.
    """
    if folder is not None:
        check_folder(Path(folder), "an atlas")
    one = isinstance(pictures, (str, Path))
    named = [Path(pictures)] if isinstance(pictures, (str, Path)) else [Path(path) for path in pictures]
    paths = of_folder(named[0]) if one and named[0].is_dir() else named
    loaded = lookup.load(network, None if weights is None else Path(weights))
    request = understand(paths, layer, checks.made(AtlasSettings, drawn(given), "an atlas"), loaded)
    if folder is not None:
        from deepdream.features.atlas import outputs  # needs jinja2

        goal = outputs.folder(Path(folder), request)
    (atlas,) = (event for event in run(request) if isinstance(event, Atlas))
    if folder is not None:
        outputs.write(goal, request, atlas, named[0].name)
    return atlas
