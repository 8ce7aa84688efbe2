"""The objective, against closed forms."""

import numpy as np
import pytest

from deepdream.features import diversity, objective
from deepdream.runtime import tf


def test_each_picture_has_its_own_channel():
    responses = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    found = objective.select(tf.constant(responses), tf.constant([4, 0]))
    np.testing.assert_allclose(found, np.stack([responses[0, ..., 4], responses[1, ..., 0]]), rtol=1e-6)


def test_the_value_is_the_mean_response_with_a_leak_below_zero():
    responses = tf.constant([[[4.0, -1.0], [0.0, 1.0]]])
    value = lambda **how: objective.value(responses, **({"neuron": False, "negative": False} | how)).numpy()  # noqa: E731
    assert value() == pytest.approx((4 - objective.LEAK + 1) / 4)
    assert value(negative=True) == pytest.approx(-1)
    assert value(neuron=True) == pytest.approx(1)  # row 1, column 1 is the middle of 2x2
    assert value(neuron=True, negative=True) == pytest.approx(-1)
    assert objective.response(responses, neuron=False, negative=False).numpy() == pytest.approx(5 / 4)
    assert objective.response(responses, neuron=False, negative=True).numpy() == pytest.approx(1)


def test_the_middle_of_an_odd_layer():
    responses = tf.reshape(tf.range(15.0), [1, 3, 5])
    assert objective.counted(responses, True).numpy().tolist() == [[[7.0]]]


def test_the_same_picture_has_similarity_1_and_other_channels_0():
    rng = np.random.default_rng(0)
    one = np.zeros((3, 4, 6), np.float32)
    one[..., :3] = rng.random((3, 4, 3))
    other = one[..., ::-1]  # excites only channels that the first leaves silent
    batch = tf.constant(np.stack([one, one, other, other, one, other]))
    np.testing.assert_allclose(diversity.similarity(batch, 2), [1, 1, 1, 1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(diversity.similarity(batch, 3), [0.5, 0.5, 0, 0.5, 0, 0.5], atol=1e-6)
