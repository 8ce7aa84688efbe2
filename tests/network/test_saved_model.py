"""Networks from SavedModels: what Keras exports computes what Keras computes, and the rest is refused in a sentence."""

import shutil

import numpy as np
import pytest

import deepdream
from deepdream import images
from deepdream.cli.main import run
from deepdream.errors import SettingError, WeightsError
from deepdream.network.weights import lookup
from deepdream.runtime import tf
from tests.network import keras_examples
from tests.support import random_picture, relative_error

keras = tf.keras
ANY = tf.TensorSpec((None, None, None, 3), tf.float32, "picture")


def exported(model, folder):
    """The file of a model as Keras exports it."""
    model.export(str(folder), verbose=False)
    return folder / "saved_model.pb"


def saved(folder, function, *specs):
    """The file of a module with one function, saved without Keras."""
    module = tf.Module()
    module.kernel = tf.Variable(np.random.default_rng(3).normal(size=(3, 3, 3, 5)).astype(np.float32))
    module.call = tf.function(lambda *given: function(module, *given), input_signature=specs or (ANY,))
    tf.saved_model.save(module, str(folder), signatures=module.call)
    return folder / "saved_model.pb"


def convolved(module, picture):
    with tf.name_scope("stem/first"):
        found = tf.nn.relu(tf.nn.conv2d(picture, module.kernel, 2, "SAME"))
    with tf.name_scope("stem/second"):
        return tf.nn.max_pool2d(found, 2, 2, "VALID")


LAYERS = ("edges", "mix_norm", "mix_relu", "join", "shrink_pool")


@pytest.mark.parametrize(("size", "names"), [((None, None), (*LAYERS, "wide")), ((64, 48), LAYERS)])
def test_values_and_gradients_are_kerass_at_any_size(tmp_path, size, names):
    model = keras_examples.branching(size=size, scale=None)
    network = lookup.load(str(exported(model, tmp_path / "mine")))
    assert (network.name, network.cuts, len(network.digest)) == ("mine", False, 64)
    twin, picture = keras_examples.branching(scale=None), tf.constant(random_picture(53, 71)[None])
    twin.set_weights(model.get_weights())
    assert ("wide" in {layer.name for layer in network.table}) == ("wide" in names)  # dilated for one size
    for name in names:
        found, true = network.activations((name,)), keras.Model(twin.input, twin.get_layer(name).output)
        values, gradients = [], []
        for function in (lambda x, found=found, name=name: found(x)[name], lambda x, true=true: true(x)):
            with tf.GradientTape() as tape:
                tape.watch(picture)
                value = function(picture)
                energy = tf.reduce_mean(tf.square(value))
            values.append(value)
            gradients.append(tape.gradient(energy, picture))
        assert relative_error(*values) < 1e-6
        assert relative_error(*gradients) < 1e-5


def test_its_table_is_that_of_the_keras_model(tmp_path):
    model = keras_examples.branching(scale=None)
    path = keras_examples.saved(model, tmp_path / "mine.keras")
    rows = {layer.name: layer for layer in lookup.load(str(path)).table}
    found = lookup.load(str(exported(model, tmp_path / "mine"))).table
    assert [layer.name for layer in found] == [name for name in rows if name in {layer.name for layer in found}]
    assert {"edges", "mix", "mix_norm", "mix_relu", "way", "join", "shrink_pool", "wide"} == {one.name for one in found}
    for layer in found:
        own = rows[layer.name]
        assert (layer.channels, layer.stride, layer.taps) == (own.channels, own.stride, own.taps), layer.name
        assert layer.positions(53, 71) == own.positions(53, 71), layer.name
        assert layer.kind == {"join": "add", "mix_relu": "relu"}.get(layer.name, own.kind)
    assert {layer.smallest for layer in found} == {max(row.min_size for row in rows.values())}


