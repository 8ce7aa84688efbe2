"""deepdream batch: what is dreamt, what is left alone, what is listed, and what a kill leaves."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepdream.images import read_recipe

FAST = ("--network", "pocket", "--steps", "2", "--octaves", "2")
SIZES = ((40, 30), (53, 37), (32, 48))
SUFFIXES = ("png", "jpg", "webp")


@pytest.fixture
def tree(photo):
    """22 pictures of three sizes and three formats in a tree of depth three, and two that are broken."""
    for number in range(22):
        folder = ("in", "in/a", "in/a/b")[number % 3]
        photo(folder + f"/p{number}.{SUFFIXES[number // 3 % 3]}", size=SIZES[number % 3], seed=number)
    Path("in/a/broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    Path("in/empty.png").touch()
    return Path("in")


def pixels(folder: Path) -> dict[str, np.ndarray]:
    """Every picture below a folder, by its place."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix[1:] in SUFFIXES:
            with Image.open(path) as image:
                found[path.relative_to(folder).as_posix()] = np.asarray(image)
    return found


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[place], other[place]) for place in one)


def entries(folder: str = "out") -> list[dict]:
    return [json.loads(line) for line in Path(folder, "batch.jsonl").read_text().splitlines()]


def in_a_process(*words: str, check: str) -> list[str]:
    """What a fresh Python says of the check after the command line."""
    program = f"import sys\nfrom deepdream.cli.main import run\ncode = run({list(words)!r})\nprint(code, {check})"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return answer.stdout.split()


@pytest.fixture
def closed(tree, monkeypatch):
    """A folder in the tree that can't be read; root, who may read any, is refused all the same."""
    folder = tree / "a" / "closed"
    folder.mkdir(mode=0)
    listed = Path.iterdir

    def iterdir(path):
        if path == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)


def test_a_tree_with_broken_pictures_becomes_a_tree_of_dreams(command, tree, closed):
    """Then again: nothing is dreamt, without TensorFlow; then with another setting: everything."""
    first = command("batch", "in", "--recursive", "-o", "out", *FAST)
    assert first.code == 1
    made = pixels(Path("out"))
    assert made.keys() == {path.relative_to(tree).as_posix() for path in tree.rglob("p*.*")}
    assert all(image.shape == np.asarray(Image.open(tree / place)).shape for place, image in made.items())
    assert "in/empty.png is empty." in first.err
    assert "in/a/broken.jpg is damaged or cut short" in first.err
    assert "The folder in/a/closed can't be read: Permission denied." in first.err
    assert first.err.splitlines()[-1] == "22 dreams in out, 3 pictures failed, see out/batch.csv."
    with open("out/batch.csv", newline="") as file:
        assert sum(bool(row["error"]) for row in csv.DictReader(file)) == 3

    times = {path: path.stat().st_mtime_ns for path in Path("out").rglob("p*.*")}
    again = ("batch", "in", "--recursive", "-o", "out", *FAST)
    assert in_a_process(*again, "--quiet", check="'tensorflow' in sys.modules") == ["1", "False"]
    assert {path: path.stat().st_mtime_ns for path in times} == times

    other = command(*again, "--seed", "1", "--force")
    assert "22 dreams were made with other settings or of another picture; each is replaced in its turn." in other.err
    assert all(path.stat().st_mtime_ns > then for path, then in times.items())
    assert all(read_recipe(path)["settings"]["seed"] == 1 for path in times)


def test_the_dreams_are_those_of_dream(command, photo, forget):
    photo("in/a.png")
    assert command("batch", "in", "-o", "out", *FAST).code == 0
    forget()
    assert command("dream", "in/a.png", "-o", "a.png", *FAST).code == 0
    assert np.array_equal(np.asarray(Image.open("out/a.png")), np.asarray(Image.open("a.png")))


@pytest.mark.parametrize("words", [("--threads", "1"), ("--tile", "64"), ("--memory", "2GB")])
def test_how_it_is_computed_dreams_nothing_again(command, photo, words):
    photo("in/a.png")
    command("batch", "in", "-o", "out", *FAST)
    again = command("batch", "in", "-o", "out", *FAST, *words)
    assert [again.code, again.err] == [0, "1 dream in out, 1 of them there already.\n"]


def test_a_picture_that_has_changed_is_dreamt_again(command, photo):
    photo("in/a.png")
    command("batch", "in", "-o", "out", *FAST)
    photo("in/a.png", seed=1)
    again = command("batch", "in", "-o", "out", *FAST)
    assert again.err.startswith(
        "1 dream was made with other settings or of another picture; the new ones get a number, and --force replaces.\n"
    )
    assert len(entries()) == 2


