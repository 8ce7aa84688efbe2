"""What targets come to, on networks whose answers are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepdream import images
from deepdream.errors import ImageError, SelectionError
from deepdream.network import objective
from deepdream.network.choosing import choose
from deepdream.network.classifier import Classifier
from deepdream.network.keras_models import model as modelled
from deepdream.network.weights import lookup
from deepdream.objectives import excitement, targets
from deepdream.objectives.layers import layer_objective
from deepdream.objectives.paint import vectors
from deepdream.runtime import tf
from deepdream.settings import SAMPLE
from deepdream.settings.targets import KINDS, Classes
from tests.network import keras_examples
from tests.support import SMALL, random_arrays, random_picture, vgg

LAYER, COUNT = "block2_conv2", 5
KERNEL = np.random.default_rng(5).normal(size=(COUNT, 3)).astype(np.float32)
BIAS = np.array([0.5, -1.0, 2.0], np.float32)


def network():
    """Random weights, usual activations that differ by channel, and a classifier of three classes."""
    made = Classifier(Classes(LAYER, 3, ("sea", "fox", "owl")), None, KERNEL, BIAS, "c" * 64)
    usual = {LAYER: np.array([1.0, 2.0, 3.0, 4.0, 0.5], np.float32)}
    return replace(vgg(random_arrays(SMALL)), classifier=made, usual=usual)


FILES = {f"{name}.jpg": random_picture(40, 56, seed) for seed, name in enumerate("abcdef")}


def measure(picture=None):
    return targets.Measure(network(), lambda file, side: FILES[Path(file).name], picture)


def resolved(text: str, picture=None):
    return targets.resolve(choose(text, network()), measure(picture))


def means(name: str) -> np.ndarray:
    return excitement.means(network(), FILES[name], LAYER)


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def test_every_kind_in_the_grammar_has_its_function_and_every_function_its_kind():
    assert targets.TARGETS.keys() == KINDS.keys()


def test_what_is_no_target_stays_as_it_is():
    choices = choose("block1,block2_conv2:3=2", network())
    assert targets.resolve(choices, measure()) == choices


def test_a_class_is_its_column_of_the_classifier():
    (choice,) = resolved("class:fox")
    np.testing.assert_array_equal(choice.vector, KERNEL[:, 1])
    assert (choice.layer, choice.scores) == (LAYER, False)


def score(net, choices):
    """What resolved choices come to on pictures: their objective, and the bias of classes."""
    total = layer_objective(choices)
    activations, added = net.activations(total.layers), targets.bias(net, choices)
    return lambda pictures: objective.value(total, activations(pictures)) + added


def test_the_score_of_a_class_is_its_logit():
    pictures = np.stack([FILES["a.jpg"], FILES["b.jpg"]])
    logits = np.stack([means("a.jpg"), means("b.jpg")]) @ KERNEL + BIAS
    for number, name in enumerate(("sea", "fox", "owl")):
        found = score(network(), resolved(f"class:{name}"))(tf.constant(pictures)).numpy()
        np.testing.assert_allclose(found, logits[:, number], rtol=1e-5)
    both = score(network(), resolved("class:sea=2,class:fox=-1"))(tf.constant(pictures)).numpy()
    np.testing.assert_allclose(both, (2 * logits[:, 0] - logits[:, 1]) / 2, rtol=1e-5)


@pytest.mark.parametrize(
    "model", [keras_examples.branching((40, 56)), keras_examples.sequential((40, 56))], ids=["pooled", "flattened"]
)
def test_the_score_of_a_class_is_what_keras_itself_computes(model):
    made = modelled.of(model, "raw")
    for number in range(model.output_shape[-1]):
        choices = targets.resolve(choose(f"class:{number}", made), targets.Measure(made, lambda *_: None))
        found = score(made, choices)(tf.constant(FILES["a.jpg"][None])).numpy()
        np.testing.assert_allclose(found, model(FILES["a.jpg"][None])[:, number], rtol=1e-5)


def test_a_keras_class_is_maximised_itself_not_its_square():
    """Squaring would drive a negative score further down."""
    made = modelled.of(keras_examples.branching((40, 56)), "raw")
    choices = targets.resolve(choose("class:3", made), targets.Measure(made, lambda *_: None))
    images = tf.constant(FILES["a.jpg"][None])
    for kind in ("mean", "squares"):
        total = layer_objective(choices, kind)
        found = objective.value(total, made.activations(total.layers)(images))
        np.testing.assert_allclose(found, score(made, choices)(images))


def test_the_top_channels_are_those_that_excitement_ranks_first():
    order = np.argsort(-means("a.jpg") / network().usual[LAYER])
    for text, picture in ((f"{LAYER}:top2", FILES["a.jpg"]), (f"{LAYER}:top2(a.jpg)", FILES["b.jpg"])):
        (choice,) = resolved(text, picture)
        assert choice.channels == tuple(sorted(int(channel) for channel in order[:2]))
        assert choice.vector is None


def test_the_top_channels_need_a_picture():
    with pytest.raises(SelectionError) as refused:
        resolved(f"{LAYER}:top2")
    assert str(refused.value) == ("block2_conv2:top2 is not of any picture. Name one: block2_conv2:top2(photo.jpg).")


def test_a_difference_is_that_of_the_means_in_units_of_the_usual_ones():
    (choice,) = resolved(f"{LAYER}:difference(a.jpg,b.jpg)")
    wanted = unit((means("a.jpg") - means("b.jpg")) / network().usual[LAYER] ** 2)
    np.testing.assert_allclose(choice.vector, wanted, rtol=1e-4)
    (back,) = resolved(f"{LAYER}:difference(b.jpg,a.jpg)")
    np.testing.assert_allclose(back.vector, -np.asarray(choice.vector), rtol=1e-5)


def test_like_is_the_difference_to_the_usual():
    (choice,) = resolved(f"{LAYER}:like(a.jpg)")
    usual = network().usual[LAYER]
    np.testing.assert_allclose(choice.vector, unit((means("a.jpg") - usual) / usual**2), rtol=1e-4)


def test_two_sides_that_are_alike_give_no_direction():
    with pytest.raises(SelectionError) as refused:
        resolved(f"{LAYER}:difference(a.jpg,a.jpg)")
    assert (
        str(refused.value) == "block2_conv2:difference(a.jpg,a.jpg) is no direction: both sides excite the layer alike."
    )


def test_a_concept_tells_its_folders_apart_better_than_any_single_channel(tmp_path):
    """Independent truth: Fisher's criterion, the squared distance of the projected means over their variance."""
    for folder, names in (("some", "abc"), ("others", "def")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.jpg").touch()
    (choice,) = resolved(f"{LAYER}:concept({tmp_path / 'some'},{tmp_path / 'others'})")
    some, others = (np.stack([means(f"{name}.jpg") for name in names]) for names in ("abc", "def"))

    def criterion(vector):
        variance = np.mean([np.var(some, axis=0), np.var(others, axis=0)], axis=0) + (0.1 * network().usual[LAYER]) ** 2
        return ((some.mean(axis=0) - others.mean(axis=0)) @ vector) ** 2 / (vector**2 @ variance)

    vector = np.asarray(choice.vector)
    assert criterion(vector) > max(criterion(channel) for channel in np.eye(COUNT))
    rng = np.random.default_rng(0)
    assert criterion(vector) > max(criterion(vector + 0.3 * rng.normal(size=COUNT)) for _ in range(50))
    assert (some @ vector).mean() > (others @ vector).mean()


def test_a_concept_takes_two_pictures_in_each_folder(tmp_path):
    (tmp_path / "one.jpg").touch()
    with pytest.raises(ImageError) as refused:
        resolved(f"{LAYER}:concept({tmp_path},{tmp_path})")
    assert str(refused.value) == f"{tmp_path} has 1 picture: a concept takes 2 at least."
    with pytest.raises(ImageError) as refused:
        resolved(f"{LAYER}:concept({tmp_path / 'gone'},{tmp_path})")
    assert (
        str(refused.value) == f"{tmp_path / 'gone'} can't be read as a folder of pictures: No such file or directory."
    )


def test_a_vector_is_read_and_scaled_to_length_one(tmp_path):
    np.save(tmp_path / "v.npy", np.arange(5))
    (choice,) = resolved(f"{LAYER}:vector({tmp_path / 'v.npy'})")
    np.testing.assert_allclose(choice.vector, unit(np.arange(5)), rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_a_vector_may_be_of_any_length(tmp_path, scale):
    np.save(tmp_path / "v.npy", np.arange(5) * scale)
    (choice,) = resolved(f"{LAYER}:vector({tmp_path / 'v.npy'})")
    np.testing.assert_allclose(choice.vector, unit(np.arange(5)), rtol=1e-6)


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.arange(4), "holds 4, and a direction in block2_conv2 has 5 real numbers."),
        (np.ones((5, 1)), "holds 5 x 1, and a direction in block2_conv2 has 5 real numbers."),
        (np.ones(5, bool), "holds 5 of bool, and a direction in block2_conv2 has 5 real numbers."),
        (np.zeros(5), "is no direction: its numbers are all zero, or one is not finite."),
        (np.full(5, np.nan), "is no direction: its numbers are all zero, or one is not finite."),
        (None, "can't be read as the .npy file of a vector."),
    ],
)
def test_a_file_that_is_no_direction_is_refused(tmp_path, array, fault):
    file = tmp_path / "v.npy"
    file.write_bytes(b"no array") if array is None else np.save(file, array)
    with pytest.raises(SelectionError) as refused:
        resolved(f"{LAYER}:vector({file})")
    assert str(refused.value) == f"{file} {fault}"


