"""deepdream attribute, with the pocket network on small pictures."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import deepdream
from deepdream import images
from deepdream.attribution import calls
from deepdream.attribution.settings import METHODS
from deepdream.cli import attribute
from deepdream.network.weights import lookup

ASKED = ("--network", "pocket", "--target", "block2_conv1:3", "--steps", "4", "--curve-steps", "3")
FILES = sorted([*(f"{method}.png" for method in METHODS), "attribution.csv", "index.html"])


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def rows(file):
    return list(csv.DictReader(Path(file).open(encoding="utf-8")))


def test_heat_maps_a_table_and_a_page(command, photo):
    photo()
    result = command("attribute", "photo.png", *ASKED)
    assert result.code == 0
    assert names("photo-attribution") == FILES
    assert result.err == f"Open {Path('photo-attribution/index.html')}\n"
    values, table = result.out.split("\n\n")
    assert values.endswith(" on the baseline")
    lines = table.splitlines()
    assert lines[0].split() == ["sum", "error", "deletion", "insertion", "strongest", "at"]
    assert [line.split()[0] for line in lines[1:]] == [*METHODS, "random"]
    written = rows("photo-attribution/attribution.csv")
    assert [row["method"] for row in written] == [*METHODS, "random order"]
    for row in written[:4]:
        assert images.read(Path(f"photo-attribution/{row['method']}.png")).pixels.shape == (37, 53, 3)
        assert 0 <= int(row["x"]) < 53
        assert 0 <= int(row["y"]) < 37
        assert (row["sum"] == "") == (row["method"] in ("grad-cam", "occlusion"))


def test_the_numbers_are_those_of_the_call(command, photo):
    photo()
    summary = json.loads(command("attribute", "photo.png", *ASKED, "--json", "-q").out)
    found = deepdream.attribute_target("photo.png", "block2_conv1:3", network="pocket", steps=4, curve_steps=3)
    assert summary["value"] == found.value
    assert summary["baseline_value"] == found.baseline_value
    assert list(found.attributions) == list(METHODS)
    own = found.attributions["integrated-gradients"]
    (row,) = (row for row in summary["methods"] if row["method"] == "integrated-gradients")
    assert row["sum"] == pytest.approx(own.map.sum(dtype=float))
    assert row["error"] == pytest.approx(own.map.sum(dtype=float) - (found.value - found.baseline_value))
    assert row["deletion"] == pytest.approx(np.trapezoid(own.curves.deletion, dx=1 / 3))
    assert own.curves.deletion[[0, -1]] == pytest.approx([1, 0], abs=1e-4)
    assert own.curves.insertion[[0, -1]] == pytest.approx([0, 1], abs=1e-4)
    assert Path(summary["written"][-1]).name == "index.html"


def test_only_the_methods_asked_for(command, photo):
    photo()
    assert command("attribute", "photo.png", *ASKED, "--method", "occlusion, grad-cam", "-o", "out").code == 0
    assert names("out") == ["attribution.csv", "grad-cam.png", "index.html", "occlusion.png"]


def test_another_attribution_is_never_replaced_and_the_same_one_is(command, photo):
    photo()
    command("attribute", "photo.png", *ASKED)
    record = images.read_recipe(Path("photo-attribution/occlusion.png"))
    assert (record["kind"], record["target"], record["method"]) == ("attribution", "block2_conv1:3", "occlusion")
    assert record["patch"] == 5
    command("attribute", "photo.png", *ASKED)
    assert names(".") == ["cache", "photo-attribution", "photo.png"] or "photo-attribution-2" not in names(".")
    result = command("attribute", "photo.png", *ASKED, "--baseline", "black")
    assert result.err.startswith(
        "photo-attribution holds another attribution and is kept: this one goes to photo-attribution-2; --force would "
        "replace it.\n"
    )
    assert names("photo-attribution-2") == FILES
    assert images.read_recipe(Path("photo-attribution/occlusion.png")) == record
    assert command("attribute", "photo.png", *ASKED, "--baseline", "white", "--force").code == 0
    assert images.read_recipe(Path("photo-attribution/occlusion.png"))["baseline"] == "white"


def test_a_target_that_the_picture_leaves_alone_has_no_curves(command, tmp_path):
    images.write(tmp_path / "flat.png", np.full((37, 53, 3), 0.5, np.float32))
    result = command("attribute", "flat.png", *ASKED)
    assert result.code == 0
    assert result.err.startswith("Picture and baseline excite the target alike: no pixel makes a difference. ")
    assert {row["deletion"] for row in rows("flat-attribution/attribution.csv")} == {""}
    page = Path("flat-attribution/index.html").read_text(encoding="utf-8")
    assert "Picture and baseline excite the target alike: no pixel makes a difference." in page
    assert "Deletion and insertion</h2>" not in page


def test_a_picture_that_excites_less_than_the_baseline_is_reported(command, photo):
    photo()
    words = ("--network", "pocket", "--target", "block1_conv1=-1", "--method", "grad-cam", "--curve-steps", "2")
    result = command("attribute", "photo.png", *words, "--baseline", "grey")
    other = command("attribute", "photo.png", *words[:3], "block1_conv1", *words[4:], "--baseline", "grey", "-o", "b")
    remark = (
        "The picture excites the target less than the baseline: the curves run backwards. Choose another --baseline."
    )
    assert [remark in one.err for one in (result, other)] in ([True, False], [False, True])
    assert remark in Path("photo-attribution/index.html").read_text() or remark in Path("b/index.html").read_text()


def test_the_sample_is_attributed_into_the_current_folder(command):
    assert command("attribute", *ASKED, "--max-side", "60", "--method", "grad-cam").code == 0
    assert "sample-attribution" in names(".")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "attribute needs a target: a layer, channels of one, or a class. "
         "Type for example --target block4_conv2:12; "
         "to see what it excites: deepdream activations photo.png"),
        (("--target", "block9"), "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool. "
         "Did you mean block5 or block4 or block3?"),
        (("--target", "block1_conv1:99"), "Channel 99 of block1_conv1 does not exist: its channels are 0 to 23."),
        (("--target", "block5_pool", "--max-side", "31"),
         "The picture is 31x22; block5_pool needs 32 pixels on each side. "
         "Choose an earlier layer or a picture of 32x32 at least."),
        (("--target", "block1", "--method", "shap"),
         "--method 'shap' is none of gradient-input, integrated-gradients, grad-cam, occlusion."),
        (("--target", "block1", "--method", "gradcam"),
         "--method 'gradcam' is none of gradient-input, integrated-gradients, grad-cam, occlusion. "
         "Did you mean grad-cam?"),
        (("--target", "block1", "--method", ","),
         "--method ',' names none. Choose from gradient-input, integrated-gradients, grad-cam, occlusion."),
        (("--target", "block1", "--baseline", "red"),
         "--baseline 'red' is none of blur, black, grey, white, mean. Did you mean grey?"),
        (("--target", "block1", "--steps", "0"), "--steps 0 is out of its bounds: 1 to 10000."),
        (("--target", "block1", "--patch", "0"), "--patch 0 is out of its bounds: 1 to 10000."),
        (("--target", "block1", "--curve-steps", "-1"), "--curve-steps -1 is out of its bounds: 0 to 1000."),
        (("--target", "block1", "--max-side", "0"), "--max-side 0 is out of its bounds: 1 to 100000."),
        (("--target", "block1_conv2", "--cam-layer", "block2_conv1"),
         "The target does not depend on block2_conv1, which comes after block1_conv2. "
         "Grad-CAM needs a layer up to block1_conv2."),
        (("--target", "block3_conv2", "--cam-layer", "block2"),
         "Grad-CAM has one layer, not block2. Type for example block2_conv1."),
        (("--target", "block1", "-o", "gone/out"), "The folder gone of out does not exist. Create it first."),
        (("--target", "block1", "-o", "photo.png"),
         "photo.png is no folder; an attribution is written into one. Name another output."),
    ],
)  # fmt: skip
def test_a_bad_request_is_one_sentence_and_nothing_is_written(command, photo, tmp_path, words, message):
    photo()
    assert command("attribute", "photo.png", "--network", "pocket", *words) == (2, "", message + "\n")
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_without_its_package_it_names_the_one_to_install(command, photo, monkeypatch):
    monkeypatch.setattr(attribute, "find_spec", lambda name: None)
    assert command("attribute", photo()) == (
        2, "", f"attribute needs jinja2. Type: {sys.executable} -m pip install jinja2\n"
    )  # fmt: skip


def test_an_array_and_a_folder_in_python(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPDREAM_CACHE", str(tmp_path / "cache"))
    array = np.random.default_rng(0).random((37, 53, 3), np.float32)
    given = {"network": "pocket", "methods": ("gradient-input",), "curve_steps": 2}
    found = calls.attribute_target(array, "block1_conv2", folder=tmp_path / "out", **given)
    assert found.picture is not array
    np.testing.assert_array_equal(found.picture, array)
    assert names(tmp_path / "out") == ["attribution.csv", "gradient-input.png", "index.html"]
    assert calls.attribute_target(array, "block1_conv2", max_side=40, **given).picture.shape == (28, 40, 3)


def test_a_class_is_attributed_by_its_score_and_the_strongest_channels_by_their_mean(command, photo):
    photo()
    network, pixels = lookup.load("pocket"), images.read(Path("photo.png")).pixels
    classifier = network.classifier
    name = classifier.classes.name(3)
    given = {"network": "pocket", "methods": ("integrated-gradients",), "curve_steps": 0, "steps": 128}
    found = deepdream.attribute_target("photo.png", f"class:{name}", **given)
    layer = classifier.classes.layer
    seen = network.activations((layer,))(pixels[None])[layer].numpy().mean(axis=(0, 1, 2))
    score = seen @ classifier.kernel[:, 3] + classifier.bias[3]
    assert found.value == pytest.approx(float(score), rel=1e-4)
    assert found.attributions["integrated-gradients"].total == pytest.approx(found.change, rel=0.02)
    best = deepdream.rank_activations("photo.png", layers="block2_conv2", top=2, network="pocket")["block2_conv2"]
    strongest = deepdream.attribute_target("photo.png", "block2_conv2:top2", **given)
    assert strongest.value == pytest.approx(np.mean([one.mean for one in best]), rel=1e-4)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("class:nightmare", "pocket has no class 'nightmare': its "),
        ("block2_conv1:like(gone.jpg)", "gone.jpg does not exist: like(gone.jpg) is computed from it.\n"),
        ("block2_conv1:inversion(photo.png)",
         "block2_conv1:inversion(photo.png) can only be drawn: its layer is compared place by place."),
    ],
)  # fmt: skip
def test_a_target_that_can_t_be_attributed_gets_the_sentence_that_layers_get(command, photo, target, message):
    photo()
    result = command("attribute", "photo.png", "--network", "pocket", "--target", target)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)
    assert names(".") == ["photo.png"]
