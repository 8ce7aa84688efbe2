"""Shared by the tests of many rooms: small random networks, Keras's VGG19 as the reference, what commands compile."""

import signal

import numpy as np
import pytest
import typer

from deepdream.cli.main import app
from deepdream.network.layers import Layer
from deepdream.network.vgg import architecture
from deepdream.network.weights import manifest
from tests.pages import browser
from tests.support import SMALL, random_arrays

# A shell starts background jobs with SIGINT ignored, and children inherit that; the tests that interrupt dreams need
# the default handler.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def small_arrays() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return random_arrays(SMALL)


@pytest.fixture(scope="session")
def small_table() -> tuple[Layer, ...]:
    return architecture.layers(SMALL)


@pytest.fixture(scope="session")
def vgg19_arrays() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return random_arrays(manifest.read()["vgg19"].widths)


@pytest.fixture(scope="session")
def keras_vgg19(vgg19_arrays):
    """Keras's own VGG19 with the same weights."""
    from deepdream.runtime import tf

    model = tf.keras.applications.VGG19(weights=None, include_top=False)
    for name, pair in vgg19_arrays.items():
        model.get_layer(name).set_weights(list(pair))
    return model


@pytest.fixture(scope="session")
def built():
    """The command line as Typer builds it."""
    return typer.main.get_command(app)


@pytest.fixture(scope="module")
def gradients() -> dict:
    """The gradients that the commands of a module have compiled."""
    return {}


@pytest.fixture
def window(tmp_path):
    """A page of a real browser."""
    program = browser.find()
    if program is None:
        pytest.skip(f"no browser here to look at the page with: none of {', '.join(browser.NAMES)} is on PATH")
    with browser.Browser(program, tmp_path / "profile") as opened:
        yield opened
