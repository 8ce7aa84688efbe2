"""deepdream activations."""

import json

import numpy as np
import pytest

from deepdream import images
from deepdream.images.contact_sheet import LABEL, MARGIN
from deepdream.network.vgg import architecture
from deepdream.network.weights import lookup, manifest
from deepdream.objectives import excitement
from deepdream.settings import selection

POCKET = {layer.name: layer.channels for layer in architecture.layers(manifest.read()["pocket"].widths)}


def test_a_table_named_as_dream_takes_it_and_a_sheet(command, photo, tmp_path):
    photo()
    result = command("activations", "photo.png", "--network", "pocket", "--layers", "block2_conv1,block3", "--top", "3")
    assert result.code == 0
    assert result.err == "photo-activations.png\n"
    table, selections, advice = result.out.split("\n\n")
    lines = table.splitlines()
    assert lines[0].split() == ["layers", "excitement", "active", "in", "strongest", "at"]
    for line in lines[1:]:
        (choice,) = selection.choose(line.split()[0], POCKET)
        assert len(choice.channels) == 1
    assert len(lines) == 1 + 6 * 3
    for line in selections.splitlines():
        (choice,) = selection.choose(line, POCKET)
        assert len(choice.channels) == 3
    best = "+".join(line.split()[0].split(":")[1] for line in lines[-3:])
    assert advice == f"To dream what it saw: deepdream dream photo.png --network pocket --layers block3_pool:{best}\n"
    page = images.read(tmp_path / "photo-activations.png").pixels
    cell = round(220 * 37 / 53)
    assert page.shape == (MARGIN + 7 * (cell + LABEL + MARGIN), MARGIN + 3 * (220 + MARGIN), 3)


def test_machine_readable_strongest_first(command, photo):
    photo()
    result = command("activations", "photo.png", "--network", "pocket", "--layers", "block2_conv2", "--json", "-q")
    summary = json.loads(result.out)
    assert result.err == ""
    found = [entry["excitement"] for entry in summary["channels"]]
    assert found == sorted(found, reverse=True)
    assert len(found) == 16
    assert all(0 <= entry["peak"]["x"] < 53 and 0 <= entry["peak"]["y"] < 37 for entry in summary["channels"])
    (usual,) = excitement.usual(lookup.load("pocket"), ["block2_conv2"]).values()
    for entry in summary["channels"]:
        channel = int(entry["layers"].partition(":")[2])
        assert entry["excitement"] == pytest.approx(entry["mean"] / usual[channel], abs=1e-3)


def test_only_the_channels_requested_are_ranked(command, photo):
    photo()
    words = ("--network", "pocket", "--layers", "block2_conv2:3+5", "--json", "-q")
    summary = json.loads(command("activations", "photo.png", *words).out)
    assert {entry["layers"] for entry in summary["channels"]} <= {"block2_conv2:3", "block2_conv2:5"}


def test_the_sheet_carries_its_record(command, photo, tmp_path):
    photo()
    command("activations", "photo.png", "--network", "pocket", "--layers", "block1_conv1", "-q", "-o", "out.png")
    recipe = images.read_recipe(tmp_path / "out.png")
    assert (recipe["kind"], recipe["network"], recipe["layers"]) == ("activations", "pocket", ["block1_conv1"])
    assert recipe["input"]["path"] == "photo.png"


def test_an_icon_is_beside_each_heat_map(command, photo, tmp_path):
    photo()
    words = ("activations", "photo.png", "--network", "pocket", "--layers", "block1_conv2:0+3", "--icons", "-q")
    assert command(*words).code == 0
    page = images.read(tmp_path / "photo-activations.png").pixels
    high, wide = round(220 * 37 / 53), 220 + 6 + round(220 * 37 / 53)
    assert page.shape[1] == MARGIN + 2 * (wide + MARGIN)
    top = MARGIN + high + LABEL + MARGIN  # below the picture itself
    icon = page[top : top + high, MARGIN : MARGIN + high]
    assert icon.std(axis=(0, 1)).min() > 0.02
    assert (page[top : top + high, MARGIN + high + 1 : MARGIN + high + 5] > 0.99).all()  # the gutter
    assert images.read_recipe(tmp_path / "photo-activations.png")["icons"] is True


