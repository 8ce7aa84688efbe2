"""Objectives on known activations; no network."""

import numpy as np
import pytest

from deepdream.network import objective as objectives
from deepdream.objectives.layers import layer_objective
from deepdream.runtime import tf
from deepdream.settings.selection import Choice


def activations(seed: int = 0):
    rng = np.random.default_rng(seed)
    return {
        "early": tf.constant(rng.random((2, 5, 7, 4)), tf.float32),
        "late": tf.constant(rng.random((2, 2, 3, 6)), tf.float32),
    }


def test_the_mean_is_the_weighted_mean_of_layer_means_not_of_positions():
    known = activations()
    objective = layer_objective((Choice("early", None, 1.0), Choice("late", None, 3.0)))
    expected = (np.mean(known["early"], axis=(1, 2, 3)) + 3 * np.mean(known["late"], axis=(1, 2, 3))) / 2
    np.testing.assert_allclose(objectives.value(objective, known), expected, rtol=1e-6)


def test_squares_is_the_mean_of_squares():
    known = activations()
    objective = layer_objective((Choice("late", None, 1.0),), "squares")
    expected = np.square(known["late"]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(objectives.value(objective, known), expected, rtol=1e-6)


def test_only_the_chosen_channels_are_averaged():
    known = activations()
    objective = layer_objective((Choice("late", (1, 4), 2.0),))
    expected = 2 * np.asarray(known["late"])[..., [1, 4]].mean(axis=(1, 2, 3))
    np.testing.assert_allclose(objectives.value(objective, known), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["mean", "squares"])
def test_the_gradient_of_squares_is_the_activation(kind):
    known = activations()
    with tf.GradientTape() as tape:
        tape.watch(known["late"])
        value = objectives.value(layer_objective((Choice("late", None, 1.0),), kind), known)
    expected = 2 * known["late"] / 36 if kind == "squares" else np.full((2, 2, 3, 6), 1 / 36)
    np.testing.assert_allclose(tape.gradient(value, known["late"]), expected, rtol=1e-5)
