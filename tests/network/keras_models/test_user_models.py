"""A user's Keras model from its file: its preprocessing, and one sentence for each model that can't be used."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from deepdream.errors import SettingError, WeightsError
from deepdream.network.keras_models import user_models
from deepdream.network.weights import lookup
from deepdream.runtime import tf
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras = tf.keras
layers = keras.layers


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return keras_examples.saved(keras_examples.branching(), tmp_path_factory.mktemp("own") / "mine.keras")


def put(path, *after, size=(None, None, 3), name="mine"):
    """A file with a sequential model."""
    x = picture = layers.Input(size)
    for layer in after:
        x = layer(x)
    return keras_examples.saved(keras.Model(picture, x, name=name), path)


def refusal(path):
    with pytest.raises(WeightsError) as caught:
        lookup.load(str(path))
    assert caught.value.__cause__ is not None
    return caught.value.message.replace(str(path), path.name)


@pytest.mark.parametrize("name", ["mine.keras", "mine.h5"])
def test_the_file_is_the_network(tmp_path, name, own):
    path = keras_examples.saved(keras.models.load_model(own), tmp_path / name)
    found = lookup.load(str(path))
    assert (found.name, found.path, len(found.digest), found.cuts) == (name, path, 64, False)
    model, image = keras.models.load_model(own), random_picture(33, 41)[None]
    true = keras.Model(model.input, model.get_layer("wide").output)(image * 255.0)
    assert relative_error(found.activations(("wide",))(tf.constant(image))["wide"], true) < 1e-6
    assert found.nbytes == sum(4 * np.prod(weight.shape) for weight in model.weights)


@pytest.mark.parametrize(
    ("first", "shown", "why"),
    [
        (layers.Rescaling(1 / 255), "bytes", "it begins with a Rescaling made for them"),
        (layers.Rescaling(1 / 127.5, offset=-1), "bytes", "it begins with a Rescaling made for them"),
        (layers.Rescaling(2.0, offset=-1), "raw", "it begins with a Rescaling made for them"),
        (layers.Rescaling(0.5, offset=0.5), "signed", "it begins with a Rescaling made for them"),
        (layers.Normalization(mean=(124, 117, 104), variance=(3300,) * 3), "bytes", "a Normalization around 115"),
        (layers.Normalization(mean=(0.5, 0.4, 0.4), variance=(0.1,) * 3), "raw", "a Normalization around 0.433"),
        (layers.Activation("linear"), "raw", "nothing in it says what it was trained on"),
    ],
)
def test_what_it_is_shown_follows_from_its_first_layer_and_is_reported(tmp_path, first, shown, why):
    path = put(tmp_path / "mine.keras", first, layers.Conv2D(4, 3, name="conv"))
    network = user_models.load(path, "", None)
    assert network.shown == shown
    assert why in network.input_note
    assert user_models.WORDS[shown] in network.input_note
    assert network.input_note.endswith("The setting input names other numbers.")


def test_what_only_varies_pictures_in_training_is_skipped(tmp_path):
    varied = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)], name="varied")
    path = put(tmp_path / "mine.keras", varied, layers.Rescaling(1 / 255), layers.Conv2D(4, 3, name="conv"))
    network = user_models.load(path, "", None)
    assert network.shown == "bytes"
    assert [layer.name for layer in network.table] == ["conv"]
    image = random_picture(20, 31)[None]
    seen = network.activations(("conv",))(tf.constant(image))["conv"]
    assert relative_error(seen, keras.models.load_model(path)(image * 255.0, training=False)) < 1e-6


def test_keras_s_preprocessing_inside_a_model_is_left_to_the_model(tmp_path):
    inner = keras.Sequential([layers.Input((None, None, 3)), layers.Conv2D(4, 3, name="conv")], name="mobilenetv2_1.00")
    picture = layers.Input((None, None, 3), dtype="uint8")
    x = keras.applications.mobilenet_v2.preprocess_input(keras.ops.cast(picture, "float32"))
    path = keras_examples.saved(keras.Model(picture, inner(x)), tmp_path / "mine.keras")
    network = user_models.load(path, "", None)
    assert network.shown == "bytes"
    assert "it begins with arithmetic of its own, as Keras's preprocessing is" in network.input_note
    image = random_picture(20, 31)[None]
    name = network.table[-1].name
    true = keras.models.load_model(path)((image * 255).astype(np.uint8))
    seen = network.activations((name,))(tf.constant(np.floor(image * 255) / np.float32(255)))[name]
    assert relative_error(seen, true) < 1e-5


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("resnet50", "resnet"),
        ("resnet101v2", "resnet_v2"),
        ("inception_v3", "inception_v3"),
        ("vgg16", "vgg16"),
        ("mobilenet_1.00_224", "mobilenet"),
        ("mobilenetv2_1.00_224", "mobilenet_v2"),
        ("densenet121", "densenet"),
        ("xception", "xception"),
    ],
)
def test_a_name_of_keras_s_own_brings_keras_s_preprocessing(tmp_path, name, module):
    path = put(tmp_path / "mine.keras", layers.Conv2D(4, 3, name="conv"), name=name)
    network = user_models.load(path, "", None)
    image = random_picture(9, 11)[None]
    preprocess = getattr(keras.applications, module).preprocess_input
    true = keras.models.load_model(path)(preprocess(image * np.float32(255)))
    assert relative_error(network.activations(("conv",))(tf.constant(image))["conv"], true) < 1e-5
    assert network.input_note.startswith(
        f"mine.keras is shown what keras.applications.{module} preprocesses: it is Keras's {name}."
    )


def test_a_network_of_keras_s_own_inside_counts_too(tmp_path):
    inner = keras.Sequential([layers.Input((None, None, 3)), layers.Conv2D(4, 3, name="conv")], name="resnet50")
    path = put(tmp_path / "mine.keras", inner, layers.Conv2D(2, 1, name="head"))
    network = user_models.load(path, "", None)
    assert [layer.name for layer in network.table] == ["resnet50.conv", "head"]
    assert "keras.applications.resnet preprocesses: it is Keras's resnet50." in network.input_note


def test_a_fixed_size_is_reported(tmp_path):
    path = keras_examples.saved(keras_examples.sequential((48, 64)), tmp_path / "fixed.keras")
    assert (
        "It was made for 64x48 pixels; its layers are computed at the picture's size."
        in lookup.load(str(path)).input_note
    )


@pytest.mark.parametrize(
    ("size", "after", "says"),
    [
        ((7,), [layers.Dense(3)], "The input of mine.keras is 7, and a picture is height x width x channels."),
        (
            (28, 28, 3),
            [layers.Flatten(), layers.Dense(8, activation="relu"), layers.Dense(3)],
            "mine.keras has no layer to dream on: its Dense layers see a flattened picture, in which nothing has a "
            "row and a column.",
        ),
        (
            (None, None, 3),
            [layers.GlobalAveragePooling2D(), layers.Dense(2)],
            "mine.keras has no layer to dream on: none has rows and columns that grow with the picture.",
        ),
        (
            (None, None, 3),
            [layers.Conv2D(3, 3), layers.Lambda(lambda x: x * 2)],
            "mine.keras can't be opened as a Keras model: it holds a Lambda layer, whose code would be run, and that "
            "is refused.",
        ),
    ],
)
def test_a_model_that_is_invalid_is_rejected(tmp_path, size, after, says):
    assert refusal(put(tmp_path / "mine.keras", *after, size=size)) == says


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        (1, "It is shown the picture in grey."),
        (2, "Its 2 channels are spread from red over green to blue."),
        (5, "Its 5 channels are spread from red over green to blue."),
    ],
)
def test_a_model_of_other_channels_sees_the_picture_in_them(tmp_path, channels, says):
    path = put(tmp_path / "mine.keras", layers.Conv2D(channels, 1, name="same"), size=(None, None, channels))
    model = keras.models.load_model(path)
    model.set_weights([np.eye(channels)[None, None], np.zeros(channels)])
    model.save(path)
    network = user_models.load(path, "", None)
    assert says in network.input_note
    picture = random_picture(6, 8)
    found = network.activations(("same",))(tf.constant(picture[None]))["same"][0].numpy()
    red, green, blue = np.moveaxis(picture, -1, 0)
    wanted = {
        1: [0.299 * red + 0.587 * green + 0.114 * blue],
        2: [red, blue],
        5: [red, (red + green) / 2, green, (green + blue) / 2, blue],
    }
    np.testing.assert_allclose(found, np.stack(wanted[channels], axis=-1), rtol=1e-5)


def test_grey_in_is_what_pillow_makes_of_colours(tmp_path):
    path = put(tmp_path / "mine.keras", layers.Conv2D(1, 1, name="same"), size=(None, None, 1))
    model = keras.models.load_model(path)
    model.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    model.save(path)
    picture = (random_picture(6, 8) * 255).round().astype(np.uint8)
    found = user_models.load(path, "", None).activations(("same",))(tf.constant(picture[None] / np.float32(255)))[
        "same"
    ]
    np.testing.assert_allclose(found[0, ..., 0] * 255, np.asarray(Image.fromarray(picture).convert("L")), atol=1.0)


def test_the_names_of_classes_are_read_from_the_file_beside_the_model(tmp_path):
    path = keras_examples.saved(keras_examples.branching(), tmp_path / "mine.keras")
    assert lookup.load(str(path)).classifier.classes.names == ()
    (tmp_path / "mine.classes.txt").write_text("cat\ndog\nfox\nowl\n\nbat\n")
    classifier = lookup.load(str(path)).classifier
    assert classifier.classes.names == ("cat", "dog", "fox", "owl", "bat")
    assert classifier.digest == hashlib.sha256((tmp_path / "mine.classes.txt").read_bytes()).hexdigest()
    (tmp_path / "mine.classes.txt").write_text("cat\ndog\n")
    with pytest.raises(WeightsError) as refused:
        _ = lookup.load(str(path)).classifier
    assert str(refused.value) == f"{path} tells 5 classes apart, and is given 2 names for them."


def test_a_model_at_hand_is_a_network(tmp_path):
    model = keras_examples.branching()
    network = lookup.load(model)
    assert network.name == "mine.keras"
    file = lookup.load(str(keras_examples.saved(model, tmp_path / "mine.keras")))
    assert network.table == file.table


def test_code_is_rejected_in_the_older_format_and_inside_a_model_too(tmp_path):
    code = layers.Lambda(lambda x: x * 2)
    inner = keras.Sequential([layers.Input((None, None, 3)), code, layers.Conv2D(3, 3)], name="inner")
    for path in (put(tmp_path / "mine.h5", layers.Conv2D(3, 3), code), put(tmp_path / "mine.keras", inner)):
        assert "holds a Lambda layer, whose code would be run, and that is refused." in refusal(path)


def test_two_inputs_are_rejected(tmp_path):
    first, second = layers.Input((None, None, 3)), layers.Input((None, None, 3))
    path = tmp_path / "two.keras"
    keras.Model([first, second], layers.Add()([layers.Conv2D(3, 1)(first), second])).save(path)
    assert refusal(path) == "two.keras has 2 inputs, and a dream has one picture."


def test_a_layer_of_its_author_s_own_is_rejected(tmp_path):
    class Own(layers.Layer):
        def call(self, x):
            return x

    path = put(tmp_path / "mine.keras", layers.Conv2D(3, 3), Own())
    assert refusal(path) == (
        "mine.keras can't be opened as a Keras model: it needs a layer or function of its author's own, whose code is "
        "not in the file."
    )


def test_what_is_not_a_model_is_rejected(tmp_path, own):
    text = tmp_path / "text.keras"
    text.write_text("hello")
    assert refusal(text) == "text.keras is no Keras model: it is not the archive that a .keras file is."
    short = tmp_path / "short.h5"
    short.write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    assert refusal(short).startswith("short.h5 can't be opened as a Keras model: ")
    assert refusal(tmp_path / "gone.keras") == "There is no model file gone.keras."
    alone = tmp_path / "alone.weights.h5"
    keras.models.load_model(own).save_weights(alone)
    assert refusal(alone) == "alone.weights.h5 can't be opened as a Keras model: it holds weights without a model."


def test_values_that_are_not_finite_are_rejected(tmp_path):
    model = keras_examples.branching()
    model.get_layer("mix").kernel.assign(model.get_layer("mix").kernel * np.nan)
    path = keras_examples.saved(model, tmp_path / "mine.keras")
    assert refusal(path) == "In mine.keras, mix/kernel holds a value that is not finite, as weights have to be."


def test_weights_beside_a_model_of_the_user_are_rejected(own):
    with pytest.raises(SettingError, match="brings its own weights"):
        lookup.load(str(own), own)


def test_a_whole_model_given_as_weights_gets_the_command_to_dream_on_it(own):
    with pytest.raises(WeightsError) as caught:
        lookup.load(file=own)
    assert caught.value.advice == f"To dream on the model that it is: deepdream dream --network {own}"


def test_verify_reads_it(own):
    (state,) = lookup.verify(own)
    assert (state.status, state.network) == ("verified", "mine.keras")