def test_dreams_with_other_settings_get_a_number_and_are_found_there_again(command, photo):
    photo("in/a.png")
    command("batch", "in", "-o", "out", *FAST)
    before = Path("out/a.png").read_bytes()
    other = command("batch", "in", "-o", "out", *FAST, "--seed", "1")
    assert (
        "out/a.png carries another recipe and is kept: this one is out/a-2.png; --force would replace it." in other.err
    )
    assert Path("out/a.png").read_bytes() == before
    assert read_recipe(Path("out/a-2.png"))["settings"]["seed"] == 1
    again = command("batch", "in", "-o", "out", *FAST, "--seed", "1")
    assert (again.code, again.err) == (0, "1 dream in out, 1 of them there already.\n")
    assert entries()[-1]["output"] == "a-2.png"


def test_what_is_no_dream_is_never_replaced(command, photo):
    photo("in/a.png")
    photo("in/b.png")
    before = photo("out/a.png", seed=3).read_bytes()
    answer = command("batch", "in", "-o", "out", *FAST)
    assert answer.code == 1
    assert "out/a.png carries no dream's record, and is not replaced. Move it away, or name another" in answer.err
    assert Path("out/a.png").read_bytes() == before
    assert Path("out/b.png").exists()


def test_a_file_in_the_place_of_a_folder_is_refused_before_anything_is_dreamt_for_it(command, photo):
    photo("in/p2.png")
    photo("in/a/p1.png")
    Path("out").mkdir()
    Path("out/a").write_text("mine")
    answer = command("batch", "in", "--recursive", "-o", "out", *FAST)
    assert answer.code == 1
    assert "out/a is a file; dreams are to go into a folder of this name. Move it away, or name another" in answer.err
    assert Path("out/a").read_text() == "mine"
    assert Path("out/p2.png").exists()


def test_odd_names_are_kept_and_known_again(command, photo):
    odd = os.fsdecode(b"\xff.png")
    names = [odd, "new\nline.png", " blank .png", "-o.png", "quote'\".png", "ü.png", "x" * 245 + ".png", "[a-z]*.png"]
    for name in names:
        photo(f"in/{name}")
    assert command("batch", "in", "-o", "out", "--json", *FAST).code == 0
    assert sorted(path.name for path in Path("out").glob("*.png")) == sorted(names)
    again = command("batch", "in", "-o", "out", *FAST)
    assert again.err == "8 dreams in out, 8 of them there already.\n"
    with open("out/batch.csv", newline="", encoding="utf-8", errors="surrogateescape") as file:
        assert {row["output"] for row in csv.DictReader(file)} == set(names)


def test_the_folder_of_dreams_may_lie_among_the_pictures(command, photo):
    photo("in/p2.png")
    photo("in/a/p1.png")
    for _ in range(2):
        assert command("batch", "in", "--recursive", "-o", "in/dreams", *FAST).code == 0
        assert command("batch", "in/**/*.png", "-o", "in/dreams", *FAST).code == 0
    found = sorted(path.relative_to("in/dreams").as_posix() for path in Path("in/dreams").rglob("*.png"))
    assert found == ["a/p1.png", "p2.png"]


def test_a_dream_linked_into_its_own_place_is_not_dreamt_over(command, photo):
    photo("in/a.png")
    assert command("batch", "in", "-o", "out", *FAST).code == 0
    before = Path("out/a.png").read_bytes()
    Path("linked").symlink_to("out")
    answer = command("batch", "linked", "-o", "out", "--force", *FAST)
    assert (answer.code, Path("out/a.png").read_bytes()) == (2, before)
    assert "The output out/a.png is an input itself. Give another --output." in answer.err


def test_json_is_a_line_for_each_picture_as_the_journal_has_it(command, photo):
    photo("in/a.png")
    Path("in/b.png").touch()
    answer = command("batch", "in", "-o", "out", "--json", *FAST)
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert lines == entries()
    assert lines[0].keys() == {"input", "size", "digest", "output", "record", "seconds", "worker"}
    assert lines[0]["size"] == Path("in/a.png").stat().st_size
    assert lines[1] == {"input": "in/b.png", "size": 0, "error": "in/b.png is empty. Fetch or export it again."}
    there = command("batch", "in", "-o", "out", "--json", *FAST)
    first = json.loads(there.out.splitlines()[0])
    assert first == {name: lines[0][name] for name in ("input", "size", "digest", "output", "record")}