def test_noise_shows_every_feature_map_in_four_columns(command, tmp_path):
    result = command("activations", "--noise", "--network", "pocket")
    assert (result.code, result.out, result.err) == (0, "", "noise-activations.png\n")
    page = images.read(tmp_path / "noise-activations.png").pixels
    assert page.shape == (MARGIN + 6 * (200 + LABEL + MARGIN), MARGIN + 4 * (200 + MARGIN), 3)
    first = (page[MARGIN : MARGIN + 200, MARGIN : MARGIN + 200] * 255).reshape(-1, 3)
    assert np.abs(first - [68, 1, 84]).sum(axis=1).min() < 8  # viridis' darkest


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("photo.png", "--noise"), "--noise analyses noise, not photo.png. Give one of them."),
        (("photo.png", "--top", "0"), "--top 0 is out of its bounds: 1 to 10000."),
        (("photo.png", "--max-side", "0"), "--max-side 0 is out of its bounds: 1 to 100000."),
        (("--noise", "--seed", "-1"), "--seed -1 is out of its bounds: 0 to 4294967295."),
        (("--noise", "--top", "3"), "--top is for a picture, not for --noise."),
        (("--noise", "--icons"), "--icons is for a picture, not for --noise."),
        (("photo.png", "--seed", "3"), "--seed is for --noise, not for a picture."),
        (("photo.png", "--at", "here"), "--at 'here' is not of the form X,Y. Type for example --at 420,300."),
        (("photo.png", "--at", "53,3"), "--at 53,3 is outside the picture, which is analysed at 53x37."),
        (("gone.png",), "There is no file gone.png."),
        (("photo.png", "--layers", "block5_pool", "--max-side", "31"),
         "The picture is 31x22; block5_pool needs 32 pixels on each side. "
         "Choose an earlier layer or a picture of 32x32 at least."),
        (("photo.png", "--layers", "block1_conv1:99"),
         "Channel 99 of block1_conv1 does not exist: its channels are 0 to 23."),
        (("photo.png", "-o", "sheet.gif"),
         "sheet.gif can't be written: its suffix '.gif' is none of .png, .jpg, .jpeg, .tif, .tiff, .webp, .avif. "
         "Name the output with one of these."),
    ],
)  # fmt: skip
def test_a_bad_request_is_one_sentence_and_nothing_is_written(command, photo, tmp_path, words, message):
    photo()
    assert command("activations", *words, "--network", "pocket") == (2, "", message + "\n")
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_a_small_picture_leaves_out_layers_that_are_too_deep(command, photo):
    photo(size=(15, 9))
    result = command("activations", "photo.png", "--network", "pocket", "--top", "1")
    assert result.code == 0
    assert result.err.startswith("block5_conv4 left out: the picture is 15x9.\n")


def test_a_picture_that_excites_nothing_is_reported(command, photo, tmp_path):
    photo()
    shapes = architecture.kernel_shapes(manifest.read()["pocket"].widths)
    silent = {f"{name}/kernel": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    silent |= {f"{name}/bias": np.full(shape[3], -1, np.float32) for name, shape in shapes.items()}
    np.savez(tmp_path / "silent.npz", **silent)
    result = command("activations", "photo.png", "--network", "pocket", "--weights", "silent.npz", "--layers", "block1")
    assert result.out == "No channel of these layers is active there.\n"
    assert result.code == 0


def test_at_a_point_the_order_differs(command, photo):
    photo()
    words = ("activations", "photo.png", "--network", "pocket", "--layers", "block2_conv2", "--json", "-q")
    whole = json.loads(command(*words).out)["channels"]
    there = json.loads(command(*words, "--at", "7,30").out)["channels"]
    assert [entry["layers"] for entry in whole] != [entry["layers"] for entry in there]
