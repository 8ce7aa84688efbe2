"""What has to start fast imports no TensorFlow, and a second test shows that this one can fail."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras")


def loads(statement: str) -> set[str]:
    """The heavy packages loaded in a fresh Python after the statement."""
    program = f"import sys\n{statement}\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


@pytest.mark.parametrize(
    "statement",
    [
        "import deepdream",
        "import deepdream; deepdream.Settings(), deepdream.DreamError",
        "import deepdream.settings.recipes, deepdream.settings.selection, deepdream.pipeline.events",
        "import deepdream.network.vgg.architecture, deepdream.gradient.cost",
        "import deepdream.images, deepdream.network.weights.lookup, deepdream.pipeline.request",
        "import deepdream.pipeline.run",
        "import deepdream.features.request, deepdream.features.layers, deepdream.features.render",
        "import deepdream.cli.main, deepdream.cli.features, deepdream.cli.activations",
        "import deepdream.attribution.request, deepdream.features.atlas.request, deepdream.features.atlas.layout",
    ],
)
def test_it_loads_no_tensorflow(statement):
    assert loads(statement) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("attribute", "--target", "block1", "-o", "gone/out"),
        ("attribute", "--target", "nothing"),
        ("atlas", "-o", "gone/out"),
        ("atlas", "--layer", "nothing"),
        ("features", "block1", "-o", "gone/out"),
        ("activations", "-o", "gone/out.png"),
        ("dream", "-o", "gone/out.png"),
        ("sweep", "--vary", "seed=1,2", "-o", "gone/out"),
    ],
)
def test_a_command_is_refused_without_it(words):
    assert loads(f"from deepdream.cli.main import run; assert run({list(words)}) == 2") == set()


def test_what_computes_does_load_it_but_without_keras():
    assert loads("import deepdream.runtime") == {"tensorflow"}


def test_keras_3_is_there_when_it_is_asked_for():
    asked = "import deepdream.runtime as r, os; assert r.tf.keras.__version__.startswith('3.'), r.tf.keras.__version__"
    assert loads(f"{asked}; assert 'TF_USE_LEGACY_KERAS' not in os.environ") == {"tensorflow", "keras"}
