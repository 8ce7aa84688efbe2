"""Computed targets on the command line: dreamt, recorded, and made again to the same bits."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.network.weights import lookup

SMALL = ("--network", "pocket", "--octaves", "1", "--steps", "2", "--seed", "7")
TARGETS = "class:leopard,block2_conv2:top3,block3_conv1:difference(in/photo.png,in/other.png)=2"


@pytest.fixture
def dreamt(command, photo):
    """Two pictures in in/ and a dream of computed targets in out/."""
    photo("in/photo.png")
    Path("out").mkdir()
    pixels = images.read(Path("in/photo.png")).pixels[::-1]
    images.write(Path("in/other.png"), 1 - pixels)
    assert command("dream", "in/photo.png", *SMALL, "--layers", TARGETS, "-o", "out/dream.png").code == 0
    return Path("out/dream.png")


def test_a_dream_of_targets_is_made_again_to_the_same_bits(command, dreamt):
    result = command("again", dreamt)
    assert (result.code, result.out) == (0, "")
    assert "differ" not in result.err
    one, two = (np.asarray(Image.open(f"out/{name}.png")) for name in ("dream", "dream-again"))
    np.testing.assert_array_equal(one, two)
    assert images.read_recipe(Path("out/dream-again.png")) == images.read_recipe(dreamt)


def test_the_record_has_what_was_typed_what_it_came_to_and_the_digests_of_its_files(dreamt):
    record = images.read_recipe(dreamt)
    assert record["settings"]["layers"] == TARGETS
    assert record["files"].keys() == {"in/photo.png", "in/other.png", "classes of pocket"}
    assert record["files"]["classes of pocket"] == lookup.load("pocket").classifier.digest
    assert record["files"]["in/photo.png"] == images.read(Path("in/photo.png")).digest
    assert record["targets"].keys() == {
        "class:leopard",
        "block2_conv2:top3",
        "block3_conv1:difference(in/photo.png,in/other.png)",
    }
    assert record["targets"]["block2_conv2:top3"].startswith("block2_conv2:")


def test_show_tells_what_targets_came_to(command, dreamt):
    record = images.read_recipe(dreamt)
    lines = [line for line in command("show", dreamt).out.splitlines() if line.startswith("target ")]
    assert [line.split(None, 1)[1] for line in lines] == [f"{term}: {came}" for term, came in record["targets"].items()]


def test_a_file_of_a_target_that_has_changed_is_refused(command, dreamt):
    images.write(Path("in/other.png"), images.read(Path("in/photo.png")).pixels)
    result = command("again", dreamt)
    assert result.code == 2
    assert result.err.startswith("in/other.png is not the file that out/dream.png was made with: its digest is ")


def test_a_target_can_be_painted_with(command, photo):
    photo("in/photo.png")
    index = np.zeros(images.read(Path("in/photo.png")).pixels.shape[:2], np.uint8)
    index[:, ::2] = 1
    painted = Image.fromarray(index, "P")
    painted.putpalette([0, 0, 0, 255, 255, 255])
    painted.save("paint.png")
    result = command(
        "dream", "in/photo.png", *SMALL, "--paint", "paint.png", "--brushes", "class:leopard", "-o", "dream.png"
    )
    assert (result.code, Path("dream.png").exists()) == (0, True)


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        (
            "class:leopart",
            "pocket has no class 'leopart': its 200 classes are accordion to zebra. "
            "Did you mean leopard or elephant?\n",
        ),
        ("block2:like(gone.jpg)", "gone.jpg does not exist: like(gone.jpg) is computed from it.\n"),
    ],
)
def test_a_target_that_cannot_be_is_refused_before_anything_is_written(command, photo, layers, says):
    photo("in/photo.png")
    result = command("dream", "in/photo.png", *SMALL, "--layers", layers, "-o", "dream.png")
    assert (result.code, result.out, result.err) == (2, "", says)
    assert not Path("dream.png").exists()


def test_the_classes_of_a_network_are_listed_by_number(command):
    result = command("layers", "--classes", "--network", "pocket")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "pocket tells 200 classes apart by the mean over block5_conv4."
    assert lines[1].split() == ["0", "accordion"]
    assert len(lines) == 201
    result = command("layers", "--classes", "--network", "vgg16")
    assert (result.code, result.err) == (2, "vgg16 has no classifier. The pocket network has one: --network pocket.\n")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (
            "block2_conv2:caricature(in/a.png)",
            "block2_conv2:caricature(in/a.png) can only be drawn: its layer is compared place by place. "
            "Type: deepdream features 'block2_conv2:caricature(in/a.png)'\n",
        ),
        (
            "block2_conv2:vector(v.npy)",
            "v.npy is no direction: its numbers are all zero, or one is not finite.\n",
        ),
        ("block2_conv2:vector(gone.npy)", "gone.npy does not exist: vector(gone.npy) is computed from it.\n"),
    ],
)
@pytest.mark.parametrize(
    "words",
    [
        ("dream", "in/a.png", "-o", "out.png", "--layers"),
        ("batch", "in", "-o", "out", "--layers"),
        ("film", "in", "out.mp4", "--rate", "5", "--layers"),
        ("zoom", "in/a.png", "out.mp4", "--seconds", "1", "--layers"),
        ("attribute", "in/a.png", "-o", "out", "--target"),
    ],
)
def test_what_is_no_direction_is_refused_before_anything_is_written(command, photo, words, target, says):
    photo("in/a.png")
    np.save("v.npy", np.full(64, np.nan))
    before = sorted(Path().rglob("*"))
    answer = command(*words, target, "--network", "pocket")
    assert (answer.code, answer.err) == (2, says)
    assert sorted(Path().rglob("*")) == before
