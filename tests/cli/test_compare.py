"""deepdream compare, for real, with the pocket network on small pictures."""

import csv
import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.cli import compare
from deepdream.compare import reach
from deepdream.compare.measures import MEASURES
from deepdream.errors import GradientError
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Step

SMALL = ("--network", "pocket", "--octaves", "2", "--steps", "2", "--jitter", "3")
TWO = ("--groups", "fine=block1;later=block2", "--equal", "steps", *SMALL)
FINDINGS = 13


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def rows(file):
    return list(csv.DictReader(Path(file).open(encoding="utf-8")))


@pytest.mark.slow
def test_all_the_default_groups_and_pairs(command, photo):
    result = command("compare", photo("in/photo.png", size=(83, 61)), "--equal", "steps", *SMALL)
    assert (result.code, result.out) == (0, "")
    pairs = [f"block{n}_{layer}" for n, last in enumerate((2, 2, 4, 4), 1) for layer in (f"conv{last}", "pool")]
    stems = [*(f"block{n}" for n in range(1, 6)), "pooling", "convolutions", *pairs]
    expected = [*(f"{stem}.png" for stem in stems), "index.html", "measures.csv", "sheet.png", "steps.csv"]
    assert names("in/photo-compare") == sorted(expected)
    table = rows("in/photo-compare/measures.csv")
    assert [row["group"] for row in table] == stems
    assert {row["steps"] for row in table} == {"4"}
    assert all(float(row["wavelength_px"]) > 1 for row in table)
    assert [row["layers"].split() for row in table][5] == [f"block{n}_pool" for n in range(1, 6)]
    lines = result.err.splitlines()
    assert lines[0].startswith("15 dreams: ")
    assert ", pocket, 83x61, 2 octaves, 4 steps each, about " in lines[0]
    assert lines[-1] == f"Open {Path('in/photo-compare/index.html').resolve()}" or lines[-1].endswith("index.html")
    verdicts = [line.split(":")[0] for line in lines[-1 - FINDINGS + 2 : -1]]  # two take more steps than these
    assert set(verdicts) <= {"holds", "does not hold", "inconclusive"}


def test_the_sheet_and_the_page_say_what_targets_came_to(command, photo):
    groups = ("--groups", "leopard=class:leopard;top=block2_conv2:top2;fine=block1", "--equal", "steps", *SMALL)
    assert command("compare", photo(), *groups).code == 0
    targets = {
        term: came
        for name in ("leopard", "top", "fine")
        for term, came in images.read_recipe(Path(f"photo-compare/{name}.png")).get("targets", {}).items()
    }
    assert targets.keys() == {"class:leopard", "block2_conv2:top2"}
    assert images.read_recipe(Path("photo-compare/sheet.png"))["targets"] == targets
    page = Path("photo-compare/index.html").read_text(encoding="utf-8")
    lines = command("show", "photo-compare/sheet.png").out.splitlines()
    for term, came in targets.items():
        assert f"{term}: {came}" in page
        assert f"target   {term}: {came}" in lines


def test_user_groups_with_the_same_seed_and_steps(command, photo):
    assert command("compare", photo(), *TWO, "--seed", "7", "--step-size", "0.01", "--no-clip").code == 0
    page = Path("photo-compare/index.html").read_text(encoding="utf-8")
    assert "--step-size 0.01" in page
    assert "--no-clip" in page
    expected = ["fine.png", "index.html", "later.png", "measures.csv", "sheet.png", "steps.csv"]
    assert names("photo-compare") == expected
    recipes = [images.read_recipe(Path(f"photo-compare/{name}.png")) for name in ("fine", "later")]
    assert [recipe["settings"].pop("layers") for recipe in recipes] == ["block1", "block2"]
    assert recipes[0]["settings"] == recipes[1]["settings"]
    assert recipes[0]["settings"]["seed"] == 7
    steps = rows("photo-compare/steps.csv")
    assert [(row["group"], row["octave"], row["step"]) for row in steps] == [
        (group, octave, step) for group in ("fine", "later") for octave in "12" for step in "12"
    ]
    assert len({row["recipe"] for row in steps}) == 2
    sheet = Image.open("photo-compare/sheet.png")
    assert sheet.width > sheet.height


