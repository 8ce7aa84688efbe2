"""deepdream recipes: listed, explained, and saved from a dream."""

import json
from pathlib import Path

import numpy as np
import pytest

from deepdream import images
from deepdream.cli.messages import with_option_names
from deepdream.settings import names
from deepdream.settings.recipes import RECIPES, resolve

SMALL = ("--network", "pocket", "--octaves", "1", "--steps", "2", "--jitter", "3", "-q")


def test_all_are_listed_with_look_cost_and_source(command):
    result = command("recipes")
    assert (result.code, result.err) == (0, "")
    for name, recipe in RECIPES.items():
        assert f"{name}\n  look    {recipe.look}\n  cost    {recipe.cost}\n  source  {recipe.source}\n" in result.out


def test_one_is_explained_with_its_settings(command):
    out = command("recipes", "seed").out
    assert out.startswith("seed\n  look ")
    assert "  --size          224x224\n" in out
    assert "  --step-size     0.1\n" in out
    assert command("recipes", "explain", "seed").out == out


def test_layers_are_listed_per_network(command):
    lines = command("recipes", "classic").out.splitlines()
    assert sum(line.split()[0] == "--layers" and line.endswith(("(vgg19)", "(pocket)")) for line in lines) == 2


def test_machine_readable(command):
    assert list(json.loads(command("recipes", "--json").out)) == list(RECIPES)
    assert command("recipes", "--json", "seed") == command("recipes", "seed", "--json")
    assert json.loads(command("recipes", "seed", "--json").out)["seed"]["overrides"]["steps"] == 5


def test_an_unknown_name_is_refused_with_the_nearest(command):
    assert command("recipes", "clasic") == (2, "", "There is no recipe 'clasic'. Did you mean classic?\n")


@pytest.fixture
def dreamt(command, photo):
    """A dream in out/ of a picture in in/."""
    photo("in/photo.png")
    Path("out").mkdir()

    def make(*words):
        assert command("dream", "in/photo.png", "-o", "out/dream.png", *SMALL, "--force", *words) == (0, "", "")
        return images.read_recipe(Path("out/dream.png"))

    return make


def test_a_dream_s_settings_are_saved_listed_and_dreamt_with(command, dreamt):
    first = dreamt("--layers", "block2", "--step-size", "0.03")
    result = command("recipes", "save", "mine", "--from", "out/dream.png", "--look", "soft waves")
    file = Path("recipes/mine.toml").absolute()
    assert result.code == 0
    assert [line.split() for line in result.out.splitlines()[:2]] == [["mine"], ["look", "soft", "waves"]]
    assert result.err == f"Saved in {file}. To dream with it: deepdream dream photo.jpg --recipe mine\n"
    assert 'layers = "block2"\n' in file.read_text()
    assert command("recipes", "mine").out == result.out
    assert f"mine\n  look    soft waves\n  source  taken from dream.png, a dream of deepdream {first['version']}\n" in (
        command("recipes").out
    )
    assert json.loads(command("recipes", "--json").out)["mine"]["file"] == str(file)
    assert command("dream", "in/photo.png", "-o", "second.png", "--recipe", "mine", "-q").code == 0
    second = images.read_recipe(Path("second.png"))
    assert second["settings"] == first["settings"] | {"recipe": "mine"}
    pictures = [images.read(Path(name)).pixels for name in ("out/dream.png", "second.png")]
    assert (pictures[0] == pictures[1]).all()


def test_it_is_made_again_without_the_recipe_s_file(command, dreamt):
    Path("my.toml").write_text('layers = "pool"\nsteps = 1\n')
    recipe = dreamt("--recipe", "my.toml")
    Path("my.toml").unlink()
    result = command("again", "out/dream.png", "-q")
    assert result == (0, "", "")
    assert images.read_recipe(Path("out/dream-again.png")) == recipe
    pictures = [images.read(Path(name)).pixels for name in ("out/dream.png", "out/dream-again.png")]
    assert (pictures[0] == pictures[1]).all()


def test_what_the_network_s_own_recipe_chose_and_channels_are_saved_for_that_network_alone(command, dreamt):
    recipe = dreamt()
    assert command("recipes", "save", "mine", "--from", "out/dream.png", "-q").err == ""
    assert resolve({"recipe": "mine"}, "pocket").layers == recipe["settings"]["layers"]
    assert resolve({"recipe": "mine"}, "vgg19").layers == resolve({}, "vgg19").layers
    dreamt("--layers", "block2_conv1:3+5")
    assert command("recipes", "save", "mine", "--from", "out/dream.png", "--force", "-q").code == 0
    assert '[networks.pocket]\nlayers = "block2_conv1:3+5"\n' in Path("recipes/mine.toml").read_text()


