"""Users' recipes: TOML files, merged onto a built-in recipe; every error names file and key."""

import dataclasses
import os
from pathlib import Path

import pytest

from deepdream.errors import RecipeError, SettingError, StorageError
from deepdream.settings import Settings, user_recipes
from deepdream.settings.recipes import RECIPES, find, resolve
from deepdream.settings.user_recipes import UserRecipe


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty current folder, and the user's folder recipes/ in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEEPDREAM_RECIPES", "recipes")


def put(text, name="my.toml"):
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refusal(text, name="my.toml"):
    put(text, name)
    with pytest.raises(RecipeError) as refused:
        find(name)
    return str(refused.value)


def test_a_file_overrides_classic_and_given_settings_override_the_file():
    put('look = "dots"\nsteps = 3\nstep_size = 1\nsize = "90x60"\nclip = false\n')
    settings = resolve({"recipe": "my.toml", "steps": 4}, "vgg19")
    assert (settings.steps, settings.step_size, settings.size, settings.clip) == (4, 1.0, (60, 90), False)
    assert settings.layers == resolve({}, "vgg19").layers
    assert settings.recipe == "my.toml"
    assert find("my.toml").look == "dots"
    assert find("my.toml").source == "your own"


def test_it_may_be_based_on_another_built_in_recipe():
    put('based_on = "seed"\nsteps = 3\n')
    assert resolve({"recipe": "my.toml"}) == dataclasses.replace(resolve({"recipe": "seed"}), recipe="my.toml", steps=3)
    assert find("my.toml").look == "as seed, with settings of your own"


def test_its_settings_override_the_bases_network_values_and_its_network_values_override_both():
    put('layers = "pool"\nsteps = 3\n[networks.pocket]\nsteps = 2\n')
    assert [resolve({"recipe": "my.toml"}, name).steps for name in ("vgg19", "pocket", None)] == [3, 2, 3]
    assert {resolve({"recipe": "my.toml"}, name).layers for name in ("vgg19", "pocket", None)} == {"pool"}


def test_a_given_setting_removes_what_excludes_it_from_the_recipe():
    put('tileable = true\npalette = "a.jpg"\nmask = "a.png"\n')
    given = resolve({"recipe": "my.toml", "panorama": True, "colour": "keep", "regions": "b.toml"})
    assert (given.tileable, given.palette, given.mask) == (False, None, None)
    kept = resolve({"recipe": "my.toml", "panorama": False, "colour": "dream"})
    assert (kept.tileable, Path(kept.palette).name) == (True, "a.jpg")


def test_one_way_of_sizing_replaces_the_other():
    put('based_on = "seed"\nmax_side = 70\n')
    assert resolve({"recipe": "my.toml"}).size is None
    assert resolve({"recipe": "my.toml", "size": "90x60"}).max_side is None


def test_saved_ones_have_names_and_built_in_ones_come_first(monkeypatch):
    assert user_recipes.saved() == {}
    put("steps = 3", "recipes/mine.toml")
    put("steps = 3", "recipes/seed.toml")
    put("", "recipes/.hidden.toml")
    assert user_recipes.saved() == {"mine": Path("recipes/mine.toml"), "seed": Path("recipes/seed.toml")}
    assert resolve({"recipe": "mine"}).steps == 3
    assert find("seed") is RECIPES["seed"]
    monkeypatch.delenv("DEEPDREAM_RECIPES")
    assert user_recipes.folder().parts[-2:] == ("deepdream", "recipes")


def test_files_are_relative_to_the_recipes_folder():
    path = put('mask = "!sky.png"\nweights = "/w.h5"\n', "presets/sky.toml")
    settings = resolve({"recipe": str(path)})
    assert settings.mask == "!" + str(Path("presets/sky.png"))
    assert settings.weights == str(Path("/w.h5"))


def test_a_written_recipe_reads_back_the_same():
    own = UserRecipe(
        look='with "quotes", a \\ and ü\x7f\n',
        cost="2",
        source="me",
        based_on="seed",
        overrides={"steps": "20/5", "step_size": 1e-6, "clip": False, "size": (60, 90), "layers": "block2:1=0.5,pool"},
        networks={"pocket": {"layers": "pool"}, "vgg19": {}},
    )
    user_recipes.write(Path("new/my.toml"), own)
    again = user_recipes.read(Path("new/my.toml"), RECIPES)
    assert again == dataclasses.replace(own, networks={"pocket": {"layers": "pool"}})
    assert os.listdir("new") == ["my.toml"]