def test_a_dream_of_a_comparison_is_that_of_the_command_dream_and_can_be_made_again(command, photo, forget):
    command("compare", photo(), *TWO)
    forget()
    command("dream", "photo.png", *SMALL, "--layers", "block2", "-o", "alone.png")
    pixels = np.asarray(Image.open("photo-compare/later.png"))
    assert (pixels == np.asarray(Image.open("alone.png"))).all()
    assert command("again", "photo-compare/later.png", "-o", "again.png").code == 0
    assert (pixels == np.asarray(Image.open("again.png"))).all()


def test_what_is_there_with_the_same_recipe_is_not_dreamt_again(command, photo, monkeypatch):
    source = photo()
    first = command("compare", source, *TWO)
    measures, page = Path("photo-compare/measures.csv").read_text(), Path("photo-compare/index.html").read_text()
    stamp = Path("photo-compare/fine.png").stat().st_mtime_ns
    monkeypatch.setattr(pipeline, "run", lambda request, **more: pytest.fail("dreamt again"))
    second = command("compare", source, *TWO)
    assert second.code == 0
    assert second.err.count("was there already") == 2
    assert Path("photo-compare/measures.csv").read_text() == measures
    assert Path("photo-compare/index.html").read_text() == page
    assert Path("photo-compare/fine.png").stat().st_mtime_ns == stamp
    assert [line for line in first.err.splitlines() if line.startswith("can't")] == [
        line for line in second.err.splitlines() if line.startswith("can't")
    ]


@pytest.mark.parametrize("change", [("--seed", "1"), ("--steps", "3")])
def test_another_recipe_is_dreamt_anew(command, photo, change):
    command("compare", photo(), *TWO)
    before = images.read_recipe(Path("photo-compare/fine.png"))
    result = command("compare", "photo.png", *TWO, *change)
    assert "already" not in result.err
    assert images.read_recipe(Path("photo-compare/fine.png")) == before
    assert images.read_recipe(Path("photo-compare-2/fine.png")) != before


def test_groups_that_no_claim_is_about_are_listed_with_their_measures(command, photo):
    lines = command("compare", photo(), *TWO).err.splitlines()
    start = next(index for index, line in enumerate(lines) if line.split() == ["fine", "later"])
    table = lines[start : start + 13]
    assert [line[:21].strip() for line in table[1:3]] == ["dominant wavelength,", "spectral slope"]
    assert all(len(line.split()) >= 3 for line in table[1:])
    assert not any(line.startswith(("inconclusive", "holds", "does not hold")) for line in lines)


def test_a_lost_table_or_a_spoilt_picture_is_made_anew(command, photo):
    command("compare", photo(), *TWO)
    Path("photo-compare/fine.png").write_bytes(b"spoilt")
    result = command("compare", "photo.png", *TWO)
    assert result.err.count("already") == 1
    Path("photo-compare/steps.csv").write_text("nothing")
    assert "already" not in command("compare", "photo.png", *TWO).err


def interrupt_after(monkeypatch, steps):
    """Ctrl-C after so many steps in all."""
    real, taken = pipeline.run, 0

    def run(request, **more):
        nonlocal taken
        for record in real(request, **more):
            if isinstance(record, Step):
                if taken == steps:
                    raise KeyboardInterrupt
                taken += 1
            yield record

    monkeypatch.setattr(pipeline, "run", run)


