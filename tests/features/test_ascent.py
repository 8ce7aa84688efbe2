"""The ascent on a small random network: it ascends, and a picture does not depend on its batch."""

import numpy as np
import pytest

from deepdream.errors import GradientError
from deepdream.features import ascent, diversity, ways
from deepdream.features.feature import Feature
from deepdream.features.settings import FeatureSettings
from deepdream.images import natural
from deepdream.runtime import tf
from tests.support import relative_error, vgg

SIZE = (33, 46)


@pytest.fixture
def run(small_arrays, small_table):
    """Pictures of some channels of a layer, and the record of each step."""

    def made(layer="block3_conv2", channels=(1, 4), arrays=small_arrays, copies=1, **given):
        settings = FeatureSettings(**({"steps": 20, "rate": 0.1, "diversity": copies} | given))
        own = next(row for row in small_table if row.name == layer)
        features = [
            Feature(own, channel, copy, SIZE, term=f"{own.name}:{channel}")
            for channel in channels
            for copy in range(copies)
        ]
        return list(ascent.climber(vgg(arrays).response(layer), SIZE, settings)(features))

    return made


@pytest.fixture
def respond(small_arrays):
    """How strongly pictures excite channels of a layer, before the ReLU, computed independently of the ascent."""

    def mean(pictures, layer, channels):
        responses = vgg(small_arrays).response(layer)(tf.constant(pictures)).numpy()
        return np.array([one[..., channel].mean() for one, channel in zip(responses, channels, strict=True)])

    return mean


@pytest.mark.parametrize("layer", ["block1_conv1", "block3_conv2", "block2_pool"])
def test_the_channel_ends_above_noise_and_above_natural_noise(run, respond, layer):
    *_, last = run(layer, channels=(1, 3), steps=80)
    found = respond(last.pictures, layer, (1, 3))
    noise = np.random.default_rng(0).random((2, *SIZE, 3)).astype(np.float32)
    assert (found > respond(noise, layer, (1, 3))).all()
    likely = natural.pictures(2, 0)[:, : SIZE[0], : SIZE[1]]
    assert (found > respond(likely, layer, (1, 3))).all()


def test_one_record_a_step_and_the_pictures_at_the_end(run):
    records = run(steps=3)
    assert [record.step for record in records] == [1, 2, 3]
    assert [record.pictures is None for record in records] == [True, True, False]
    last = records[-1]
    assert last.pictures.shape == (2, *SIZE, 3)
    assert last.pictures.dtype == np.float32
    assert 0 <= last.pictures.min() < last.pictures.max() <= 1
    assert last.responses.shape == last.values.shape == (2,)


def test_a_batch_is_only_a_matter_of_speed(run):
    together = run(channels=(1, 4), steps=8)[-1].pictures
    alone = run(channels=(4,), steps=8)[-1].pictures
    assert relative_error(alone[0], together[1]) < 1e-3
    assert relative_error(together[0], together[1]) > 0.05


def test_the_same_seed_is_the_same_picture_and_another_is_another(run):
    first, again, other = (run(steps=3, seed=seed)[-1].pictures for seed in (5, 5, 6))
    assert (first == again).all()
    assert relative_error(other, first) > 0.01


def test_negative_ends_below_the_response_to_noise(run, respond):
    disliked = run(negative=True)[-1].pictures
    start = natural.pictures(2, 0)[:, : SIZE[0], : SIZE[1]]
    assert (respond(disliked, "block3_conv2", (1, 4)) < respond(start, "block3_conv2", (1, 4))).all()


def test_a_neuron_changes_the_picture_around_the_middle_only(run):
    settings = {"layer": "block2_conv1", "channels": (2,), "neuron": True, "steps": 20}
    picture = run(**settings)[-1].pictures[0]
    change = np.abs(picture - picture.mean(axis=(0, 1))).mean(axis=2)
    middle = change[12:21, 18:28].mean()
    assert middle > 2 * change[:5].mean()
    assert middle > 2 * change[:, :8].mean()


def test_plain_ascent_has_more_of_the_finest_waves(run):
    def fine(picture):
        power = np.abs(np.fft.fft2(picture.mean(axis=2))) ** 2
        frequency = np.hypot(np.fft.fftfreq(SIZE[0])[:, None], np.fft.fftfreq(SIZE[1])[None])
        return power[frequency > 0.25].sum() / power.sum()

    plain, natural = run(plain=True)[-1].pictures[0], run()[-1].pictures[0]
    assert fine(plain) > 2 * fine(natural)


def test_diversity_makes_several_pictures_differ_in_what_they_excite(run, small_arrays):
    def similarity(weight):
        pictures = run(channels=(1,), copies=3, steps=40, diversity_weight=weight)[-1].pictures
        responses = vgg(small_arrays).response("block3_conv2")(tf.constant(pictures))
        return float(tf.reduce_mean(diversity.similarity(tf.nn.relu(responses), 3)))

    assert similarity(5.0) < similarity(0.0)


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "not finite"), (0.0, "zero everywhere")])
def test_a_useless_gradient_is_an_error_that_names_the_step(run, small_arrays, bad, word):
    kernel, bias = small_arrays["block1_conv1"]
    broken = small_arrays | {"block1_conv1": (np.full_like(kernel, bad), bias)}
    with pytest.raises(GradientError) as caught:
        run(arrays=broken)
    assert caught.value.message == f"The gradient is {word} at step 1 for block3_conv2:1."


@pytest.mark.parametrize("plain", [False, True])
def test_every_channel_and_copy_starts_from_different_noise(run, plain):
    """After one tiny step the picture is still the start."""
    (only,) = run(channels=(0, 1), copies=2, steps=1, rate=1e-6, plain=plain)
    unbounded = np.log(only.pictures / (1 - only.pictures))  # before the sigmoid
    assert np.abs(np.corrcoef(unbounded.reshape(4, -1)) - np.eye(4)).max() < 0.4
    light = 1.0 if plain else np.sqrt(np.square(natural.MIXING).sum() / 3)  # what mixing colours does to a deviation
    assert unbounded.std() == pytest.approx(ways.START * light, rel=0.3)
