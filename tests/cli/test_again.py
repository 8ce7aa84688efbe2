"""deepdream again and deepdream show."""

import json
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.network.weights import manifest

SMALL = ("--network", "pocket", "--layers", "block2", "--octaves", "2", "--steps", "2", "--seed", "7")
SMALL += ("--precision", "bfloat16")  # on any processor: what float32 is computed with is recorded, and kept by `again`


def same(first, second):
    one, two = np.asarray(Image.open(first)), np.asarray(Image.open(second))
    return one.shape == two.shape and (one == two).all()


@pytest.fixture
def dreamt(command, photo):
    """A picture in in/ and its dream in out/."""
    photo("in/photo.png")
    Path("out").mkdir()
    assert command("dream", "in/photo.png", *SMALL, "-o", "out/dream.png", "--save-every", "3").code == 0
    return Path("out/dream.png")


def test_the_same_pixels_and_the_same_recipe_but_for_the_place(command, forget, dreamt):
    forget()
    result = command("again", dreamt)
    assert (result.code, result.out) == (0, "")
    assert "differ" not in result.err
    assert same("out/dream.png", "out/dream-again.png")
    assert images.read_recipe(Path("out/dream-again.png")) == images.read_recipe(dreamt)


def test_both_may_move_together_or_the_picture_is_given(command, dreamt):
    Path("elsewhere").mkdir()
    shutil.move("in", "elsewhere/in")
    shutil.move("out", "elsewhere/out")
    assert command("again", "elsewhere/out/dream.png", "-q").code == 0
    assert same("elsewhere/out/dream.png", "elsewhere/out/dream-again.png")
    shutil.move("elsewhere/in/photo.png", "moved.png")
    assert command("again", "elsewhere/out/dream.png", "moved.png", "-q", "-o", ".").code == 0
    assert same("elsewhere/out/dream.png", "dream-again.png")


def test_without_the_picture_it_says_which_one_it_needs(command, dreamt):
    digest = images.read(Path("in/photo.png")).digest
    shutil.rmtree("in")
    assert command("again", dreamt) == (
        2,
        "",
        "The picture that out/dream.png was made from is not at ../in/photo.png, seen from there: "
        f"its digest is {digest}. Give it: deepdream again out/dream.png IMAGE\n",
    )


def test_another_picture_is_refused(command, dreamt, photo):
    other = images.read(photo("other.png", seed=1)).digest
    needed = images.read(Path("in/photo.png")).digest
    result = command("again", dreamt, "other.png")
    assert result == (
        2,
        "",
        f"other.png is not the picture that out/dream.png was made from: its digest is {other}, "
        f"the recipe needs {needed}.\n",
    )
    assert not Path("out/dream-again.png").exists()


def rewritten(path, **changes):
    """The picture with another recipe."""
    picture = images.read(path)
    images.write(path, picture.pixels, like=picture, recipe=images.read_recipe(path) | changes)


def test_other_weights_are_refused(command, dreamt):
    here = images.read_recipe(dreamt)["weights"]
    rewritten(dreamt, weights="0" * 64)
    result = command("again", dreamt)
    assert (result.code, result.err) == (
        2,
        f"out/dream.png was made with other weights of pocket: the recipe needs {'0' * 64}, here are {here}. "
        "Give them: deepdream again out/dream.png --weights FILE\n",
    )


@pytest.mark.parametrize(("number", "commit"), [(0, "baf9460"), (1, "db2aaff")])
def test_weights_that_shipped_before_are_refused_with_the_command_that_gets_them(command, dreamt, number, commit):
    here = images.read_recipe(dreamt)["weights"]
    former = manifest.read()["pocket"].former[number]
    rewritten(dreamt, weights=former.sha256)
    result = command("again", dreamt)
    assert (result.code, result.err) == (
        2,
        f"out/dream.png was made with other weights of pocket: the recipe needs {former.sha256}, here are {here}. "
        "Get them from this project's repository "
        f"(git show {commit}:deepdream/network/weights/pocket.safetensors > FILE), then: "
        "deepdream again out/dream.png --weights FILE\n",
    )


def test_a_class_of_weights_that_shipped_before_is_made_again_with_the_project_as_it_was(command, dreamt):
    old = images.read_recipe(dreamt)
    former = manifest.read()["pocket"].former[1]
    rewritten(dreamt, weights=former.sha256, files={"classes of pocket": "0" * 64})
    result = command("again", dreamt)
    assert (result.code, result.err) == (
        2,
        f"out/dream.png was made with other weights of pocket: the recipe needs {former.sha256}, here are "
        f"{old['weights']}. Its class is of the classifier that shipped with them: type git worktree add FOLDER "
        "97d13bf in this project's repository, then there: python -m deepdream again "
        f"{shlex.quote(str(Path(dreamt).absolute()))}\n",
    )


