"""deepdream dream, for real, with the pocket network on small pictures."""

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream import images
from deepdream.errors import GradientError, StorageError
from deepdream.gradient import engine
from deepdream.images import exif
from deepdream.pipeline import run as pipeline
from deepdream.pipeline.events import Step
from tests.images import files

SMALL = ("--network", "pocket", "--layers", "block2", "--octaves", "2", "--steps", "2", "--jitter", "3")


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_picture_becomes_a_dream_beside_it_with_its_recipe(command, photo):
    source = photo("in/photo.png")
    result = command("dream", source, *SMALL)
    assert (result.code, result.out) == (0, "")
    assert names("in") == ["photo-dream.png", "photo.png"]
    assert np.abs(pixels("in/photo-dream.png") - pixels(source)).mean() > 0.5
    recipe = images.read_recipe(Path("in/photo-dream.png"))
    assert recipe["settings"]["layers"] == "block2"
    assert (recipe["network"], recipe["settings"]["jitter"]) == ("pocket", 3)
    assert recipe["input"]["path"] == "photo.png"
    assert "partial" not in recipe


def test_what_is_printed_before_during_and_after(command, photo):
    lines = command("dream", photo(), *SMALL).err.splitlines()
    plan, first, second, last = lines
    assert plan.startswith("photo.png: ")
    assert re.search(r", pocket, 53x37, 2 octaves, 4 steps, about \d+ s, about \d+ MB of memory$", plan)
    assert first.startswith("octave 1/2, step 2/2, loss ")
    assert second.startswith("octave 2/2, step 2/2, loss ")
    assert second.endswith(", 0 s left")
    assert last.endswith("photo-dream.png: 4 steps in " + last.rpartition(" in ")[2])


def test_quiet_prints_nothing(command, photo):
    assert command("dream", photo(), *SMALL, "--quiet") == (0, "", "")


def test_json_is_one_summary_on_stdout(command, photo):
    result = command("dream", photo(), *SMALL, "--json", "--quiet", "-o", "out.webp")
    (picture,) = json.loads(result.out)["pictures"]
    assert (picture["output"], picture["written"], picture["stopped"]) == ("out.webp", ["out.webp"], False)
    assert [len(octave) for octave in picture["losses"]] == [2, 2]
    assert picture["recipe"] == images.read_recipe(Path("out.webp"))
    refused = command("dream", "gone.jpg", "--json")
    assert json.loads(refused.out)["errors"] == [
        {"message": "There is no file gone.jpg.", "advice": "", "exit_code": 2}
    ]
    assert refused.err == "There is no file gone.jpg.\n"


def test_snapshots_scales_and_the_plot(command, photo):
    result = command("dream", photo(), *SMALL, "--save-every", "3", "--save-scales", "--loss-plot", "plot.png")
    assert result.code == 0
    written = ["photo-dream-0003.png", "photo-dream-scale1.png", "photo-dream-scale2.png", "photo-dream.png"]
    assert names(".") == [*written, "photo.png", "plot.png"]
    assert Image.open("photo-dream-scale1.png").size == (38, 26)
    assert (pixels("photo-dream-scale2.png") == pixels("photo-dream.png")).all()
    assert images.read_recipe(Path("photo-dream-0003.png"))["partial"] == {"steps": 3}
    assert images.read_recipe(Path("photo-dream-scale1.png"))["partial"] == {"steps": 2}
    assert "partial" not in images.read_recipe(Path("photo-dream-scale2.png"))


def test_sixteen_bits_on_request(command, photo):
    assert command("dream", photo(), *SMALL, "--bits", "16").code == 0
    assert images.read(Path("photo-dream.png")).bits == 16
    result = command("dream", photo(), *SMALL, "--bits", "16", "-o", "a.jpg")
    assert (result.code, result.err) == (
        2, "a.jpg can't hold 16 bits per channel. Name the output .png or .tif, or ask for 8 bits.\n"
    )  # fmt: skip


def test_without_a_picture_the_sample_is_dreamt_into_the_current_folder(command):
    assert command("dream", *SMALL, "--max-side", "60").code == 0
    assert "sample-dream.png" in names(".")
    assert images.read_recipe(Path("sample-dream.png"))["input"]["sample"] is True


def test_folders_and_pictures_in_turn(command, photo):
    for name in ("in/p10.png", "in/p2.png", "one.png"):
        photo(name)
    result = command("dream", "in", "one.png", *SMALL)
    assert result.code == 0
    assert [line.split(":")[0] for line in result.err.splitlines() if ", pocket," in line] == [
        "p2.png", "p10.png", "one.png"
    ]  # fmt: skip
    assert names("in") == ["p10-dream.png", "p10.png", "p2-dream.png", "p2.png"]
    again = command("dream", "in", *SMALL, "--quiet", "-o", ".")
    assert again == (0, "", "")
    assert "2 earlier dreams passed over." in command("dream", "in", *SMALL, "-o", ".").err
    assert {"p2-dream.png", "p10-dream.png", "one-dream.png"} <= set(names("."))


