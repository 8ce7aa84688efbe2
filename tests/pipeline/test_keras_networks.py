"""Dreams on Keras networks: the loss rises, everything else combines with them, and they can be made again."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import SelectionError
from deepdream.pipeline.dream import dream
from deepdream.pipeline.request import understand
from deepdream.runtime import tf
from deepdream.settings import recipes
from tests.cli.conftest import command, photo  # noqa: F401  (fixtures)
from tests.network import keras_examples
from tests.support import random_picture

SMALL = {"octaves": 2, "steps": 2, "jitter": 3}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return str(keras_examples.saved(keras_examples.branching(), tmp_path_factory.mktemp("own") / "mine.keras"))


@pytest.fixture
def here(own, tmp_path, monkeypatch):
    """The model's file in the pictures' folder, under a simple name."""
    monkeypatch.chdir(tmp_path)
    Path("mine.keras").write_bytes(Path(own).read_bytes())
    return tmp_path


def test_a_dream_climbs(own):
    made = dream(random_picture(71, 98), network=own, layers="wide", steps=8, octaves=1, jitter=0)
    assert made.picture.shape == (71, 98, 3)
    assert made.losses[0][-1] > 1.2 * made.losses[0][0]
    assert np.isfinite(made.picture).all()


def test_layers_and_numbers_that_no_recipe_knows_are_chosen_noted_and_recorded(own):
    made = dream(random_picture(40, 53), network=own, **SMALL)
    settings = made.recipe["settings"]
    assert (settings["layers"], settings["input"], settings["convolution"], settings["tile"]) == (
        "join",
        "bytes",
        "auto",
        None,
    )
    assert made.recipe["network"] == "mine.keras"
    assert made.recipe["runtime"]["keras"] == tf.keras.__version__
    assert made.recipe["notes"] == [
        "mine.keras is shown the numbers 0..255: it begins with a Rescaling made for them. "
        "The setting input names other numbers.",
        "No recipe was made for mine.keras: its layer join is excited; the setting layers names others.",
    ]
    again = dream(random_picture(40, 53), **settings)
    np.testing.assert_array_equal(again.picture, made.picture)


def test_numbers_that_were_asked_for_get_no_note(own):
    request = understand(random_picture(40, 53), {"network": own, "layers": "wide", "input": "signed"})
    assert (request.settings.input, request.notes) == ("signed", ())


@pytest.mark.parametrize("recipe", ["seed", "seed-multiscale"])
def test_the_seed_s_layers_are_vgg_s_only(own, recipe):
    assert recipes.resolve({"recipe": recipe}, "vgg16").layers == "block4"
    assert recipes.resolve({"recipe": recipe}, "mine.keras").layers is None
    request = understand(random_picture(40, 53), {"network": own, "recipe": recipe, "size": "53x40"})
    assert (request.settings.layers, request.settings.input) == ("join", "bytes")  # its own numbers


def test_a_recipe_of_the_user_names_the_file(own, here):
    Path("my.toml").write_text('steps = 3\n[networks."mine.keras"]\nlayers = "wide:3"\n')
    settings = understand(random_picture(40, 53), {"network": own, "recipe": "my.toml"}).settings
    assert (settings.layers, settings.steps) == ("wide:3", 3)


def test_guides_masks_regions_schedules_shaping_and_colours_combine(here):
    photos = {name: random_picture(37 + n, 48 + n, seed=n) for n, name in enumerate(("guide.png", "mask.png", "p.png"))}
    for name, pixels in photos.items():
        images.write(name, pixels)
    Image.new("L", (48, 37), 0).save("mask.png")
    mask = np.zeros((61, 83), np.uint8)
    mask[:, 40:] = 255
    Image.fromarray(mask).save("mask.png")
    picture = random_picture(61, 83, seed=5)
    given = {
        "network": "mine.keras", "layers": "join/wide", "steps": "2/3", "guide": "guide.png", "mask": "mask.png",
        "colour": "keep", "hold": True, "shape": "laplacian", "optimizer": "adam", "octaves": 2, "tv": 0.1,
    }  # fmt: skip
    made = dream(picture, **given)
    assert [len(losses) for losses in made.losses] == [2, 3]
    np.testing.assert_array_equal(made.picture[:, :40], picture[:, :40])
    assert np.abs(made.picture[:, 41:] - picture[:, 41:]).max() > 1 / 255

    Path("parts.toml").write_text(
        '[[region]]\nmask = "mask.png"\nlayers = "edges"\n[[region]]\nmask = "!mask.png"\nlayers = "wide:1-4"\n'
    )
    both = dream(picture, network="mine.keras", regions="parts.toml", **SMALL)
    changed = np.abs(both.picture - picture).max(axis=2) > 1 / 255
    assert changed[:, :40].mean() > 0.5
    assert changed[:, 41:].mean() > 0.5


def test_a_layer_that_it_does_not_have_raises_and_the_nearest_is_suggested(own):
    with pytest.raises(SelectionError) as caught:
        understand(random_picture(40, 53), {"network": own, "layers": "jion"})
    assert (
        str(caught.value) == "No layer of mine.keras matches 'jion': its layers are edges to wide. Did you mean join?"
    )


def test_octaves_that_a_layer_has_no_position_for_are_left_out(own):
    request = understand(random_picture(20, 31), {"network": own, "layers": "wide"})
    least = request.table[-1].min_size
    assert all(min(size) >= least for size in request.sizes)
    assert len(request.sizes) < 4


def test_every_command_takes_it(command, photo, here):  # noqa: F811
    photo("photo.png", size=(150, 131))
    words = ("--network", "mine.keras", "-q")
    table = json.loads(command("layers", "--network", "mine.keras", "--size", "150x131", "--json").out)
    assert (table["network"], table["layers"][0]["name"], table["layers"][0]["shape"]) == (
        "mine.keras",
        "edges",
        [66, 75, 8],
    )
    assert command("dream", "photo.png", *words, "--steps", "1", "--octaves", "2").code == 0
    assert command("again", "photo-dream.png", "-q") == (0, "", "")
    first, second = (np.asarray(Image.open(name)) for name in ("photo-dream.png", "photo-dream-again.png"))
    np.testing.assert_array_equal(first, second)

    result = command("features", "wide:0+3", *words, "--steps", "3", "--size", "40", "-o", "pictures")
    assert (result.code, len(list(Path("pictures").glob("wide-*.png")))) == (0, 3)
    found = json.loads(command("activations", "photo.png", *words, "--top", "2", "--json").out)
    assert found["selections"][-1].startswith("wide:")
    assert command("activations", "--noise", *words, "-o", "noise.png").code == 0
    assert command("sweep", "photo.png", "--vary", "layers=edges,wide", *words, "--steps", "1", "-o", "swept").code == 0
    assert Path("swept/sheet.png").exists()


def test_compare_takes_the_last_layer_of_each_stride(command, photo, here):  # noqa: F811
    photo("photo.png", size=(150, 131))
    result = command("compare", "photo.png", "--network", "mine.keras", "--steps", "1", "-q", "-o", "seen", "--json")
    groups = json.loads(result.out)["groups"]
    assert [(group["name"], group["layers"]) for group in groups] == [("stride 2", ["join"]), ("stride 4", ["wide"])]
    assert "What the layers of mine.keras add" in Path("seen/index.html").read_text()
    refused = command("compare", "photo.png", "--network", "mine.keras", "--pairs", "1-2", "-q")
    assert (refused.code, refused.err.split(" Name ")[0]) == (
        2,
        "--pairs 1-2 names blocks of vgg19, pocket or vgg16, and mine.keras has none of their kind.",
    )


def test_again_rejects_another_file_and_asks_for_one_that_is_gone(command, photo, here):  # noqa: F811
    photo("photo.png")
    command("dream", "photo.png", "--network", "mine.keras", "--steps", "1", "--octaves", "1", "-q")
    Path("mine.keras").rename("moved.keras")
    result = command("again", "photo-dream.png", "-q")
    assert result.code == 2
    assert result.err.startswith(
        "photo-dream.png was made with the network mine.keras, which is not there: its digest is "
    )
    assert command("again", "photo-dream.png", "--weights", "moved.keras", "-q").code == 0
    keras_examples.saved(keras_examples.calm(tf.keras.models.load_model("moved.keras"), seed=8), Path("mine.keras"))
    refused = command("again", "photo-dream.png", "-q", "-o", "other.png")
    assert (refused.code, Path("other.png").exists()) == (2, False)
    assert "was made with other weights of mine.keras" in refused.err


def test_nothing_is_written_if_the_model_is_invalid(command, photo, here):  # noqa: F811
    photo("photo.png")
    Path("text.keras").write_text("hello")
    result = command("dream", "photo.png", "--network", "text.keras", "-q")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("text.keras is no Keras model: it is not the archive that a .keras file is.")
    assert "Traceback" not in result.err
    assert not Path("photo-dream.png").exists()


@pytest.mark.parametrize(
    "given",
    [
        {"shape": "cascade"},
        {"shape": "plain", "normalize": "std"},
        {"l2": 0.5, "optimizer": "adam"},
        {"colour": "match"},
        {"strength": 0.5, "hold": True},
        {"distance": 0.01},
        {"preview": True},
        {"layers": "join,edges=-0.5"},
        {"layers": "edges:0-3/w*", "step_size": "0.02..0.01"},
        {"octave_mode": "grow", "octave_ratio": 1.3},
        {"input": "signed", "objective": "mean"},
        {"start": "clouds", "size": "70x48"},
    ],
    ids=str,
)
def test_every_control_combines_with_it(own, given):
    start = None if "start" in given else random_picture(48, 70)
    made = dream(start, network=own, **{"layers": "join"} | SMALL | given)
    assert np.isfinite(made.picture).all()
    assert made.picture.shape == ((62, 91, 3) if "octave_mode" in given else (48, 70, 3))
    if start is not None and "octave_mode" not in given:
        assert not np.array_equal(made.picture, start)


def test_a_recipe_saved_from_its_dream_keeps_to_it_what_is_its_own(command, photo, here):  # noqa: F811
    photo("photo.png")
    command("dream", "photo.png", "--network", "mine.keras", "--steps", "3", "--octaves", "1", "-q")
    saved = command("recipes", "save", "my.toml", "--from", "photo-dream.png")
    assert (saved.code, "--network mine.keras" in saved.err) == (0, True)
    own = recipes.user_recipes.read(Path("my.toml"), recipes.RECIPES)
    assert own.overrides == {"steps": 3, "octaves": 1}
    assert own.networks == {"mine.keras": {"layers": "join", "input": "bytes"}}
    assert command("dream", "photo.png", "--recipe", "my.toml", "--network", "pocket", "-q", "-o", "p.png").code == 0
    command("dream", "photo.png", "--recipe", "my.toml", "--network", "mine.keras", "-q", "-o", "again.png")
    first, second = (np.asarray(Image.open(name)) for name in ("photo-dream.png", "again.png"))
    np.testing.assert_array_equal(first, second)
