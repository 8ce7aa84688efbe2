"""Each family has one table, keyed by its setting's choices: every choice has a row, and every row a choice."""

import pytest

from deepdream.ascent.borders import CONTINUATIONS
from deepdream.ascent.octaves import LOOPS
from deepdream.ascent.optimizers import OPTIMIZERS
from deepdream.ascent.shaping import SHAPINGS
from deepdream.ascent.transforms import RULES
from deepdream.gradient import cost, engine
from deepdream.images.canvases import CANVASES
from deepdream.images.colour import MODES
from deepdream.network.keras_models.model import KerasNetwork
from deepdream.network.vgg.model import VGG
from deepdream.objectives.layers import KINDS
from deepdream.settings.fields import FIELDS

TABLES = {
    "start": {"picture": None, **CANVASES},  # a picture is not a canvas
    "objective": KINDS,
    "octave_mode": LOOPS,
    "normalize": RULES,
    "shape": SHAPINGS,
    "optimizer": OPTIMIZERS,
    "colour": MODES,
    "border": {**CONTINUATIONS, "wrap": None},  # what wraps is not continued
}


@pytest.mark.parametrize("name", TABLES)
def test_every_choice_has_its_row_and_every_row_its_choice(name):
    assert tuple(TABLES[name]) == FIELDS[name].metadata["choices"]


def test_the_algorithms_are_the_choices_of_convolution_and_precision():
    named = {*FIELDS["convolution"].metadata["choices"], *FIELDS["precision"].metadata["choices"]} - {"auto", "float32"}
    assert set(engine.ALGORITHMS) == set(cost.COSTS) == named


def test_a_network_lists_algorithms_and_precisions_that_are_choices():
    algorithms, precisions = (FIELDS[name].metadata["choices"] for name in ("convolution", "precision"))
    assert ("auto", *VGG.algorithms) == algorithms
    assert ("auto", *VGG.precisions) == precisions
    assert set(KerasNetwork.algorithms) < set(algorithms)
    assert set(KerasNetwork.precisions) < set(precisions)


def test_every_setting_with_choices_has_a_table_or_is_a_known_exception():
    others = {"suppression", "network", "input", "profile", "convolution", "precision", "shape_field"}
    assert {name for name, setting in FIELDS.items() if setting.metadata["choices"]} == TABLES.keys() | others