def test_an_activation_with_a_gradient_of_its_own_is_differentiated_by_its_operations(tmp_path):
    x = picture = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, activation="silu", name="smooth")(x)
    model = keras_examples.calm(keras.Model(picture, x))
    network, given = lookup.load(str(exported(model, tmp_path / "mine"))), tf.constant(random_picture(17, 23)[None])
    gradients = []
    for function in (lambda x: network.activations(("smooth",))(x)["smooth"], model):
        with tf.GradientTape() as tape:
            tape.watch(given)
            value = tf.reduce_sum(tf.square(function(given)))
        gradients.append(tape.gradient(value, given))
    assert relative_error(*gradients) < 1e-5


def test_a_graph_that_keras_never_saw_has_its_scopes_as_layers(tmp_path):
    network = lookup.load(str(saved(tmp_path / "own", convolved)))
    rows = [(one.name, one.kind, one.channels, one.stride, one.taps) for one in network.table]
    assert rows == [("first", "conv", 5, 2, 9), ("second", "pool", 5, 4, 0)]
    picture = tf.constant(random_picture(21, 30)[None])
    before, after = network.response("first")(picture), network.activations(("first",))(picture)["first"]
    assert float(tf.reduce_min(before)) < 0
    np.testing.assert_array_equal(after, tf.nn.relu(before))
    assert network.response("first")(picture, tf.constant([3, 1])).shape == (1, 11, 15, 2)


def bare(module, picture):
    return tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(picture, module.kernel, 2, "SAME")), 2, 2, "VALID")


def test_operations_without_a_scope_are_layers_of_their_own(tmp_path):
    network = lookup.load(str(saved(tmp_path / "own", bare)))
    assert [(one.name, one.kind, one.stride) for one in network.table] == [
        ("Conv2D", "conv", 2), ("Relu", "relu", 2), ("MaxPool2d", "pool", 4)
    ]  # fmt: skip


def renamed(module, picture):
    with tf.name_scope("first"):
        found = tf.identity(tf.nn.relu(tf.nn.conv2d(picture, module.kernel, 2, "SAME")), name="out")
    with tf.name_scope("second"):
        return tf.nn.relu(tf.nn.bias_add(found, [1.0, -1.0, 0.5, 0.0, 2.0]))


def test_a_layer_whose_last_operation_only_names_its_output_is_listed(tmp_path):
    network = lookup.load(str(saved(tmp_path / "own", renamed)))
    assert [(one.name, one.kind) for one in network.table] == [("first", "conv"), ("second", "relu")]
    picture = tf.constant(random_picture(21, 30)[None])
    before, after = network.response("first")(picture), network.activations(("first",))(picture)["first"]
    np.testing.assert_array_equal(after, tf.nn.relu(before))


def test_one_in_a_folder_called_like_a_published_network_is_not_mistaken_for_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exported(keras_examples.branching(scale=None), tmp_path / "pocket")
    images.write(tmp_path / "photo.png", random_picture(41, 59))
    network = ["--network", "pocket/saved_model.pb", "--octaves", "1", "--steps", "1"]
    assert run(["dream", "photo.png", *network, "-o", "dream.png"]) == 0
    assert "No recipe was made for pocket-saved: its layer " in capsys.readouterr().err
    assert run(["again", "dream.png"]) == 0
    dream, again = (images.read(tmp_path / name).pixels for name in ("dream.png", "dream-again.png"))
    np.testing.assert_array_equal(dream, again)


def test_a_network_of_grey_pictures_sees_grey(tmp_path):
    model = keras_examples.calm(
        keras.Sequential([keras.Input((None, None, 1)), keras.layers.Conv2D(3, 3, name="only")])
    )
    network, picture = lookup.load(str(exported(model, tmp_path / "grey"))), random_picture(19, 15)
    grey = picture @ np.array([[0.299], [0.587], [0.114]], np.float32)
    assert relative_error(network.activations(("only",))(tf.constant(picture[None]))["only"], model(grey[None])) < 1e-6