def test_ctrl_c_keeps_what_is_there_and_the_same_command_resumes(command, photo, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_after(patch, 5)
        result = command("compare", photo(), *TWO)
    assert result.code == 130
    assert (
        "Stopped; 1 of 2 pictures are in photo-compare, and the same command resumes from there.\n"
        in result.err.replace(str(Path.cwd()) + "/", "")
    )
    assert names("photo-compare") == ["fine.png", "index.html", "measures.csv", "sheet.png", "steps.csv"]
    assert "Not dreamt: later." in Path("photo-compare/index.html").read_text()
    result = command("compare", "photo.png", *TWO)
    assert result.code == 0
    assert result.err.count("already") == 1
    assert "Not dreamt" not in Path("photo-compare/index.html").read_text()


def test_ctrl_c_before_the_first_picture_writes_nothing(command, photo, monkeypatch):
    interrupt_after(monkeypatch, 1)
    result = command("compare", photo(), *TWO, "--quiet")
    assert result == (130, "", "Stopped before the first picture was done; nothing was written.\n")
    assert names(".") == ["photo.png"]


def test_a_failing_group_is_reported_and_the_others_run(command, photo, monkeypatch):
    real = pipeline.run

    def run(request, **more):
        if request.settings.layers == "block1":
            raise GradientError("The gradient is zero everywhere.")
        yield from real(request, **more)

    monkeypatch.setattr(pipeline, "run", run)
    result = command("compare", photo(), *TWO, "--quiet")
    assert (result.code, result.err) == (1, "fine: The gradient is zero everywhere.\n")
    assert "later.png" in names("photo-compare")
    assert "Not dreamt: fine." in Path("photo-compare/index.html").read_text()


def test_json_is_one_summary_on_stdout(command, photo):
    result = command("compare", photo(), *TWO, "--json", "--quiet", "-o", "out")
    assert result.err == ""
    summary = json.loads(result.out)
    assert summary["folder"] == "out"
    assert sorted(Path(path).name for path in summary["written"]) == [
        "fine.png", "index.html", "later.png", "measures.csv", "sheet.png"
    ]  # fmt: skip
    assert [group["name"] for group in summary["groups"]] == ["fine", "later"]
    assert len(summary["groups"][0]["losses"]) == 4
    assert summary["findings"] == []  # no claim is about these two
    assert {name for name, measure in MEASURES.items() if measure.by_chance} == set(summary["groups"][0]["noise"])
    assert (summary["stopped"], summary["errors"]) == (False, [])


def test_all_groups_take_the_octaves_of_the_deepest(command, photo):
    groups = ("--groups", "fine=block1", "--groups", "deep=block5")
    options = ("--network", "pocket", "--octaves", "4", "--steps", "1", "--jitter", "3", "--equal", "steps")
    result = command("compare", photo(size=(53, 45)), *groups, *options)
    assert result.code == 0
    assert "2 octaves were left out: block5_pool needs 32 pixels on each side." in result.err
    assert result.err.count("left out") == 1
    assert {row["steps"] for row in rows("photo-compare/measures.csv")} == {"2"}


FAR = ("--groups", "fine=block1;deep=block3:2", *SMALL, "--steps", "4", "--shape", "natural")


def distances(folder):
    return [float(row["distance"]) for row in rows(f"{folder}/measures.csv")]


def test_all_groups_end_equally_far_from_the_original(command, photo):
    assert command("compare", photo(), *FAR, "--equal", "steps", "-o", "steps").code == 0
    result = command("compare", "photo.png", *FAR, "-o", "far")
    assert result.code == 0
    unlike, alike = distances("steps"), distances("far")
    assert max(unlike) > 1.1 * min(unlike)
    assert max(alike) == pytest.approx(min(alike), rel=0.06)
    (distance,) = {images.read_recipe(Path(f"far/{name}.png"))["settings"]["distance"] for name in ("fine", "deep")}
    assert distance == float(f"{distance:.2g}") <= min(unlike)
    assert max(alike) == pytest.approx(distance, rel=0.05)
    assert f", 2 octaves, at most 8 steps each, up to a distance of {distance:g}, about " in result.err
    page = Path("far/index.html").read_text(encoding="utf-8")
    assert f"until it is {distance} away from the original: 2 groups." in page
    assert f"at most 8 in 2 octaves: each group stops at the distance of {distance:g}" in page
    assert images.read_recipe(Path("steps/deep.png"))["settings"]["distance"] is None
    assert "The same picture, seed and number of steps" in Path("steps/index.html").read_text(encoding="utf-8")


def test_a_comparison_at_one_distance_resumes_and_is_replayed(command, photo):
    command("compare", photo(), *FAR)
    pixels = np.asarray(Image.open("photo-compare/deep.png"))
    assert command("compare", "photo.png", *FAR).err.count("was there already") == 2
    assert command("again", "photo-compare/deep.png", "-o", "again.png").code == 0
    assert (pixels == np.asarray(Image.open("again.png"))).all()


def test_the_distance_of_a_comparison_that_is_there_is_not_sought_again(command, photo, monkeypatch):
    command("compare", photo(), *FAR)
    command("compare", "photo.png", *FAR, "--seed", "1")  # another, into photo-compare-2
    sought = []
    monkeypatch.setattr(reach, "common", lambda *words, **more: sought.append(1) or 0.02)
    for seed, folder in (("0", "photo-compare"), ("1", "photo-compare-2")):
        result = command("compare", "photo.png", *FAR, "--seed", seed)
        assert result.err.count("was there already") == 2
        assert result.err.rstrip().endswith(f"Open {folder}/index.html")
    assert sought == []
    other = ("--groups", "one=block1;deep=block4", *FAR[2:])
    assert command("compare", "photo.png", *other).code == 0
    assert sought == [1]


def test_a_distance_given_is_not_taken_for_one_that_was_found(command, photo, monkeypatch):
    monkeypatch.setattr(reach, "common", lambda *words, **more: 0.02)
    command("compare", photo(), *FAR, "--distance", "0.015")
    command("compare", "photo.png", *FAR)
    assert distances("photo-compare-2") == pytest.approx([0.02, 0.02], rel=0.05)


def test_a_distance_of_the_users_is_the_one(command, photo, monkeypatch):
    monkeypatch.setattr(reach, "common", lambda *words, **more: pytest.fail("sought another"))
    assert command("compare", photo(), *FAR, "--distance", "0.02").code == 0
    assert distances("photo-compare") == pytest.approx([0.02, 0.02], rel=0.05)


def test_growing_octaves_end_larger_than_the_original(command, photo):
    result = command("compare", photo(), *TWO, "--octave-mode", "grow", "--octave-ratio", "1.3")
    assert result.code == 0
    assert Image.open("photo-compare/fine.png").size == (68, 48)
    values = [float(row["ssim"]) for row in rows("photo-compare/steps.csv")]
    assert values[0] > values[3] > 0
    assert values[0] > 0.8  # the first step of the first octave is near the original


def test_the_sample_is_compared_into_the_current_folder(command):
    assert command("compare", *TWO, "--max-side", "60").code == 0
    assert names(".") == ["sample-compare"]
    assert images.read_recipe(Path("sample-compare/fine.png"))["input"]["sample"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--groups", "a=block9"), "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool."),
        (("--groups", "a=block1;b=block2:99"), "Channel 99 of block2_conv1 does not exist: its channels are 0 to 63."),
        (("--groups", "block1"), "The group 'block1' is not of the form NAME=SELECTION."),
        (("--group", "=block1"), "The group '=block1' has no name before its =."),
        (("--groups", "a=block1", "--groups", "a=block2"), "Two groups are called 'a'."),
        (("--groups", "a=block1=0"), "The selection 'block1=0' gives every layer the weight 0."),
        (("--pairs", "6"), "There is no block 6 to pair: blocks are 1 to 5."),
        (("--pairs", "x"), "The pairs 'x' are not block numbers."),
        (("--layers", "block1"), "--layers is for one dream; a comparison dreams groups of layers."),
        (("--regions", "r.toml"), "--regions is for one dream; a comparison dreams groups of layers."),
        (("--size", "30x31"), "The picture is 30x31; block5_pool needs 32 pixels on each side."),
        (
            ("--size", "30x31", "--octave-mode", "grow"),
            "The picture is 30x31; block5_pool needs 32 pixels on each side.",
        ),
        (
            ("--size", "15x40", "--groups", "a=block1"),
            "The picture is 15x40; the measures need 16 pixels on each side.",
        ),
        (("-o", "gone/out"), "The folder gone of out does not exist. Create it first."),
        (("-o", "photo.png"), "photo.png is no folder; a comparison is written into one."),
        (("--steps", "0"), "--steps 0 is out of its bounds: 1 to 100000."),
        (("--limit-megapixels", "0"), "--limit-megapixels 0 leaves no picture: it has to be more than 0."),
        (("--recipe", "nightmare"), "There is no recipe 'nightmare'."),
    ],
)
def test_a_bad_request_writes_nothing(command, photo, words, message):
    photo()
    result = command("compare", "photo.png", "--network", "pocket", *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)
    assert result.err.count("\n") == 1
    assert names(".") == ["photo.png"]


def test_no_picture_no_comparison(command):
    result = command("compare", "gone.jpg")
    assert result.code == 2
    assert "gone.jpg" in result.err
    assert names(".") == []


@pytest.mark.parametrize(
    ("missing", "named", "typed"),
    [
        (("skimage",), "scikit-image", "scikit-image"),
        (("jinja2", "skimage"), "jinja2 and scikit-image", "jinja2 scikit-image"),
    ],
)
def test_without_its_packages_it_names_those_to_install(command, photo, monkeypatch, missing, named, typed):
    monkeypatch.setattr(compare, "find_spec", lambda name: None if name in missing else find_spec(name))
    assert command("compare", photo()) == (
        2, "", f"compare needs {named}. Type: {sys.executable} -m pip install {typed}\n"
    )  # fmt: skip
