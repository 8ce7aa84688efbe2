"""deepdream features."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from deepdream import images
from deepdream.features import render
from deepdream.images.contact_sheet import LABEL, MARGIN

SHORT = ("--network", "pocket", "--size", "24", "--steps", "2")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_for_each_channel_and_a_sheet(command, tmp_path):
    result = command("features", "block1_conv1:0+3-4", *SHORT)
    folder = tmp_path / "features-pocket"
    assert (result.code, result.out) == (0, "")
    assert names(folder) == [
        "block1_conv1-000.png", "block1_conv1-003.png", "block1_conv1-004.png", "block1_conv1-sheet.png",
    ]  # fmt: skip
    plan, batch, sheet, end = result.err.splitlines()
    assert ", pocket, 3 pictures of 24x24, 2 steps, about " in plan
    assert batch == "block1_conv1:0+3+4, finished"
    assert sheet == os.path.join("features-pocket", "block1_conv1-sheet.png")
    assert end.startswith("features-pocket: 3 pictures made in ")
    page = images.read(folder / "block1_conv1-sheet.png").pixels
    assert page.shape == (MARGIN + 24 + LABEL + MARGIN, MARGIN + 3 * (24 + MARGIN), 3)
    picture = images.read(folder / "block1_conv1-003.png").pixels
    across = MARGIN + 24 + MARGIN
    np.testing.assert_allclose(page[MARGIN : MARGIN + 24, across : across + 24], picture, atol=1e-6)


def test_what_is_finished_stays_and_other_settings_make_it_again(command, tmp_path):
    words = ("features", "block1_pool:1-2", *SHORT, "-o", "here")
    assert command(*words).code == 0
    first = tmp_path / "here" / "block1_pool-001.png"
    kept, pixels, before = first.read_bytes(), images.read(first).pixels, first.stat().st_mtime_ns
    longer = command("features", "block1_pool:1-3", *SHORT, "-o", "here", "--json")
    summary = json.loads(longer.out)
    assert [(entry["layers"], entry["made"]) for entry in summary["pictures"]] == [
        ("block1_pool:1", False), ("block1_pool:2", False), ("block1_pool:3", True),
    ]  # fmt: skip
    assert "2 pictures finished before, and kept." in longer.err.splitlines()
    assert first.stat().st_mtime_ns == before
    again = command(*words)
    assert again.err.splitlines()[-1] == "here: nothing was left to make"
    assert command(*words, "--seed", "7", "--force").code == 0
    assert first.read_bytes() != kept
    assert command(*words, "--force").code == 0
    assert (images.read(first).pixels == pixels).all()
    first.write_bytes(kept[:100])  # damaged: made again
    assert command(*words).code == 0
    assert images.read(first).pixels.shape == (24, 24, 3)


def test_the_picture_carries_how_it_was_made(command, tmp_path):
    command("features", "block2_conv1:5", *SHORT, "--seed", "4", "--negative")
    recipe = images.read_recipe(tmp_path / "features-pocket" / "block2_conv1-005-negative.png")
    assert (recipe["kind"], recipe["network"], recipe["layer"], recipe["channel"]) == (
        "feature", "pocket", "block2_conv1", 5,
    )  # fmt: skip
    settings = recipe["settings"]
    assert (settings["seed"], settings["negative"], settings["size"], settings["steps"]) == (4, True, [24, 24], 2)
    assert settings["rate"] == 0.05
    assert set(recipe["runtime"]) == {"tensorflow", "device", "threads"}
    assert recipe["response"] != 0


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--neuron",), "block1_conv2-001-neuron.png"),
        (("--plain",), "block1_conv2-001-plain.png"),
        (("--neuron", "--negative"), "block1_conv2-001-neuron-negative.png"),
        (("--diversity", "2"), "block1_conv2-001-different2.png"),
    ],
)
def test_pictures_of_another_kind_have_another_name(command, tmp_path, options, name):
    assert command("features", "block1_conv2:1", *SHORT, "-q", *options) == (0, "", "")
    assert (tmp_path / "features-pocket" / name).exists()


def test_sizes_are_width_by_height(command, tmp_path):
    command("features", "block1_conv2:1", "--network", "pocket", "--steps", "1", "--size", "33x20", "-q")
    assert images.read(tmp_path / "features-pocket" / "block1_conv2-001.png").pixels.shape == (20, 33, 3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("block1_conv1:24",), "Channel 24 of block1_conv1 does not exist: its channels are 0 to 23."),
        (("block5_conv1", "--size", "15"),
         "The pictures are 15x15; block5_conv1 needs 16 pixels on each side. "
         "Choose an earlier layer or --size 16."),
        (("block1", "--size", "wide"),
         "--size 'wide' is neither a side in pixels nor of the form WIDTHxHEIGHT. "
         "Type for example --size 160 or --size 160x120."),
        (("block1", "--size", "0"), "--size 0 has no pixels."),
        (("block1", "--steps", "0"), "--steps 0 is out of its bounds: 1 to 100000."),
        (("block1", "--diversity", "99"), "--diversity 99 is out of its bounds: 1 to 16."),
        (("block1=3",), "A feature has no weight: 'block1=3'. For what a channel dislikes, type --negative."),
        (("block1", "-o", "no/where"), "The folder no of where does not exist. Create it first."),
        ((), "Missing argument 'LAYER[:CHANNELS]'. Try: deepdream features --help"),
    ],
)  # fmt: skip
def test_a_bad_request_is_one_sentence_and_nothing_is_written(command, tmp_path, words, message):
    assert command("features", *words, *(() if words == () else ("--network", "pocket"))) == (2, "", message + "\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("block4_conv2:1", "--examples", "small"),
         "No picture in small is large enough: 8 pixels on each side are needed."),
        (("block4_conv2:1", "--examples", "empty"), "There is no picture in the folder empty."),
        (("block4_conv2:1", "--examples", "gone"),
         "gone can't be read as a folder of pictures: No such file or directory."),
        (("block4_conv2:1", "--maco", "--spectrum", "empty"), "There is no picture in the folder empty."),
        (("block4_conv2:1", "--accentuate", "gone.jpg"), "--accentuate gone.jpg does not exist."),
        (("block4_conv2:1", "--maco", "--plain"), "--plain and --maco exclude each other. Give one of them."),
        (("block4_conv2:1", "--toward", "block3_conv1:1"),
         "--toward 'block3_conv1:1' is of block3_conv1: block4_conv2:1 goes to one target of block4_conv2."),
        (("block4_conv2:vector(v.npy)",), "v.npy holds 3, and a direction in block4_conv2 has 224 real numbers."),
    ],
)  # fmt: skip
def test_what_a_feature_takes_from_files_is_checked_before_anything_is_drawn(command, tmp_path, words, message):
    for name in ("small", "empty"):
        (tmp_path / name).mkdir()
    images.write(tmp_path / "small" / "a.png", np.zeros((7, 20, 3), np.float32))
    np.save(tmp_path / "v.npy", np.ones(3))
    assert command("features", *words, *SHORT, "-q") == (2, "", message + "\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "small", "v.npy"]


def test_a_file_named_like_the_folder_is_refused(command, tmp_path):
    (tmp_path / "taken").write_text("mine")
    assert command("features", "block1", *SHORT, "-o", "taken") == (
        2, "", "taken is no folder; a set of pictures is written into one. Name another output.\n",
    )  # fmt: skip


def test_stopped_between_batches_it_keeps_what_is_finished(command, tmp_path, monkeypatch):
    monkeypatch.setattr("deepdream.features.request.BATCH", 2 * 24 * 24)
    make = render.make

    def stopped(request, features):
        for count, record in enumerate(make(request, features)):
            if count == 5:  # a plan, two steps and two pictures are through
                raise KeyboardInterrupt
            yield record

    monkeypatch.setattr(render, "make", stopped)
    result = command("features", "block1_conv1:0-3", *SHORT, "--json")
    assert result.code == 130
    assert result.err.splitlines()[-1] == (
        "Stopped: 2 of 4 pictures finished in features-pocket; the same command resumes from there."
    )
    assert json.loads(result.out)["stopped"] is True
    assert names(tmp_path / "features-pocket") == ["block1_conv1-000.png", "block1_conv1-001.png"]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    summary = json.loads(command("features", "block1_conv1:0-3", *SHORT, "--json").out)
    assert [entry["made"] for entry in summary["pictures"]] == [False, False, True, True]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal to send to another process")
def test_ctrl_c_for_real(tmp_path):
    words = ("features", "block1_conv1,block1_conv2:1", "--network", "pocket", "--size", "24", "--steps", "30000")
    making_it = subprocess.Popen(
        [sys.executable, "-m", "deepdream", *words, "--seed", "1"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert ", pocket, 25 pictures of 24x24, " in making_it.stderr.readline()  # TensorFlow is there
        time.sleep(1)
        making_it.send_signal(signal.SIGINT)
        out, err = making_it.communicate(timeout=60)
    finally:
        making_it.kill()
    assert (making_it.returncode, out) == (130, "")
    assert err.splitlines()[-1] == (
        "Stopped: 0 of 25 pictures finished in features-pocket; the same command resumes from there."
    )
    assert "Traceback" not in err