def test_a_dream_of_another_recipe_gives_the_same_settings(command, photo):
    photo()
    words = ("--recipe", "seed", "--network", "pocket", "--size", "53x37", "-q")
    assert command("dream", "photo.png", "-o", "a.png", *words).code == 0
    settings = images.read_recipe(Path("a.png"))["settings"]
    assert command("recipes", "save", "mine", "--from", "a.png", "-q").code == 0
    assert resolve({"recipe": "mine"}, "pocket").__dict__ == settings | {"recipe": "mine", "size": None}


def test_what_belongs_to_a_machine_or_a_picture_is_left_out_unless_asked_for(command, dreamt, photo):
    photo("mask.png")
    dreamt("--tile", "64", "--mask", "mask.png", "--feather", "2", "--memory", "3GiB")
    result = command("recipes", "save", "mine", "--from", "out/dream.png")
    assert result.err.splitlines()[0] == (
        "Left out, because another picture or machine has its own: "
        "--mask mask.png, --feather 2.0, --tile 64, --memory 3221225472"
    )
    assert "tile" not in Path("recipes/mine.toml").read_text()
    words = ("save", "mine.toml", "--from", "out/dream.png", "--with", "tile", "--with", "mask", "-q")
    assert command("recipes", *words).err == ""
    settings = resolve({"recipe": "mine.toml"})
    assert (settings.tile, settings.mask, settings.feather) == (64, str(Path("mask.png").absolute()), 2.0)


@pytest.mark.parametrize("flags", [set(), {"amx_bf16"}])
def test_a_precision_is_left_out_and_reported_if_this_machine_would_choose_another(command, dreamt, monkeypatch, flags):
    monkeypatch.setattr("deepdream.gradient.precision.flags", lambda: frozenset(flags))
    dreamt("--precision", "float32", "--layers", "block2")
    result = command("recipes", "save", "mine", "--from", "out/dream.png")
    left = "Left out, because another picture or machine has its own: --convolution direct"
    assert result.err.splitlines()[0] == left + (", --precision float32" if flags else "")
    assert resolve({"recipe": "mine"}).precision == "auto"
    assert command("recipes", "save", "own", "--from", "out/dream.png", "--with", "precision", "-q").err == ""
    assert resolve({"recipe": "own"}).precision == "float32"


def test_a_recipe_from_a_small_dream_leaves_the_size_of_later_pictures_alone(command, dreamt):
    dreamt("--max-side", "40", "--layers", "block2")
    result = command("recipes", "save", "mine", "--from", "out/dream.png")
    assert result.err.splitlines()[0] == "Left out, because another picture or machine has its own: --max-side 40"
    assert command("dream", "in/photo.png", "-o", "large.png", "--recipe", "mine", "-q").code == 0
    assert images.read(Path("large.png")).pixels.shape == (37, 53, 3)
    assert (
        command("recipes", "save", "mine", "--from", "out/dream.png", "--with", "max-side", "--force", "-q").err == ""
    )
    assert resolve({"recipe": "mine"}).max_side == 40


def test_a_recipe_from_a_canvas_dreams_on_pictures(command, photo):
    photo()
    words = ("--network", "pocket", "--layers", "block2", "--octaves", "1", "--steps", "1")
    words = (*words, "--start", "flat", "--fill", "#aa3300", "--size", "40x32")
    assert command("dream", *words, "-q", "-o", "flat.png").code == 0
    result = command("recipes", "save", "mine", "--from", "flat.png")
    assert result.err.splitlines()[0] == (
        "Left out, because another picture or machine has its own: --start flat, --fill #aa3300, --size 40x32"
    )
    assert command("dream", "photo.png", "--recipe", "mine", "-q") == (0, "", "")
    keep = ("--with", "start", "--with", "fill", "--with", "size")
    assert command("recipes", "save", "canvas", "--from", "flat.png", *keep, "-q").err == ""
    assert command("dream", "--recipe", "canvas", "-q", "-o", "second.png") == (0, "", "")
    assert command("dream", "photo.png", "--recipe", "canvas") == (
        2,
        "",
        "--start flat takes no picture (start is from the recipe canvas). Leave out the picture or --start.\n",
    )