@pytest.mark.parametrize(
    ("content", "words", "message"),
    [
        (b"", (), "is empty"),
        (b"no picture at all", (), "is not"),
        (None, ("--layers", "block9"), "No layer of pocket matches 'block9'"),
        (None, ("--layers", "block2:999"), "Channel 999 of block2_conv1 does not exist: its channels are 0 to 63."),
        (None, ("--size", "3x3"), "The picture is 3x3; block2_pool needs 4 pixels on each side."),
        (None, ("--limit-megapixels", "0.001"), "0.001"),
        (None, ("-o", "gone/a.png"), "The folder gone of a.png does not exist. Create it first."),
        (None, ("-o", "a.xyz"), "a.xyz can't be written: its suffix '.xyz' is none of "),
        (None, ("--loss-plot", "a.xyz"), "A loss plot can't be written as a.xyz: its suffix is not .png,"),
        (None, ("--loss-plot", "photo.png"), "The loss plot photo.png is another picture's file. Give it a name of "),
        (None, ("--loss-plot", "photo-dream.png"), "The loss plot photo-dream.png is another picture's file. "),
        (None, ("--layers", ""), "The value of --layers is empty; perhaps a variable is not set."),
        (None, ("--weights", "gone.h5"), "There is no weight file gone.h5."),
        (None, ("--mask", "!gone.png"), "The mask gone.png does not exist."),
        (None, ("--guide", "gone.png=2"), "The guide gone.png does not exist."),
        (None, ("--palette", "."), "The palette . is a folder, not a picture."),
    ],
)  # fmt: skip
def test_a_bad_request_leaves_the_earlier_dream_as_it_was(command, photo, content, words, message):
    source = photo()
    if content is not None:
        source.write_bytes(content)
    Path("photo-dream.png").write_text("earlier")
    result = command("dream", source, *SMALL, *words)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert Path("photo-dream.png").read_text() == "earlier"
    assert names(".") == ["photo-dream.png", "photo.png"]


def test_one_failing_picture_is_reported_and_the_others_are_dreamt(command, photo):
    photo("a.png").write_bytes(b"no picture")
    photo("b.png")
    result = command("dream", "a.png", "b.png", *SMALL, "--json")
    assert result.code == 1
    assert result.err.startswith("a.png is not a picture. ")
    assert names(".") == ["a.png", "b-dream.png", "b.png"]
    summary = json.loads(result.out)
    assert [picture["input"] for picture in summary["pictures"]] == ["b.png"]
    assert [(error["input"], error["exit_code"]) for error in summary["errors"]] == [("a.png", 2)]
    Path("b.png").write_bytes(b"")
    assert command("dream", "a.png", "b.png", *SMALL, "-q").code == 2


def test_an_error_that_would_hit_every_picture_is_reported_once(command, photo):
    photo("a.png"), photo("b.png")
    result = command("dream", "a.png", "b.png", *SMALL, "--layers", "block9", "--json")
    assert result.code == 2
    assert result.err.count("\n") == 1
    assert [error["input"] for error in json.loads(result.out)["errors"]] == ["a.png"]


def test_several_pictures_into_one_file_are_refused(command, photo):
    photo("a.png"), photo("b.png")
    assert command("dream", "a.png", "b.png", "-o", "c.png") == (
        2, "", "c.png can't take the dreams of 2 pictures. Give a folder that exists to --output.\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code"), [(GradientError("The gradient is zero everywhere."), 1), (StorageError("The disk is full."), 1)]
)
def test_a_run_that_fails_keeps_the_earlier_dream(command, photo, monkeypatch, error, code):
    Path("photo-dream.png").write_text("earlier")

    def fail(request, **more):
        yield from ()
        raise error

    monkeypatch.setattr(pipeline, "run", fail)
    assert command("dream", photo(), *SMALL) == (code, "", f"{error.message}\n")
    assert Path("photo-dream.png").read_text() == "earlier"


def test_a_disk_that_fills_up_at_the_end_keeps_the_earlier_dream(command, photo, monkeypatch):
    Path("photo-dream.png").write_text("earlier")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    result = command("dream", photo(), *SMALL, "--quiet")
    assert result.code == 1
    assert "photo-dream.png could not be written: No space left on device." in result.err
    assert names(".") == ["photo-dream.png", "photo.png"]
    assert Path("photo-dream.png").read_text() == "earlier"


def test_a_traceback_only_on_request(command, photo):
    photo().write_bytes(b"")
    assert "Traceback" not in command("dream", "photo.png").err
    assert "Traceback" in command("dream", "photo.png", "--traceback").err