def test_it_is_dreamt_recorded_and_made_again_while_its_variables_are_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exported(keras_examples.branching(), tmp_path / "mine")
    images.write(tmp_path / "photo.png", random_picture(41, 59))
    words = ["--network", "mine/saved_model.pb", "--input", "bytes", "--layers", "wide:0-7", "--octaves", "2"]
    assert run(["dream", "photo.png", *words, "--steps", "2", "-o", "dream.png"]) == 0
    assert run(["again", "dream.png"]) == 0
    assert (tmp_path / "dream.png").read_bytes() == (tmp_path / "dream-again.png").read_bytes()
    dream = images.read(tmp_path / "dream.png").pixels
    assert np.abs(dream - images.read(tmp_path / "photo.png").pixels).mean() > 0.005
    (variables,) = (tmp_path / "mine" / "variables").glob("*.data*")
    variables.write_bytes(variables.read_bytes()[:-4] + bytes(4))
    capsys.readouterr()
    assert run(["again", "dream.png", "--force"]) == 2
    assert capsys.readouterr().err.startswith("mine/saved_model.pb ")


def test_channels_are_drawn(tmp_path):
    path = exported(keras_examples.branching(scale=None), tmp_path / "mine")
    (made,) = deepdream.draw_features("wide:3", network=str(path), size=(48, 64), steps=3)
    assert made.pixels.shape == (48, 64, 3)


def test_one_that_is_loaded_is_refused_with_the_file_to_give(tmp_path):
    exported(keras_examples.branching(scale=None), tmp_path / "mine")
    with pytest.raises(
        SettingError, match=r"^network <.*> is neither a name, nor a model's file, nor a Keras model\."
    ) as one:
        lookup.load(tf.saved_model.load(str(tmp_path / "mine")))
    assert one.value.advice == "Give its file: FOLDER/saved_model.pb"
    assert [state.status for state in lookup.verify(tmp_path / "mine" / "saved_model.pb")] == ["verified"]


def two(module, one, other):
    return convolved(module, one + other)


def of_bytes(module, picture):
    return convolved(module, tf.cast(picture, tf.float32))


def written(module, picture):
    tf.io.write_file("written", "by the graph")
    return convolved(module, picture)


def lines_read(module, picture):
    count = tf.data.TextLineDataset("written").reduce(tf.constant(0), lambda count, line: count + 1)
    return convolved(module, picture) + tf.cast(count, tf.float32)


def mapped(module, picture):
    held = tf.raw_ops.ImmutableConst(dtype=tf.float32, shape=[1], memory_region_name="written")
    return convolved(module, picture) + held


def queued(module, picture):
    queue = tf.raw_ops.FIFOQueueV2(component_types=[tf.float32])
    return convolved(module, picture) + tf.cast(tf.raw_ops.QueueSizeV2(handle=queue), tf.float32)


def flat(module, picture):
    return tf.reduce_mean(picture, axis=(1, 2)) @ module.kernel[0, 0]


