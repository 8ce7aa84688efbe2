"""The command line, calmer: help in groups, values that complete, one screen, what to type."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import deepdream
from deepdream import images
from deepdream.settings.recipes import RECIPES

FAST = ("--network", "pocket", "--layers", "block1", "--octaves", "1", "--steps", "1")
HEADINGS = ["Everyday", "What to see", "Where", "Look", "Colour", "What to start from", "Size", "Machine"]


def headings(text):
    return re.findall(r"(?m)^(\S.*):$", text)


def options(text, heading):
    part = re.split(r"(?m)^\S.*:$", text)[1:][headings(text).index(heading)]
    return re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", part)


def test_the_options_of_dream_stand_in_groups_the_ten_everyday_ones_first(command):
    text = command("dream", "--help").out
    assert headings(text) == [*HEADINGS, "Output and messages"]
    everyday = ["--output", "--recipe", "--layers", "--steps", "--octaves", "--seed", "--max-side", "--strength"]
    assert options(text, "Everyday") == [*everyday, "--colour", "--mask"]
    assert options(text, "What to start from") == ["--start", "--fill"]
    assert "--force" in options(text, "Output and messages")


def test_what_varies_or_is_compared_is_everyday_too(command):
    assert options(command("sweep", "--help").out, "Everyday")[:2] == ["--vary", "--output"]
    assert options(command("compare", "--help").out, "Everyday")[:3] == ["--output", "--groups", "--pairs"]


def test_compare_offers_only_what_it_takes(command):
    text = command("compare", "--help").out
    assert not re.search(r"(?m)^  --(layers|regions|start|fill)\b", text)
    assert re.search(r"(?m)^  --steps\b", text)


def complete(words, folder):
    environment = {"_DEEPDREAM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    call = [sys.executable, "-m", "deepdream"]
    environment = os.environ | environment | {"DEEPDREAM_RECIPES": str(folder)}
    return subprocess.run(call, capture_output=True, text=True, env=environment, check=True).stdout.split()


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("deepdream dream --shape ", ["natural", "laplacian", "cascade", "plain"]),
        ("deepdream dream --colour l", ["lightness"]),
        ("deepdream features block1 --network v", ["vgg19", "vgg16"]),
        ("deepdream sweep --recipe ", [*RECIPES, "mine"]),
        ("deepdream dream --layers block3_", [*(f"block3_conv{n}" for n in (1, 2, 3, 4)), "block3_pool"]),
        ("deepdream dream --network vgg16 --layers block3_c", ["block3_conv1", "block3_conv2", "block3_conv3"]),
        ("deepdream activations --layers block1,block2_p", ["block1,block2_pool"]),
        ("deepdream features block5_p", ["block5_pool"]),
        ("deepdream layers --network gone.keras --layers b", []),
        ("deepdream dream --network vgg18 --layers b", []),
    ],
)
def test_values_complete(tmp_path, words, values):
    (tmp_path / "mine.toml").write_text("steps = 3")
    assert complete(words, tmp_path) == values


def test_activations_prints_one_screen(command, photo):
    photo()
    lines = command("activations", "photo.png", "--network", "pocket").out.splitlines()
    assert len(lines) <= 22
    assert "70 more are on the sheet; --top N prints N of each layer." in lines
    assert (
        len(command("activations", "photo.png", "--network", "pocket", "--top", "16", "--force").out.splitlines()) > 80
    )


def test_show_prints_what_to_type(command, photo):
    photo("my photo.png")
    words = ("--step-size", "0.03", "--no-clip", "--seed", "7", "--precision", "float32", "-q")
    assert command("dream", "my photo.png", *FAST, *words).code == 0
    typed = command("show", "my photo-dream.png", "--command").out
    assert typed == (
        "deepdream dream 'my photo.png' --precision float32 --layers block1 --steps 1 --step-size 0.03 --octaves 1 "
        "--no-clip --seed 7 --network pocket --convolution direct\n"
    )
    assert command(*shlex.split(typed)[1:], "-o", "again.png", "-q").code == 0
    assert (np.asarray(Image.open("again.png")) == np.asarray(Image.open("my photo-dream.png"))).all()


def test_show_prints_the_command_of_a_canvas_and_refuses_what_is_no_dream(command):
    words = (*FAST, "--recipe", "seed", "--start", "flat", "--size", "40x32")
    assert command("dream", *words, "-q", "-o", "flat.png").code == 0
    assert command("show", "flat.png", "--command").out == (
        "deepdream dream --recipe seed --start flat --layers block1 --steps 1 --size 40x32 --network pocket "
        "--convolution direct\n"
    )
    images.write(Path("other.png"), np.zeros((3, 5, 3)), recipe={"kind": "noise"})
    message = "other.png is no dream: its recipe is of the kind 'noise'.\n"
    assert command("show", "other.png", "--command") == (2, "", message)


def test_a_random_seed_is_another_each_time_and_recorded(command, photo):
    photo()
    for name in ("a.png", "b.png"):
        assert command("dream", "photo.png", *FAST, "--seed", "random", "-o", name, "-q") == (0, "", "")
    first, second = (images.read_recipe(Path(name))["settings"]["seed"] for name in ("a.png", "b.png"))
    assert first != second
    assert isinstance(first, int)
    assert command("dream", "photo.png", *FAST, "--seed", str(first), "-o", "c.png", "-q").code == 0
    assert (np.asarray(Image.open("c.png")) == np.asarray(Image.open("a.png"))).all()


def test_the_sentence_about_vgg19_is_whole_once_and_short_afterwards(command, photo, monkeypatch):
    photo()
    monkeypatch.setenv("DEEPDREAM_VGG19_URL", "http://127.0.0.1:9/none")
    words = ("dream", "photo.png", "--layers", "block1", "--octaves", "1", "--steps", "1")
    first, second = (command(*words).err for _ in range(2))
    whole = "so the small pocket network is used; to get them: deepdream weights fetch\n"
    assert whole in first
    assert whole not in second
    assert "VGG19's weights are not here, so the small pocket network is used.\n" in second


def test_a_random_seed_is_drawn_and_recorded_by_features_and_activations_too(command):
    short = ("features", "block1_conv1:3", "--network", "pocket", "--steps", "1", "--size", "24", "-q")
    for name in ("a", "b"):
        assert command(*short, "--seed", "random", "-o", name).code == 0
    noise = ("activations", "--noise", "--network", "pocket", "--layers", "block1_conv1:3")
    for name in ("c.png", "d.png"):
        assert command(*noise, "--seed", "random", "-o", name).code == 0
    seeds = [images.read_recipe(Path(name, "block1_conv1-003.png"))["settings"]["seed"] for name in ("a", "b")]
    seeds += [images.read_recipe(Path(name))["seed"] for name in ("c.png", "d.png")]
    assert len(set(seeds)) == 4
    assert command(*short, "--seed", str(seeds[0]), "-o", "e").code == 0
    same = (Path(folder, "block1_conv1-003.png").read_bytes() for folder in ("a", "e"))
    assert len(set(same)) == 1
    assert command(*short, "--seed", "often") == (2, "", "--seed 'often' is not a whole number.\n")


def test_it_is_drawn_in_python_too():
    first, second = (
        deepdream.draw_features("block1_conv1:3", network="pocket", steps=1, size=(24, 24), seed="random")[0].pixels
        for _ in range(2)
    )
    assert not np.array_equal(first, second)
