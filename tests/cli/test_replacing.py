"""What carries another recipe is never replaced, by any command: a number is added, with a note, or --force."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.pipeline import existing
from deepdream.settings.former import recorded

FAST = ("--network", "pocket", "--layers", "block1", "--octaves", "1", "--steps", "1")
KEPT = "{} carries another recipe and is kept: this one is {}; --force would replace it."


def seed(path):
    return images.read_recipe(Path(path))["settings"]["seed"]


def names(folder="."):
    return sorted(path.name for path in Path(folder).iterdir() if path.name != "keras")


def test_another_seed_gets_a_number_with_a_note_and_follows_in_all_its_files(command, photo):
    photo()
    assert command("dream", "photo.png", *FAST, "-q").code == 0
    words = ("--save-every", "1", "--loss-plot", "photo-dream-losses.png")
    printed = command("dream", "photo.png", *FAST, "--seed", "2", *words).err.splitlines()
    assert KEPT.format("photo-dream.png", "photo-dream-2.png") in printed
    assert printed[-1].startswith("photo-dream-2.png: 1 step in ")
    third = json.loads(command("dream", "photo.png", *FAST, "--seed", "3", "--json", "-q").out)["pictures"][0]
    assert (third["output"], third["written"]) == ("photo-dream-3.png", ["photo-dream-3.png"])
    dreams = ["photo-dream-2-0001.png", "photo-dream-2-losses.png", "photo-dream-2.png", "photo-dream-3.png"]
    assert names() == [*dreams, "photo-dream.png", "photo.png"]
    assert [seed(name) for name in ("photo-dream.png", "photo-dream-2.png", "photo-dream-3.png")] == [0, 2, 3]


def test_the_same_recipe_takes_its_own_place_again_numbered_or_not(command, photo):
    photo()
    for number in ("1", "2", "1", "2"):
        assert command("dream", "photo.png", *FAST, "--seed", number, "-q") == (0, "", "")
    assert names() == ["photo-dream-2.png", "photo-dream.png", "photo.png"]
    assert (seed("photo-dream.png"), seed("photo-dream-2.png")) == (1, 2)


def test_force_replaces_it_and_says_nothing_more(command, photo):
    photo()
    assert command("dream", "photo.png", *FAST, "-q", "-o", "my.jpg").code == 0
    printed = command("dream", "photo.png", *FAST, "-o", "my.jpg", "--seed", "2", "--force").err
    assert "another recipe" not in printed
    assert (names(), seed("my.jpg")) == (["my.jpg", "photo.png"], 2)


def test_a_name_that_was_typed_is_kept_as_well(command, photo):
    photo()
    assert command("dream", "photo.png", *FAST, "-q", "-o", "my.jpg").code == 0
    printed = command("dream", "photo.png", *FAST, "-o", "my.jpg", "--seed", "2").err.splitlines()
    assert KEPT.format("my.jpg", "my-2.jpg") in printed
    assert (seed("my.jpg"), seed("my-2.jpg")) == (0, 2)


def test_a_file_without_a_recipe_is_replaced_but_not_for_the_sake_of_a_number(command, photo):
    photo()
    Image.new("RGB", (5, 4)).save("photo-dream.png")
    Image.new("RGB", (5, 4)).save("photo-dream-2.png")
    assert command("dream", "photo.png", *FAST, "-q").code == 0
    assert command("dream", "photo.png", *FAST, "-q", "--seed", "2").code == 0
    assert (seed("photo-dream.png"), seed("photo-dream-3.png")) == (0, 2)
    assert Image.open("photo-dream-2.png").size == (5, 4)


def test_numbered_dreams_in_a_folder_are_earlier_dreams(command, photo):
    photo()
    for words in (("--seed", "1"), ("--seed", "2"), ("--preview",)):
        assert command("dream", "photo.png", *FAST, *words, "-q").code == 0
    assert command("dream", ".", *FAST, "--seed", "3").err.startswith("3 earlier dreams passed over.\n")
    assert seed("photo-dream-3.png") == 3


def test_again_keeps_what_another_dream_became(command, photo):
    photo()
    assert command("dream", "photo.png", *FAST, "-q", "-o", "a.png").code == 0
    assert command("dream", "photo.png", *FAST, "-q", "-o", "a-again.png", "--seed", "2").code == 0
    printed = command("again", "a.png").err.splitlines()
    assert KEPT.format("a-again.png", "a-again-2.png") in printed
    assert (np.asarray(Image.open("a-again-2.png")) == np.asarray(Image.open("a.png"))).all()
    assert seed("a-again.png") == 2


def test_another_sweep_keeps_the_pictures_and_the_sheet_of_the_first_and_resumes_by_itself(command, photo):
    photo()
    first, second = ("--vary", "step_size=0.01,0.05"), ("--vary", "jitter=1,2")
    assert command("sweep", "photo.png", *FAST, *first, "-q").code == 0
    printed = command("sweep", "photo.png", *FAST, *second).err.splitlines()
    assert printed[-2:] == [
        KEPT.format("photo-sweep/sheet.png", "photo-sweep/sheet-2.png"),
        "photo-sweep/sheet-2.png shows them.",
    ]
    printed = command("sweep", "photo.png", *FAST, *first, "--seed", "2").err.splitlines()
    cells = [(f"photo-sweep/step-size-{n}.png", f"photo-sweep/step-size-{n}-2.png") for n in ("0.01", "0.05")]
    for cell, numbered in cells:
        assert KEPT.format(cell, numbered) in printed
        assert (seed(cell), seed(numbered)) == (0, 2)
    sheet = images.read_recipe(Path("photo-sweep/sheet-3.png"))
    assert [picture["file"] for picture in sheet["pictures"]] == [Path(numbered).name for _, numbered in cells]
    before = names("photo-sweep")
    summary = json.loads(command("sweep", "photo.png", *FAST, *first, "--seed", "2", "--json", "-q").out)
    assert [(picture["picture"], picture["ready"]) for picture in summary["pictures"]] == [
        (numbered, True) for _, numbered in cells
    ]
    assert names("photo-sweep") == before


def test_another_comparison_goes_into_a_folder_of_its_own(command, photo):
    photo(size=(70, 64))
    words = ("--network", "pocket", "--octaves", "1", "--steps", "1")
    assert command("compare", "photo.png", *words, "--groups", "a=block1;b=block2", "-q").code == 0
    printed = command("compare", "photo.png", *words, "--groups", "a=block1;b=block3").err.splitlines()
    assert printed[0] == (
        "photo-compare holds another comparison and is kept: this one goes to photo-compare-2; "
        "--force would replace it."
    )
    assert command("compare", "photo.png", *words, "--groups", "c=block1", "-q").code == 0
    again = json.loads(command("compare", "photo.png", *words, "--groups", "a=block1;b=block3", "--json", "-q").out)
    assert again["folder"] == "photo-compare-2"
    assert [group["ready"] for group in again["groups"]] == [True, True]
    assert names() == ["photo-compare", "photo-compare-2", "photo-compare-3", "photo.png"]
    forced = json.loads(command("compare", "photo.png", *words, "--group", "d=block1", "--force", "--json", "-q").out)
    assert forced["folder"] == "photo-compare"


def test_features_of_other_settings_keep_the_good_ones(command):
    words = ("block1_conv1:1+2", "--network", "pocket", "--size", "16", "-o", "out")
    assert command("features", *words, "--steps", "2", "-q").code == 0
    good = Path("out/block1_conv1-001.png").read_bytes()
    printed = command("features", *words, "--steps", "1").err.splitlines()
    assert "out keeps 2 pictures of other settings: the new ones get a number; --force would replace them." in printed
    assert Path("out/block1_conv1-001.png").read_bytes() == good
    made = ["001-2", "001", "002-2", "002", "sheet-2", "sheet"]
    assert names("out") == sorted(f"block1_conv1-{word}.png" for word in made)
    assert command("features", *words, "--steps", "1").err.splitlines()[-1] == "out: nothing was left to make"
    assert command("features", *words, "--steps", "1", "--force", "-q").code == 0
    assert images.read_recipe(Path("out/block1_conv1-001.png"))["settings"]["steps"] == 1


def test_activations_of_other_layers_get_a_number(command, photo):
    photo()
    words = ("activations", "photo.png", "--network", "pocket")
    assert command(*words, "--layers", "block1_conv1", "-q").code == 0
    printed = command(*words, "--layers", "block2_conv1").err.splitlines()
    assert KEPT.format("photo-activations.png", "photo-activations-2.png") in printed
    assert command(*words, "--layers", "block1_conv2", "--force", "-q").code == 0
    assert images.read_recipe(Path("photo-activations.png"))["layers"] == ["block1_conv2"]


@pytest.mark.parametrize("change", [{"seed": 1}, {"steps": 11}, {"layers": "block2"}])
def test_any_setting_that_moves_the_picture_makes_another_record(tmp_path, change):
    record = {"version": "1", "settings": {"seed": 0, "steps": 10, "layers": "block1", "threads": 2}, "input": {}}
    record["settings"] = recorded(record["settings"], ())  # with the settings that earlier versions did not have
    record |= {"network": "pocket", "weights": "0"}
    file = tmp_path / "a.png"
    images.write(file, np.zeros((3, 5, 3)), recipe=record)
    same = record | {"settings": record["settings"] | {"threads": 1}}
    other = record | {"settings": record["settings"] | change}
    assert existing.free_path(file, same) == file
    assert existing.free_path(file, other) == tmp_path / "a-2.png"
