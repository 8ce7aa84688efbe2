"""python3 main.py: the plain entry point."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images

ROOT = Path(__file__).parent.parent


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """main.py as a module, in an empty folder, with one selection of layers instead of four."""
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("entry", ROOT / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "SELECTIONS", {"block1": "block1"})
    return module


def test_it_makes_the_pictures_of_the_original_project():
    source = (ROOT / "main.py").read_text()
    assert '{"block4": "block4", "block1": "block1", "block5": "block5", "pooling": "pool"}' in source


@pytest.mark.slow
def test_all_dreams_of_a_picture_and_their_sheet(entry, capsys, tmp_path):
    photo = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (41, 63, 3), np.uint8)).save(photo)
    assert entry.main([str(photo), "--network", "pocket"]) == 0
    sizes = {path.name: Image.open(path).size for path in Path("dreams").iterdir()}
    sheet = sizes.pop("sheet.png")
    assert sizes == {
        "block1.png": (224, 224),
        "block1-scale1.png": (224, 224),
        "block1-scale2.png": (291, 291),
        "block1-scale3.png": (378, 378),
        "block1-scale4.png": (491, 491),
    }
    assert sheet[0] > 6 * 240  # the input beside the five of them
    out, err = capsys.readouterr()
    assert err == ""
    first, second, last = (line for line in out.splitlines() if not line.startswith("The recipe seed"))
    assert first.startswith("block1: Estimated time: ")
    assert second.startswith("block1-scale: Estimated time: ")
    assert last == f"{Path('dreams/sheet.png')} shows them all."
    recipes = {name: images.read_recipe(Path("dreams") / name) for name in sizes}
    assert recipes["block1-scale2.png"]["partial"] == {"steps": 10}
    assert "partial" not in recipes["block1-scale4.png"]
    assert {recipe["input"]["path"] for recipe in recipes.values()} == {"../photo.png"}


@pytest.mark.slow
def test_the_dreams_of_another_picture_are_kept(entry, capsys, tmp_path):
    for name, seed in (("one.png", 1), ("two.png", 2), ("one.png", 1)):
        numbers = np.random.default_rng(seed).integers(0, 256, (40, 48, 3), np.uint8)
        Image.fromarray(numbers).save(tmp_path / name)
        assert entry.main([str(tmp_path / name), "--network", "pocket"]) == 0
    printed = capsys.readouterr().out
    for name in ("block1", "block1-scale1", "sheet"):
        sentence = f"dreams/{name}.png carries another recipe and is kept: this one is dreams/{name}-2.png."
        assert printed.count(sentence) == 1
    assert len(list(Path("dreams").iterdir())) == 12


def test_an_empty_name_is_not_the_sample(entry, capsys):
    assert entry.main([""]) == 2
    assert capsys.readouterr().err == "The picture's name is empty.\n"


def test_a_bad_request_is_one_sentence(entry, capsys):
    assert entry.main(["gone.jpg"]) == 2
    assert entry.main(["--network", "vgg18"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 2
    assert "gone.jpg" in err.splitlines()[0]
    assert not Path("dreams").exists()
    assert "network 'vgg18' is not one of auto, vgg19, pocket, " in err.splitlines()[1]


def test_a_file_named_like_the_folder_is_refused(entry, capsys):
    Path("dreams").touch()
    assert entry.main(["--network", "pocket"]) == 2
    assert capsys.readouterr().err == "The folder dreams can't be made here: File exists.\n"


def test_without_a_display_no_window_opens(entry, capsys, monkeypatch):
    monkeypatch.setattr("matplotlib.get_backend", lambda: "agg")
    entry.show(np.ones((3, 4, 3), np.float32))
    assert capsys.readouterr().out == "There is no screen to open a window on.\n"


def test_without_tensorflow_it_prints_the_command_to_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "main.py")],  # -S: hides installed packages
        cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True,
    )  # fmt: skip
    made = ROOT / ".venv" / "bin" / "python"
    command = f"{made} main.py" if made.exists() else "make dream"
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"TensorFlow is not installed for this Python. Run: {command}\n"
    assert list(tmp_path.iterdir()) == []