@pytest.mark.parametrize(
    ("function", "specs", "message"),
    [
        (two, (ANY, tf.TensorSpec((None, None, None, 3), tf.float32, "other")),
         "PATH has 2 inputs, and a dream has one picture."),
        (of_bytes, (tf.TensorSpec((None, None, None, 3), tf.uint8),),
         "The input of PATH is uint8, which has no gradient: it must be float32."),
        (lambda module, x: x * 2, (tf.TensorSpec((None, 7)),),
         "The input of PATH is 7, and a picture is height x width x channels."),
        (flat, (), "PATH has no layer to dream on: none has rows and columns that grow with the picture."),
        (written, (), "PATH holds the operation WriteFile, which reaches outside its graph, and that is refused."),
        (lines_read, (),
         "PATH holds the operation FlatMapDataset, which reaches outside its graph, and that is refused."),
        (mapped, (), "PATH holds the operation ImmutableConst, which reaches outside its graph, and that is refused."),
        (queued, (), "PATH holds the operation FIFOQueueV2, which reaches outside its graph, and that is refused."),
    ],
)  # fmt: skip
def test_what_can_not_be_dreamt_on_is_refused_in_a_sentence(tmp_path, monkeypatch, function, specs, message):
    monkeypatch.chdir(tmp_path)
    path = saved(tmp_path / "own", function, *specs)
    with pytest.raises(WeightsError) as refused:
        lookup.load(str(path))
    assert refused.value.message == message.replace("PATH", str(path))
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize("when", ["loaded", "computed"])
def test_one_of_tensorflow_1_is_refused_before_anything_in_it_runs(tmp_path, when):
    file, v1 = str(tmp_path / "written"), tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        picture = v1.placeholder(tf.float32, (None, None, None, 3))
        found = tf.nn.relu(tf.nn.conv2d(picture, v1.get_variable("kernel", (3, 3, 3, 4)), 1, "SAME"))
        writing = tf.io.write_file(file, "by the graph")
        if when == "computed":
            with tf.control_dependencies([writing]):
                found = tf.nn.relu(found)
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.builder.SavedModelBuilder(str(tmp_path / "own"))
        signature = v1.saved_model.signature_def_utils.predict_signature_def({"picture": picture}, {"found": found})
        first = writing if when == "loaded" else None
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature}, main_op=first)
        builder.save()
    path = tmp_path / "own" / "saved_model.pb"
    with pytest.raises(WeightsError) as refused:
        lookup.load(str(path))
    assert str(refused.value) == (
        f"{path} is of TensorFlow 1, which runs what it holds while it is loaded. Load and save it again with "
        "tf.saved_model, if you trust it."
    )
    assert not (tmp_path / "written").exists()


def test_one_with_random_numbers_and_a_condition_is_dreamt_on(tmp_path):
    def noisy(module, picture):
        found = convolved(module, picture)
        scaled = tf.cond(tf.reduce_mean(picture) > 0.5, lambda: 2.0, lambda: 3.0)
        return found * scaled + tf.random.uniform(tf.shape(found))

    network = lookup.load(str(saved(tmp_path / "own", noisy)))
    assert [layer.name for layer in network.table][:2] == ["stem.first", "stem.second"]


def test_missing_variables_are_named_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = saved(tmp_path / "own", convolved)
    shutil.rmtree(path.parent / "variables")
    with pytest.raises(WeightsError) as refused:
        lookup.load("own/saved_model.pb")
    assert refused.value.message == (
        "own/saved_model.pb can't be loaded: TensorFlow says: Unsuccessful TensorSliceReader constructor: Failed to "
        "find any matching files for own/variables/variables."
    )


def test_one_without_a_signature_one_that_is_damaged_and_one_with_a_weight_that_is_not_finite(tmp_path):
    module = tf.Module()
    tf.saved_model.save(module, str(tmp_path / "empty"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "saved_model.pb").write_bytes(b"no protocol buffer")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "saved_model.pb").touch()
    model = keras_examples.branching(scale=None)
    edges = model.get_layer("edges")
    edges.set_weights([edges.get_weights()[0] * np.nan, edges.get_weights()[1]])
    exported(model, tmp_path / "nan")
    said = {}
    for name in ("empty", "broken", "none", "nan"):
        with pytest.raises(WeightsError) as refused:
            lookup.load(str(tmp_path / name / "saved_model.pb"))
        said[name] = refused.value.message.removeprefix(f"{tmp_path / name / 'saved_model.pb'} ")
    assert said["empty"] == "has no signature to compute."
    assert said["broken"] == "is damaged, or no SavedModel's."
    assert said["none"] == "holds 0 graphs, and a dream is made with one."
    assert said["nan"].endswith(" holds a value that is not finite, as weights have to be.")