def test_every_setting_survives_a_file():
    values = {name: value for name, value in dataclasses.asdict(Settings()).items() if value is not None}
    del values["recipe"]
    user_recipes.write(Path("my.toml"), UserRecipe(overrides=values))
    assert user_recipes.read(Path("my.toml"), RECIPES).overrides == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step_sise = 0.1", "my.toml: the key 'step_sise' is not a setting of a dream. Did you mean step_size?"),
        ("looks = 'a'", "my.toml: the key 'looks' is not a setting of a dream. Did you mean look?"),
        (
            "[networks.pocket]\nstps = 3",
            "my.toml: the key 'stps' under [networks.pocket] is not a setting of a dream. Did you mean steps?",
        ),
        ("steps = 0", "my.toml: steps 0 is out of its bounds: 1 to 100000."),
        ("step_size = 7", "my.toml: step_size 7.0 is out of its bounds: 1e-06 to 1.0."),
        ("objective = 'means'", "my.toml: objective 'means' is not one of mean, squares. Did you mean mean?"),
        ("jitter = 2024-01-01", "my.toml: jitter datetime.date(2024, 1, 1) is not a whole number."),
        ("layers = ','", "my.toml: The selection ',' names no layer. Type for example --layers block4."),
        (
            "size = '9x6'\n[networks.pocket]\nmax_side = 4",
            "my.toml: size 9x6 and max_side 4 exclude each other. Give one of them.",
        ),
        ("based_on = 'sed'", "my.toml: based_on 'sed' is not a built-in recipe. Did you mean seed?"),
        ("look = 3", "my.toml: look 3 is not text."),
        ("networks = 3", "my.toml: networks is not a table for each network. Write for example [networks.pocket]."),
        ("[networks.poket]", "my.toml: networks holds the unknown network 'poket'. Did you mean pocket?"),
        (
            "steps = 3\nsteps 4",
            "The recipe file my.toml is not TOML: expected '=' after a key in a key/value pair (at line 2, column 7).",
        ),
    ],
)
def test_an_invalid_key_or_value_raises_with_file_and_key(text, message):
    assert refusal(text) == message


def test_a_recipe_can_not_name_a_recipe():
    assert refusal("recipe = 'seed'").startswith("my.toml: the key 'recipe' is not a setting of a dream.")


def test_a_file_that_is_not_text_raises():
    Path("my.toml").write_bytes(b"look = '\xff'")
    with pytest.raises(RecipeError) as refused:
        find("my.toml")
    assert str(refused.value) == "The recipe file my.toml is not text in UTF-8."
    Path("folder.toml").mkdir()
    with pytest.raises(RecipeError) as refused:
        find("folder.toml")
    assert str(refused.value) == "The recipe file folder.toml can't be read: Is a directory."


def test_a_missing_file_raises_and_the_nearest_is_suggested():
    with pytest.raises(RecipeError) as refused:
        find("mine.toml")
    assert str(refused.value) == "There is no recipe file mine.toml. List those there are with: deepdream recipes"
    put("", "mime.toml"), put("", "recipes/mine.toml")
    with pytest.raises(RecipeError) as refused:
        find("mine.toml")
    assert str(refused.value) == "There is no recipe file mine.toml. Did you mean mime.toml or mine?"


def test_an_unknown_name_raises_and_the_nearest_of_all_is_suggested():
    put("", "recipes/lines.toml")
    with pytest.raises(SettingError) as refused:
        find("line")
    assert str(refused.value) == "There is no recipe 'line'. Did you mean lines?"


def test_a_failed_write_leaves_the_old_file(monkeypatch):
    put("steps = 3")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError) as refused:
        user_recipes.write(Path("my.toml"), UserRecipe())
    assert str(refused.value) == "my.toml could not be written: No space left on device."
    assert Path("my.toml").read_text() == "steps = 3"
    assert os.listdir() == ["my.toml"]