def test_weights_in_place_of_a_model_are_refused(command, dreamt):
    settings = images.read_recipe(dreamt)["settings"] | {"network": "mine/saved_model.pb"}
    rewritten(dreamt, settings=settings)
    result = command("again", dreamt, "--weights", "mine")
    assert (result.code, result.err) == (
        2,
        "out/dream.png was made with the network mine/saved_model.pb, and mine is not a model's file "
        "(.keras, .h5, .hdf5, saved_model.pb). Give it: deepdream again out/dream.png --weights FILE\n",
    )


def test_another_version_is_a_warning(command, dreamt):
    rewritten(dreamt, version="0.0.1")
    result = command("again", dreamt)
    assert result.code == 0
    assert "It was made with deepdream 0.0.1, here it is " in result.err


@pytest.mark.parametrize(("compiled", "convolution"), [("no", "direct"), ("auto", "auto")])
def test_a_dream_of_an_earlier_version_that_names_compile_is_made_again(command, dreamt, compiled, convolution):
    old = images.read_recipe(dreamt)
    settings = old["settings"] | {"compile": compiled, "convolution": "auto"}
    rewritten(dreamt, settings=settings, runtime=old["runtime"] | {"convolution": ["direct"]})
    assert command("again", dreamt, "-q").code == 0
    assert np.array_equal(images.read("out/dream-again.png").pixels, images.read(dreamt).pixels)
    now = images.read_recipe(Path("out/dream-again.png"))["settings"]
    assert (now["convolution"], "compile" in now) == (convolution, False)


def test_a_setting_of_another_version_is_refused(command, dreamt):
    rewritten(dreamt, settings=images.read_recipe(dreamt)["settings"] | {"magic": 3})
    assert command("again", dreamt).err == (
        "The recipe in out/dream.png is of another version: this one has no setting 'magic'.\n"
    )


def test_a_snapshot_is_made_again_as_far_as_it_got_or_to_the_end(command, dreamt):
    snapshot = Path("out/dream-0003.png")
    result = command("again", snapshot)
    assert result.err.startswith(
        "out/dream-0003.png was taken after 3 steps, and this run stops there too; --whole runs the dream to its end.\n"
    )
    assert same(snapshot, "out/dream-0003-again.png")
    assert images.read_recipe(Path("out/dream-0003-again.png"))["partial"] == {"steps": 3}
    assert command("again", snapshot, "--whole", "--force", "-q").code == 0
    assert same(dreamt, "out/dream-0003-again.png")


def test_show_prints_the_recipe(command, dreamt):
    result = command("show", dreamt)
    recipe = images.read_recipe(dreamt)
    assert (result.code, result.err) == (0, "")
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert lines[0] == "out/dream.png"
    assert f"made by deepdream {recipe['version']}, tensorflow {recipe['runtime']['tensorflow']}" in lines[1]
    assert f"network pocket, weights {recipe['weights']}" in lines
    assert f"input ../in/photo.png, {recipe['input']['digest']}" in lines
    assert "--layers block2" in lines
    assert "--seed 7" in lines
    assert lines[-1] == "To make it again: deepdream again out/dream.png"
    assert re.search("taken +after 3 steps, before the end", command("show", "out/dream-0003.png").out)
    assert json.loads(command("show", dreamt, "--json").out) == recipe


def test_show_prints_recipes_of_other_kinds_but_does_not_say_how_to_make_them_again(command, tmp_path):
    recipe = {
        "kind": "feature", "version": "9", "network": "pocket", "layer": "block1_conv1", "channel": 3, "copy": None,
        "input": {"sample": True, "digest": "ab"}, "settings": {"steps": 4, "size": [33, 65], "neuron": False},
    }  # fmt: skip
    images.write(tmp_path / "a.png", np.ones((3, 5, 3), np.float32), recipe=recipe)
    assert command("show", "a.png").out.splitlines() == [
        "a.png",
        "kind         feature",
        "made by      deepdream 9",
        "network      pocket",
        "layer        block1_conv1",
        "channel      3",
        "input        the sample picture, ab",
        "--steps      4",
        "--size       65x33",
        "--no-neuron",
    ]
    assert json.loads(command("show", "a.png", "--json").out) == recipe


def test_show_says_that_a_canvas_had_no_picture(command, dreamt):
    rewritten(dreamt, input={"digest": None, "canvas": True})
    assert re.search("input +none: it began with a canvas", command("show", dreamt).out)


@pytest.mark.parametrize("name", ["show", "again"])
def test_a_recipe_of_something_else_is_refused(command, tmp_path, name):
    images.write(tmp_path / "a.png", np.ones((3, 5, 3), np.float32), recipe={"version": "9"})
    assert command(name, "a.png") == (
        2, "", "The recipe in a.png is none that this version understands: it has no settings.\n"
    )  # fmt: skip


@pytest.mark.parametrize("name", ["show", "again"])
def test_a_picture_without_a_recipe_is_refused(command, photo, name):
    photo("plain.png")
    result = command(name, "plain.png")
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
    assert "plain.png" in result.err
    assert command(name, "gone.png").code == 2
