"""Objectives on activations that are known; no network."""

import numpy as np
import pytest

from deepdream.objectives import objective as objectives
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
    seen = activations()
    objective = layer_objective((Choice("early", None, 1.0), Choice("late", None, 3.0)))
    expected = (np.mean(seen["early"], axis=(1, 2, 3)) + 3 * np.mean(seen["late"], axis=(1, 2, 3))) / 2
    np.testing.assert_allclose(objectives.value(objective, seen), expected, rtol=1e-6)


def test_squares_is_the_mean_of_squares():
    seen = activations()
    objective = layer_objective((Choice("late", None, 1.0),), "squares")
    expected = np.square(seen["late"]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(objectives.value(objective, seen), expected, rtol=1e-6)


def test_channels_are_averaged_over_themselves_only():
    seen = activations()
    objective = layer_objective((Choice("late", (1, 4), 2.0),))
    expected = 2 * np.asarray(seen["late"])[..., [1, 4]].mean(axis=(1, 2, 3))
    np.testing.assert_allclose(objectives.value(objective, seen), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["mean", "squares"])
def test_the_gradient_of_squares_is_the_activation(kind):
    seen = activations()
    with tf.GradientTape() as tape:
        tape.watch(seen["late"])
        value = objectives.value(layer_objective((Choice("late", None, 1.0),), kind), seen)
    expected = 2 * seen["late"] / 36 if kind == "squares" else np.full((2, 2, 3, 6), 1 / 36)
    np.testing.assert_allclose(tape.gradient(value, seen["late"]), expected, rtol=1e-5)
