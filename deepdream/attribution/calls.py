"""The plain call of this room.

attribute_target("photo.jpg", "block4_conv2:12") -> Explanation
"""

from pathlib import Path
from typing import Any

from deepdream import images
from deepdream.attribution.request import understand
from deepdream.attribution.run import Explanation, run
from deepdream.attribution.settings import MAX_SIDE, AttributionSettings
from deepdream.images import Picture
from deepdream.images.outputs import check_folder
from deepdream.network.weights import lookup
from deepdream.settings import checks


def attribute_target(
    image: Any,
    target: str,
    *,
    folder: str | Path | None = None,
    max_side: int = MAX_SIDE,
    network: Any = "auto",
    weights: str | Path | None = None,
    **given: Any,
) -> Explanation:
    """Which pixels of a picture a target depends on, as `deepdream attribute` finds them.

    Args:
        image: a file, an array, a Pillow image or a Picture.
        target: a selection of layers, channels, classes or directions, such as "block4_conv2:12" or "class:daisy"; the
            number attributed is its mean activation, or the class's score before the softmax.
        folder: where to write the page, the heat maps and the table; its parent must exist. Nothing is written when
            None. If it holds another attribution, its name gets a number.
        max_side: shrink larger pictures to this first, in pixels.
        network: its name, "auto", the file of a Keras model, or the model itself.
        weights: the user's own weight file.
        given: settings of `attribution.settings.AttributionSettings` by name, such as methods=("occlusion",).

    Raises:
        RequestError: an invalid image, target, setting, network, weight file or folder.
        RunError: the run itself failed.
    """
    if folder is not None:
        check_folder(Path(folder), "an attribution")
    settings = checks.made(AttributionSettings, given, "an attribution")
    if isinstance(image, (str, Path)):
        picture = images.read(Path(image), max_side=max_side)
    else:
        own = image if isinstance(image, Picture) else images.from_image(image)
        picture = images.sized(own, max_side=max_side)
    loaded = lookup.load(network, None if weights is None else Path(weights))
    request = understand(picture, target, settings, loaded)
    if folder is not None:
        from deepdream.attribution import outputs  # needs the extra `report`

        goal = outputs.folder(Path(folder), request)
    (explanation,) = (event for event in run(request) if isinstance(event, Explanation))
    if folder is not None:
        outputs.write(goal, request, explanation, picture.path.name if picture.path else "a picture")
    return explanation
