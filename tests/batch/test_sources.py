"""The pictures of a batch: natural order, the tree kept, own names, and what is refused."""

import os
import re
from pathlib import Path

import pytest

from deepdream.batch.sources import find, listed
from deepdream.errors import ImageError, RequestError


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """An empty folder that is the current one, and a way to put files there."""
    monkeypatch.chdir(tmp_path)

    def make(*names: str) -> None:
        for name in names:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).touch()

    return make


def places(*sources: str, **how) -> list[str]:
    found = find([Path(source) for source in sources], how.pop("names", ()), Path("out"), **how)
    return [item.place.as_posix() for item in found.items]


def test_a_folder_gives_its_pictures_in_natural_order_and_a_tree_keeps_its_places(tree):
    tree("in/p10.jpg", "in/p9.png", "in/notes.txt", "in/b/c/p1.webp", "in/b/p2.avif", "in/.hidden.png")
    assert places("in") == ["p9.png", "p10.jpg"]
    assert places("in", recursive=True) == ["p9.png", "p10.jpg", "b/p2.avif", "b/c/p1.webp"]


def test_files_go_to_the_folder_itself_and_what_a_pattern_matches_keeps_its_place(tree):
    tree("in/a/p2.png", "in/b/p10.png", "in/b/p9.png", "in/b/notes.txt")
    assert places("in/a/p2.png", "in/b/p9.png") == ["p2.png", "p9.png"]
    assert places("in/**/p*.png") == ["a/p2.png", "b/p9.png", "b/p10.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tree):
    tree("sea[1].png", "sea1.png")
    assert places("sea[1].png") == ["sea[1].png"]


@pytest.mark.parametrize(("bits", "jpeg"), [(None, "a.jpg"), (8, "a.jpg"), (16, "a.jpg.png")])
def test_names_are_kept_and_what_a_format_cannot_hold_becomes_a_png(tree, bits, jpeg):
    tree("in/a.jpg", "in/b.bmp", "in/c.tif")
    assert places("in", bits=bits) == [jpeg, "b.bmp.png", "c.tif"]


def test_earlier_dreams_and_the_output_itself_are_passed_over(tree):
    tree("p1.png", "p1-dream.png", "out/p1.png", "sub/p2.png")
    found = find([Path(".")], (), Path("out"), recursive=True)
    assert [item.place.as_posix() for item in found.items] == ["p1.png", "sub/p2.png"]
    assert found.earlier == 1


def test_a_list_keeps_the_folders_of_relative_names(tree):
    assert places(names=[Path("a/p1.png"), Path("/far/p2.png"), Path("../p3.png")]) == ["a/p1.png", "p2.png", "p3.png"]


def test_names_are_read_by_line_or_by_nul(tmp_path):
    file = tmp_path / "names"
    file.write_bytes(b"a b.png\n\n c.png \n")
    assert list(listed(file)) == [Path("a b.png"), Path(" c.png ")]
    file.write_bytes(b"a\nb.png\0" + os.fsencode("\udcff.png") + b"\0")
    assert list(listed(file, null=True)) == [Path("a\nb.png"), Path("\udcff.png")]


def test_a_list_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(RequestError) as caught:
        listed(tmp_path / "gone.txt")
    assert caught.value.message == f"The list {tmp_path / 'gone.txt'} can't be read: No such file or directory."


def test_a_folder_that_cannot_be_read_is_listed_and_the_others_are_taken(tree, monkeypatch):
    tree("in/p1.png", "in/locked/p2.png", "in/z/p3.png")
    iterdir = Path.iterdir

    def refusing(self):  # who runs the tests may be root, whom no permission stops
        if self.name == "locked":
            raise PermissionError(13, "Permission denied")
        return iterdir(self)

    monkeypatch.setattr(Path, "iterdir", refusing)
    found = find([Path("in")], (), Path("out"), recursive=True)
    assert [item.place.as_posix() for item in found.items] == ["p1.png", "z/p3.png"]
    assert [(str(path), error.message) for path, error in found.unread] == [
        (os.path.join("in", "locked"), "The folder in/locked can't be read: Permission denied.")
    ]


@pytest.mark.parametrize(
    ("sources", "error", "message"),
    [
        (["none.png"], ImageError, "There is no file none.png."),
        (["none*.png"], ImageError, "No file matches none*.png."),
        (["empty"], ImageError, "There is no picture in what is named. With --recursive, folders inside"),
        (["dreams"], ImageError, "There is no picture but earlier dreams in what is named."),
        (["a", "b"], RequestError, "a/p.png and b/p.png would both become out/p.png."),
        (["out/p.png"], RequestError, "The output out/p.png is an input itself."),
        (["linked"], RequestError, "The output out/p.png is an input itself. Give another --output."),
        (["cases"], RequestError, "cases/P.png and cases/p.png would have one name where file systems don't tell"),
    ],
)
def test_what_cannot_serve_is_refused(tree, sources, error, message):
    tree("a/p.png", "b/p.png", "out/p.png", "empty/notes.txt", "dreams/p-dream.png", "cases/P.png", "cases/p.png")
    Path("linked").symlink_to("out")
    with pytest.raises(error, match=re.escape(message)):
        places(*sources)


def test_a_pattern_does_not_match_what_the_batch_has_made_itself(tree):
    tree("in/a/p1.png", "out/a/p1.png", "out/p2.png", "other/out/p3.png")
    assert places("*/**/p*.png") == ["in/a/p1.png", "other/out/p3.png"]


def test_what_is_named_twice_is_taken_once(tree):
    tree("in/p1.png", "in/p2.png")
    assert places("in", "in/p1.png", "./in", "in/../in/p2.png") == ["p1.png", "p2.png"]
    assert places(names=[Path("in/p1.png"), Path("in/p1.png")]) == ["in/p1.png"]


def test_links_are_pictures_but_not_folders_to_look_into(tree):
    tree("in/p1.png", "far/p2.png")
    Path("in/p3.png").symlink_to("../far/p2.png")
    Path("in/gone.png").symlink_to("nothing.png")
    Path("in/loop").symlink_to(".")
    assert places("in", recursive=True) == ["p1.png", "p3.png"]
    assert places("in/gone.png") == ["gone.png"]


def test_a_list_whose_names_end_with_nul_is_called_so(tmp_path):
    (tmp_path / "list").write_bytes(b"a.png\0b\nc.png\0")
    with pytest.raises(RequestError) as refused:
        list(listed(tmp_path / "list"))
    assert str(refused.value) == (
        f"The names in {tmp_path / 'list'} hold NUL, which no name does. "
        "Where they end with it, as of find -print0, add --null."
    )
    assert list(listed(tmp_path / "list", null=True)) == [Path("a.png"), Path("b\nc.png")]


def test_a_folder_without_a_name_in_a_list_is_no_picture(tree):
    tree("a.png")
    found = find((), [Path("a.png"), Path(), Path("/")], Path("out"))
    assert [item.source for item in found.items] == [Path("a.png")]
    assert [str(error) for _, error in found.unread] == [
        ". is a folder, not a picture.",
        "/ is a folder, not a picture.",
    ]