@pytest.mark.parametrize(
    ("text", "words", "message"),
    [
        (
            'start = "clouds"',
            ("--no-clip",),
            "--start clouds needs a size (start is from the recipe my.toml). Type for example --size 900x600.",
        ),
        (
            'layers = "blokc4"',
            ("photo.png",),
            "No layer of pocket matches 'blokc4': its layers are block1_conv1 to block5_pool (layers is from the "
            "recipe my.toml). Did you mean block4 or block5 or block3?",
        ),
        (
            'palette = "gone.png"',
            ("photo.png",),
            "The palette {palette} does not exist (palette is from the recipe my.toml).",
        ),
        (
            'layers = "block2"',
            ("photo.png", "--layers", "blokc4"),
            "No layer of pocket matches 'blokc4': its layers are block1_conv1 to block5_pool. "
            "Did you mean block4 or block5 or block3?",
        ),
    ],
)
def test_a_refusal_says_which_recipe_a_setting_came_from(command, photo, text, words, message):
    photo()
    Path("my.toml").write_text(text)
    result = command("dream", *words, "--recipe", "my.toml", "--network", "pocket")
    assert result == (2, "", message.format(palette="gone.png") + "\n")


def test_a_damaged_or_hidden_recipe_is_reported_and_the_others_are_listed(command):
    Path("recipes").mkdir()
    Path("recipes/bad.toml").write_text("stps = 3")
    Path("recipes/good.toml").write_text("steps = 3")
    Path("recipes/seed.toml").write_text("steps = 3")
    result = command("recipes")
    folder = Path("recipes").absolute()
    assert result.code == 0
    assert result.err == (
        f"{folder / 'bad.toml'}: the key 'stps' is not a setting of a dream. Did you mean steps?\n"
        f"{folder / 'seed.toml'} is ignored: seed is the name of a built-in recipe.\n"
    )
    assert "\ngood\n  look    as classic, with settings of your own\n" in result.out


def test_keys_are_named_as_the_file_spells_them(command):
    Path("my.toml").write_text("max_sied = 3")
    message = "my.toml: the key 'max_sied' is not a setting of a dream. Did you mean max_side?\n"
    assert command("dream", "--recipe", "my.toml") == (2, "", message)
    Path("my.toml").write_text("step_size = 7")
    message = "my.toml: step_size 7.0 is out of its bounds: 1e-06 to 1.0.\n"
    assert command("dream", "--recipe", "my.toml") == (2, "", message)


BAD_NAME = "Take letters, digits, - and _, and none of save and explain."


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["classic", "--from", "a.png"], "classic is the name of a built-in recipe. Give it another name."),
        (["a b", "--from", "a.png"], f"A recipe can't be called 'a b'. {BAD_NAME}"),
        (["../a", "--from", "a.png"], f"A recipe can't be called '../a'. {BAD_NAME}"),
        (["save", "--from", "a.png"], f"A recipe can't be called 'save'. {BAD_NAME}"),
        (["gone/my.toml", "--from", "a.png"], "The folder gone of my.toml does not exist. Create it first."),
        (["mine"], "Missing option '--from'. Try: deepdream recipes save --help"),
        (["mine", "--from", "gone.png"], "gone.png does not exist."),
        (
            ["mine", "--from", "plain.png"],
            "plain.png carries no recipe. Only pictures written by deepdream carry one, and some editors drop it.",
        ),
        (["mine", "--from", "feature.png"], "feature.png is no dream: its recipe is of the kind 'feature'."),
        (["mine", "--from", "whole.png"], "whole.png is no dream: its recipe is of the kind 'noise'."),
        (
            ["mine", "--from", "new.png"],
            "The recipe in new.png is of another version: this one has no setting 'dizziness'.",
        ),
        (
            ["mine", "--from", "new.png", "--with", "xyz"],
            "'xyz' is not a setting of a dream. The settings are {settings}.",
        ),
        (["taken", "--from", "new.png"], "There is a recipe {taken} already. Type --force to replace it."),
    ],
)
def test_what_can_not_be_saved_is_refused_in_one_sentence(command, tmp_path, photo, words, message):
    photo("plain.png")
    taken = tmp_path / "recipes" / "taken.toml"
    taken.parent.mkdir()
    taken.write_text("steps = 3")
    full = {"version": "9", "settings": {"dizziness": 3}, "network": "pocket", "weights": "w", "input": {}}
    for name, recipe in {
        "feature.png": {"kind": "feature"}, "whole.png": full | {"kind": "noise"}, "new.png": full
    }.items():  # fmt: skip
        images.write(tmp_path / name, np.ones((3, 5, 3), np.float32), recipe=recipe)
    result = command("recipes", "save", *words)
    assert result == (2, "", message.format(taken=taken, settings=with_option_names(", ".join(names()))) + "\n")
    assert [path.name for path in taken.parent.iterdir()] == ["taken.toml"]
    assert taken.read_text() == "steps = 3"