def test_retry_failed_takes_only_what_failed(command, photo):
    photo("in/a.png")
    Path("in/b.png").touch()
    command("batch", "in", "-o", "out", *FAST)
    photo("in/b.png")
    photo("in/c.png")
    answer = command("batch", "in", "-o", "out", "--retry-failed", *FAST)
    assert [answer.code, Path("out/b.png").exists(), Path("out/c.png").exists()] == [0, True, False]


def test_failures_in_a_row_end_it(command, photo):
    for name in "abcd":
        photo(f"in/{name}.png")
    for name in "bc":
        Path(f"in/{name}.png").write_bytes(b"")
    answer = command("batch", "in", "-o", "out", "--max-failures", "2", *FAST)
    assert answer.code == 1
    assert "2 pictures in a row failed; --max-failures allows more." in answer.err
    assert [Path(f"out/{name}.png").exists() for name in "ad"] == [True, False]
    assert command("batch", "in", "-o", "out", "--max-failures", "3", *FAST).code == 1
    assert Path("out/d.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("in",), "A batch needs a folder for its dreams. Name it, for example: -o dreams"),
        (("-o", "out"), "A batch needs pictures. Name files or folders, or a file of names with --list."),
        (("in", "-o", "out", "--max-failures", "0"), "--max-failures 0 is less than one."),
        (("in", "-o", "out", "--null"), "--null is for the names of --list. Name their file, or - for standard input."),
        (("in", "-o", "out", "--layers", "block9"), "block9"),
        (("in", "-o", "out", "--steps", "-1"), "--steps"),
        (("in", "-o", "out", "--start", "noise", "--size", "40x30"), "start noise takes no picture."),
        (("none.png", "-o", "out"), "There is no file none.png."),
        (("in", "-o", "a/b/out"), "The folder a/b of out does not exist. Create it first."),
        (("--list", "none.txt", "-o", "out"), "The list none.txt can't be read: No such file or directory."),
        (("--list", "/dev/null", "-o", "out"), "The list names no file."),
    ],
)
def test_what_cannot_serve_is_refused_and_nothing_is_written(command, photo, words, message):
    photo("in/a.png")
    answer = command("batch", *words, "--network", "pocket")
    assert answer.code == 2
    assert message in answer.err
    assert not Path("out").exists()


def test_names_come_from_standard_input(command, photo, monkeypatch, tmp_path):
    photo("in/a b.png")
    photo("in/new\nline.png")
    (tmp_path / "names").write_bytes(b"in/a b.png\0in/new\nline.png\0in/none.png\0")
    with open("names", "rb") as names:
        monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": names}))
        answer = command("batch", "--list", "-", "--null", "-o", "out", *FAST)
    assert answer.code == 1
    assert sorted(path.name for path in Path("out/in").iterdir()) == ["a b.png", "new\nline.png"]
    assert "in/none.png does not exist." in answer.err


def run_until(lines: int, *words: str) -> subprocess.Popen:
    """The command in a process of its own, as soon as the journal has so many lines; or when it has ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "deepdream", *words], stderr=subprocess.DEVNULL, start_new_session=True
    )
    journal = Path("out/batch.jsonl")
    while process.poll() is None and (journal.read_bytes().count(b"\n") if journal.exists() else 0) < lines:
        time.sleep(0.005)
    return process


def test_ctrl_c_stops_it_and_the_same_command_resumes(command, photo):
    for number in range(4):
        photo(f"in/p{number}.png")
    words = ("batch", "in", "-o", "out", "--network", "pocket", "--octaves", "1", "--steps", "60")
    process = run_until(1, *words)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    done = len(pixels(Path("out")))
    assert 1 <= done < 4
    assert command(*words).code == 0
    assert len(entries()) == len(pixels(Path("out"))) == 4


@pytest.mark.slow
def test_killed_at_ten_moments_it_makes_the_same_bits_as_an_unbroken_run(command, tree):
    words = ("in", "--recursive", *FAST)
    command("batch", *words, "-o", "whole")
    rng = np.random.default_rng(16)
    for _ in range(10):
        before = len(entries()) if Path("out/batch.jsonl").exists() else 0
        process = run_until(before + int(rng.integers(0, 5)), "batch", *words, "-o", "out")
        time.sleep(rng.uniform(0, 0.05))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert all(image.size for image in pixels(Path("out")).values())  # each can be read to its end
    assert command("batch", *words, "-o", "out").code == 1
    assert same(pixels(Path("out")), pixels(Path("whole")))
    assert not list(Path("out").rglob("*.part"))
    dreamt = [entry["input"] for entry in entries() if "output" in entry]
    assert len(dreamt) == len(set(dreamt)) == 22
