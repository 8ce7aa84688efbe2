"""deepdream atlas, with the pocket network on small pictures."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import deepdream
from deepdream import images
from deepdream.cli import atlas

FAST = ("--network", "pocket", "--layer", "block2_conv1", "--samples", "60", "--grid", "3", "--steps", "2")


def test_a_folder_becomes_a_map_and_a_page(command, photo):
    photo("in/a.png"), photo("in/b.png", seed=1)
    result = command("atlas", "in", *FAST)
    assert (result.code, result.out) == (0, "")
    assert result.err == f"Open {Path('in-atlas/index.html').resolve()}\n"
    assert sorted(path.name for path in Path("in-atlas").iterdir()) == ["atlas.png", "index.html"]


def test_the_same_command_makes_the_same_map_and_another_one_gets_a_number(command, photo):
    photo()
    command("atlas", "photo.png", *FAST)
    first = Path("photo-atlas/atlas.png").read_bytes()
    command("atlas", "photo.png", *FAST)
    assert Path("photo-atlas/atlas.png").read_bytes() == first
    result = command("atlas", "photo.png", *FAST, "--seed", "5")
    folder = Path("photo-atlas").resolve()
    assert result.err.startswith(
        f"{folder} holds another atlas and is kept: this one goes to {folder}-2; --force would replace it.\n"
    )
    assert Path("photo-atlas/atlas.png").read_bytes() == first
    assert Path("photo-atlas-2/atlas.png").read_bytes() != first


def test_the_summary_names_channels_as_dream_takes_them(command, photo, tmp_path):
    photo()
    summary = json.loads(command("atlas", "photo.png", *FAST, "--json", "-q").out)
    assert summary["positions"] == 60
    assert all(cell["layers"].startswith("block2_conv1:") for cell in summary["cells"])
    given = {"network": "pocket", "samples": 60, "grid": 3, "steps": 2}
    found = deepdream.draw_atlas("photo.png", "block2_conv1", folder="again", **given)
    assert [(cell.row, cell.column, len(cell.members)) for cell in found.cells] == [
        (cell["row"], cell["column"], cell["positions"]) for cell in summary["cells"]
    ]
    assert (images.read(Path("again/atlas.png")).pixels == images.read(Path("photo-atlas/atlas.png")).pixels).all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("gone",), "There is no file gone."),
        (("photo.png", "--layer", "block9"), "No layer of pocket matches 'block9': its layers are block1_conv1 to "
         "block5_pool. Did you mean block5 or block4 or block3?"),
        (("photo.png", "--layer", "block4"), "An atlas is of one whole layer, not of block4. "
         "Type for example block4_conv1."),
        (("photo.png", "--layer", "class:leopard"), "An atlas is of one whole layer, not of class:leopard. "
         "Type for example block5_conv4."),
        (("photo.png", "--layer", "block4_conv1:3"), "An atlas is of one whole layer, not of block4_conv1:3. "
         "Type for example block4_conv1."),
        (("tiny.png", "--layer", "block5_pool"), "tiny.png is 20x9; block5_pool needs 32 pixels on each side. "
         "Choose an earlier layer or a larger picture."),
        (("photo.png", "--grid", "1"), "--grid 1 is out of its bounds: 2 to 100."),
        (("photo.png", "--samples", "9"), "--samples 9 is out of its bounds: 10 to 100000."),
        (("photo.png", "--steps", "0"), "--steps 0 is out of its bounds: 1 to 100000."),
        (("photo.png", "-o", "photo.png"),
         "photo.png is no folder; an atlas is written into one. Name another output."),
        (("black.png", "--layer", "block1_conv1", "--weights", "silent.npz"),
         "block1_conv1 is active at 0 positions of these pictures; an atlas needs 10. "
         "Give larger pictures, or more of them."),
    ],
)  # fmt: skip
def test_a_bad_request_is_one_sentence_and_nothing_is_written(command, photo, tmp_path, words, message):
    photo(), photo("tiny.png", size=(20, 9))
    images.write(tmp_path / "black.png", np.zeros((37, 53, 3), np.float32))
    from deepdream.network.vgg import architecture
    from deepdream.network.weights import manifest

    shapes = architecture.kernel_shapes(manifest.read()["pocket"].widths)
    silent = {f"{name}/kernel": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    silent |= {f"{name}/bias": np.full(shape[3], -1, np.float32) for name, shape in shapes.items()}
    np.savez(tmp_path / "silent.npz", **silent)
    before = sorted(tmp_path.iterdir())
    assert command("atlas", "--network", "pocket", *words) == (2, "", message + "\n")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("missing", "named", "typed"),
    [
        (("sklearn",), "scikit-learn", "scikit-learn"),
        (("jinja2", "sklearn"), "jinja2 and scikit-learn", "jinja2 scikit-learn"),
    ],
)
def test_without_its_packages_it_names_those_to_install(command, photo, monkeypatch, missing, named, typed):
    monkeypatch.setattr(atlas, "find_spec", lambda name: None if name in missing else find_spec(name))
    assert command("atlas", photo()) == (
        2, "", f"atlas needs {named}. Type: {sys.executable} -m pip install {typed}\n"
    )  # fmt: skip