def test_a_picture_too_small_for_its_layer_is_refused():
    small = targets.Measure(network(), lambda file, side: random_picture(1, 9))
    with pytest.raises(ImageError) as refused:
        targets.resolve(choose(f"{LAYER}:like(a.jpg)", network()), small)
    assert refused.value.message == "The picture a.jpg is 9x1; block2_conv2 needs 2 pixels on each side."


def test_a_vector_with_equal_weights_is_what_channels_are():
    activations = {LAYER: tf.constant(np.random.default_rng(1).normal(size=(2, 3, 4, COUNT)).astype(np.float32))}
    channels = choose(f"{LAYER}:1+3=2", network())
    equal = tuple(replace(choice, channels=None, vector=(0, 0.5, 0, 0.5, 0)) for choice in channels)
    for kind in ("mean", "squares"):
        found, wanted = (objective.value(layer_objective(one, kind), activations) for one in (equal, channels))
        np.testing.assert_allclose(found, wanted, rtol=1e-5)
    np.testing.assert_allclose(*(vectors([one], {LAYER: COUNT})[LAYER] for one in (equal, channels)))


def test_several_targets_in_one_layer_add_up():
    images = tf.constant(FILES["a.jpg"][None])
    one, two, both = (resolved(text) for text in ("class:sea", f"{LAYER}:3", f"class:sea,{LAYER}:3"))
    activations = network().activations((LAYER,))(images)
    parts = [objective.value(layer_objective(choices), activations) for choices in (one, two)]
    np.testing.assert_allclose(objective.value(layer_objective(both), activations), sum(parts) / 2, rtol=1e-5)


def test_what_a_target_came_to_is_reported_in_words():
    choices = resolved(f"class:fox,{LAYER}:top2,{LAYER}:4", FILES["a.jpg"])
    order = np.argsort(-np.abs(KERNEL[:, 1]))[:3]
    shares = ", ".join(f"{channel} ({KERNEL[channel, 1]:+.3g})" for channel in order)
    first, second = choices[1].channels
    assert targets.explained(choices, network()) == {
        "class:fox": f"a direction in block2_conv2, mostly of its channels {shares}",
        "block2_conv2:top2": f"block2_conv2:{first}+{second}",
    }


def test_the_pocket_network_knows_the_sea_on_the_sample():
    """The sample is a print of a great wave before a mountain; of 200 classes, the sea's score is among the highest."""
    pocket = lookup.load("pocket")
    means = excitement.means(pocket, images.read(SAMPLE, max_side=256).pixels, pocket.classifier.classes.layer)
    scores = means @ pocket.classifier.kernel + pocket.classifier.bias
    print([pocket.classifier.classes.names[n] for n in np.argsort(-scores)[:10]])
