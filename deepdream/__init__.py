"""DeepDream: amplify in a picture what the layers of a convolutional network see in it.

    import deepdream
    deepdream.dream("photo.jpg", layers="block4").save("dream.png")

Importing this package loads no TensorFlow; the first dream does.
"""

from typing import TYPE_CHECKING, Any

from deepdream._version import __version__

__all__ = [
    "SAMPLE",
    "Atlas",
    "Comparison",
    "Done",
    "Dream",
    "DreamError",
    "Estimate",
    "Explanation",
    "Note",
    "Picture",
    "Settings",
    "Step",
    "__version__",
    "attribute_target",
    "compare_layers",
    "draw_atlas",
    "draw_features",
    "dream",
    "dream_steps",
    "free_path",
    "rank_activations",
]

if TYPE_CHECKING:
    from deepdream.attribution.calls import attribute_target
    from deepdream.attribution.run import Explanation
    from deepdream.compare.calls import Comparison, compare_layers
    from deepdream.errors import DreamError
    from deepdream.features.atlas.calls import draw_atlas
    from deepdream.features.atlas.run import Atlas
    from deepdream.features.calls import draw_features, rank_activations
    from deepdream.images import Picture
    from deepdream.pipeline.dream import Dream, dream, dream_steps
    from deepdream.pipeline.events import Done, Estimate, Note, Step
    from deepdream.pipeline.existing import free_path
    from deepdream.settings import SAMPLE, Settings

_HOMES = {
    "Atlas": "deepdream.features.atlas.run",
    "draw_atlas": "deepdream.features.atlas.calls",
    "attribute_target": "deepdream.attribution.calls",
    "Explanation": "deepdream.attribution.run",
    "Comparison": "deepdream.compare.calls",
    "compare_layers": "deepdream.compare.calls",
    "draw_features": "deepdream.features.calls",
    "rank_activations": "deepdream.features.calls",
    "Dream": "deepdream.pipeline.dream",
    "dream": "deepdream.pipeline.dream",
    "dream_steps": "deepdream.pipeline.dream",
    "free_path": "deepdream.pipeline.existing",
    "DreamError": "deepdream.errors",
    "Done": "deepdream.pipeline.events",
    "Estimate": "deepdream.pipeline.events",
    "Note": "deepdream.pipeline.events",
    "Step": "deepdream.pipeline.events",
    "Picture": "deepdream.images",
    "SAMPLE": "deepdream.settings",
    "Settings": "deepdream.settings",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'deepdream' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