def interrupt_after(monkeypatch, steps):
    """Ctrl-C after `steps` steps, wherever the run is then."""
    real = pipeline.run

    def run(request, **more):
        taken = 0
        for record in real(request, **more):
            if taken == steps and isinstance(record, Step):
                raise KeyboardInterrupt
            taken += isinstance(record, Step)
            yield record

    monkeypatch.setattr(pipeline, "run", run)


def test_after_ctrl_c_the_picture_so_far_is_kept_under_its_own_name(command, photo, monkeypatch):
    photo("a.png"), photo("b.png")
    Path("a-dream.png").write_text("earlier")
    interrupt_after(monkeypatch, 3)
    result = command("dream", "a.png", "b.png", *SMALL, "--json")
    assert result.code == 130
    assert result.err.endswith("Stopped at octave 2 of 2, step 1 of 2; the picture so far is a-dream-partial.png\n")
    assert names(".") == ["a-dream-partial.png", "a-dream.png", "a.png", "b.png"]
    assert Path("a-dream.png").read_text() == "earlier"
    assert images.read_recipe(Path("a-dream-partial.png"))["partial"] == {"steps": 3}
    (picture,) = json.loads(result.out)["pictures"]
    assert (picture["stopped"], picture["output"]) == (True, None)


def test_ctrl_c_before_the_first_step_writes_nothing(command, photo, monkeypatch):
    interrupt_after(monkeypatch, 0)
    result = command("dream", photo(), *SMALL, "--quiet")
    assert result == (130, "", "Stopped before the first step; nothing was written.\n")
    assert names(".") == ["photo.png"]


def test_a_setting_without_effect_is_reported_as_it_was_typed(command, photo):
    photo()
    words = ("--network", "pocket", "--layers", "block1", "--octaves", "1", "--steps", "1", "--feather", "3")
    result = command("dream", "photo.png", *words)
    assert result.code == 0
    assert "--feather has no effect without a mask." in result.err.splitlines()


def test_several_pictures_share_one_gradient_and_dream_as_they_would_alone(command, photo, forget, monkeypatch):
    photo("a.png"), photo("b.png", size=(61, 43), seed=1), photo("c.png", seed=2)
    made, real = [], engine.make

    def make(*arguments, **more):
        made.append(more)
        return real(*arguments, **more)

    monkeypatch.setattr(engine, "make", make)
    Path("together").mkdir()
    assert command("dream", "a.png", "b.png", "c.png", *SMALL, "-o", "together", "-q").code == 0
    assert len(made) == 1
    for name in ("a", "b", "c"):
        forget()
        assert command("dream", f"{name}.png", *SMALL, "-q").code == 0
        alone, together = (np.asarray(Image.open(Path(folder, f"{name}-dream.png"))) for folder in (".", "together"))
        assert (alone == together).all()


def test_the_place_goes_along_unless_it_is_stripped(command):
    block = files.exif(
        {0x013B: (2, "Jörg\0".encode())}, place={1: (2, b"N\0"), 2: (5, struct.pack("<6I", 52, 1, 30, 1, 15, 1))}
    )
    Path("photo.jpg").write_bytes(files.jpeg_with(block))
    for words, place in (((), True), (("--strip", "gps"), False), (("--strip", "all"), False)):
        assert command("dream", "photo.jpg", *SMALL, *words, "-o", "out.jpg", "--quiet").code == 0
        found = exif.parse(images.read("out.jpg").exif) if words != ("--strip", "all") else exif.Exif()
        assert bool(found.gps) == place
        assert ("Jörg".encode() in Path("out.jpg").read_bytes()) == (words != ("--strip", "all"))


def test_what_the_output_cannot_hold_is_reported(command):
    Image.fromarray(np.full((37, 53, 4), 128, np.uint8)).save("clear.png")
    result = command("dream", "clear.png", *SMALL, "-o", "out.jpg")
    assert "out.jpg: JPEG holds no transparency; the picture is laid on white." in result.err.splitlines()


def test_memory_bounds_reading(command):
    Path("large.webp").write_bytes(files.largest_webp())
    result = command("dream", "large.webp", *SMALL, "--memory", "1GiB", "--max-side", "64")
    assert result.code == 2
    assert result.err.endswith("; memory is 1.0GiB. Allow more with --memory, or shrink it first.\n")


def test_a_damaged_picture_is_refused_in_one_sentence_on_standard_error(command):
    Path("palette.png").write_bytes(files.png(np.zeros((37, 53), np.uint8), 8, 3))
    for words in (("palette.png",), ("palette.png", "--mask", "palette.png")):
        result = command("dream", *words, *SMALL)
        assert result == (
            2,
            "",
            "palette.png is damaged: it names colours of a palette that it doesn't hold. Fetch or export it again.\n",
        )
