"""Which pictures a command line means, and where their dreams go."""

import os
from pathlib import Path

import pytest

from deepdream.batch import files
from deepdream.errors import ImageError, RequestError

SUFFIXES = (".jpg", ".png")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with empty files of the names given."""
    monkeypatch.chdir(tmp_path)

    def make(*names):
        for name in names:
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).touch()
        return Path()

    return make


def names(found):
    return [path.as_posix() for path in found.sources]


def test_a_folder_is_its_pictures_in_natural_order_without_earlier_dreams(folder):
    folder("in/b.png", "in/a10.jpg", "in/a2.JPG", "in/notes.txt", "in/._a2.jpg", "in/deeper.png/x")
    folder("in/b-dream.png", "in/b-dream-partial.png", "in/b-dream-0030.png", "in/b-dream-scale1.png")
    folder("in/b-dream-again.png", "in/my-dreams.png")
    found = files.find([Path("in")], SUFFIXES)
    assert names(found) == ["in/a2.JPG", "in/a10.jpg", "in/b.png", "in/my-dreams.png"]
    assert found.skipped == 5


def test_a_file_named_by_the_user_is_taken_whatever_it_is_called_and_once(folder):
    folder("a-dream.png", "b.txt")
    assert names(files.find([Path("a-dream.png"), Path("b.txt"), Path("./a-dream.png")], SUFFIXES)) == [
        "a-dream.png",
        "b.txt",
    ]


@pytest.mark.parametrize(
    ("made", "asked", "message"),
    [
        ((), "a.jpg", "There is no file a.jpg."),
        (("in/x.txt",), "in", "There is no picture in the folder in."),
        (("in/x-dream.png",), "in", "There is no picture in the folder in but earlier dreams."),
    ],
)
def test_nothing_to_dream_on_is_refused(folder, made, asked, message):
    folder(*made)
    with pytest.raises(ImageError) as refusal:
        files.find([Path(asked)], SUFFIXES)
    assert refusal.value.message == message


def targets(sources, output=None):
    return [path.as_posix() for path in files.targets([Path(source) for source in sources], output and Path(output))]


def test_each_dream_lies_beside_its_picture_or_in_the_folder_given(folder):
    folder("out/x")
    assert targets(["in/photo.jpg"]) == ["in/photo-dream.png"]
    assert targets(["in/photo.jpg"], "other.jpg") == ["other.jpg"]
    assert targets(["in/a.jpg", "b.png"], "out") == ["out/a-dream.png", "out/b-dream.png"]


def test_pictures_that_differ_in_their_suffix_only_keep_it(folder):
    assert targets(["a.HEIC", "a.jpg", "b.jpg"]) == ["a-heic-dream.png", "a-jpg-dream.png", "b-dream.png"]


@pytest.mark.parametrize(
    ("sources", "output", "message"),
    [
        (
            ["a.jpg", "b.jpg"],
            "c.png",
            "c.png can't take the dreams of 2 pictures. Give a folder that exists to --output.",
        ),
        (
            ["x/a.jpg", "y/a.jpg"],
            "out",
            "Several pictures would become out/a-jpg-dream.png. Dream them one at a time, with --output.",
        ),
        (["a.png"], "gone", "The folder gone does not exist. Create it first, or name a file such as dream.png."),
        (["a.png"], "./a.png", "The output a.png is an input itself. Give another name to --output."),
    ],
)
def test_outputs_that_would_destroy_something_are_refused(folder, sources, output, message):
    folder("out/x")
    with pytest.raises(RequestError) as refusal:
        targets(sources, output)
    assert str(refusal.value) == message


def test_a_plot_for_one_picture_or_a_folder_for_several(folder):
    folder("out/x")
    one, two = [Path("a.jpg")], [Path("a.jpg"), Path("b.jpg")]
    assert files.beside(two, None, "-losses.png") == (None, None)
    assert files.beside(one, Path("plot.svg"), "-losses.png") == (Path("plot.svg"),)
    assert files.beside(two, Path("out"), "-losses.png") == (Path("out/a-losses.png"), Path("out/b-losses.png"))
    with pytest.raises(RequestError, match="can't take 2 loss plots"):
        files.beside(two, Path("plot.png"), "-losses.png")


@pytest.mark.skipif(not hasattr(os, "pathconf"), reason="this system's names may be longer")
def test_an_unreadable_path_is_refused(folder):
    folder()
    with pytest.raises(ImageError, match=r"xx\.png can't be opened: File name too long\.$"):
        files.find([Path(f"{'x' * 300}.png")], SUFFIXES)
