"""Films among the pictures of a batch: the same as `deepdream film` makes of them, whoever dreams them."""

import json
import shutil
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from deepdream.cli.main import run
from deepdream.film import record, sources
from tests.batch.support import COMMAND, FAST, batch, entries, make_pictures, running, scheduler, wait_until
from tests.film import made
from tests.film.test_film import moving


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder with a picture and a film of three shots, and the frames of what `deepdream film` makes of it."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "in").mkdir()
    frames = [np.rint(frame * 255).astype(np.uint8) for seed in (1, 2, 3) for frame in moving(3, seed=seed)]
    made.video(folder / "in" / "clip.mp4", size=(64, 96), sound=1, pictures=frames)
    Image.fromarray(frames[0]).save(folder / "in" / "p.png")
    assert run(["film", str(folder / "in" / "clip.mp4"), str(folder / "clip.mp4"), *FAST, "--quiet"]) == 0
    return folder / "in", pixels(folder / "clip.mp4")


@pytest.fixture
def source(alone, tmp_path, monkeypatch):
    """That folder beside the current one's "out"."""
    make_pictures(tmp_path, monkeypatch)
    shutil.rmtree("in")
    shutil.copytree(alone[0], "in")
    return Path("in")


def pixels(path):
    return [frame.pixels for frame in sources.opened(Path(path)).frames()]


def same(path, alone):
    return np.array_equal(pixels(path), alone[1])


def test_a_film_is_an_item_like_a_picture(source, alone):
    first = batch("in", "-o", "out", *FAST)
    assert first.returncode == 0
    assert "out/clip.mp4: 9 frames, 3 shots, flicker " in first.stderr
    assert "Flashes: none to warn of" in first.stderr
    assert first.stderr.splitlines()[-1] == "2 dreams in out."
    assert same("out/clip.mp4", alone)
    entry = next(entry for entry in entries("out") if entry["input"] == "in/clip.mp4")
    assert entry.keys() == {"input", "size", "digest", "output", "record", "seconds", "worker"}
    assert (entry["output"], entry["digest"]) == ("clip.mp4", record.sha256(Path("in/clip.mp4")))
    assert record.read(Path("out/clip.mp4"))["input"]["path"] == "../in/clip.mp4"
    again = batch("in", "-o", "out", *FAST)
    assert (again.returncode, again.stderr) == (0, "2 dreams in out, 2 of them there already.\n")


def test_a_film_with_other_settings_gets_a_number_and_is_found_there_again(source, alone):
    batch("in/clip.mp4", "-o", "out", *FAST)
    other = batch("in/clip.mp4", "-o", "out", *FAST, "--seed", "1")
    assert other.stderr.startswith("1 dream was made with other settings or of another picture; the new ones get a num")
    assert record.read(Path("out/clip-2.mp4"))["settings"]["seed"] == 1
    assert same("out/clip.mp4", alone)
    again = batch("in/clip.mp4", "-o", "out", *FAST, "--seed", "1")
    assert again.stderr == "1 dream in out, 1 of them there already.\n"
    assert batch("in/clip.mp4", "-o", "out", *FAST, "--seed", "2", "--force").returncode == 0
    assert record.read(Path("out/clip.mp4"))["settings"]["seed"] == 2


def test_a_broken_film_is_listed_and_one_whose_container_is_not_written_becomes_matroska(source):
    Path("in/a.mp4").write_bytes(b"no film")
    made.video(Path("in/b.avi"), 2, size=(64, 96))
    reply = batch("in", "-o", "out", *FAST)
    assert reply.returncode == 1
    assert "in/a.mp4 can't be read as a film: Invalid data found when processing input." in reply.stderr
    assert reply.stderr.splitlines()[-1] == "3 dreams in out, 1 picture failed, see out/batch.csv."
    assert sorted(path.name for path in Path("out").glob("[!.]*")) == [
        "b.avi.mkv",
        "batch.csv",
        "batch.jsonl",
        "clip.mp4",
        "p.png",
    ]


def test_a_setting_that_no_film_can_have_is_refused_before_anything_is_written(source):
    reply = batch("in", "-o", "out", *FAST, "--panorama")
    assert reply.returncode == 2
    assert "--panorama has no meaning for a film. Leave it out." in reply.stderr
    assert not Path("out").exists()


def test_what_is_no_dream_s_film_is_never_replaced(source):
    Path("out").mkdir()
    shutil.copy("in/clip.mp4", "out/clip.mp4")
    reply = batch("in", "-o", "out", *FAST)
    assert reply.returncode == 1
    assert "out/clip.mp4 carries no dream's record, and is not replaced. Move it away, or name" in reply.stderr


def test_a_film_begun_with_other_settings_is_listed_and_the_rest_is_done(source):
    Path("out/clip.mp4.film").mkdir(parents=True)
    Path("out/clip.mp4.film/journal.json").write_text(json.dumps({"seed": 5}))
    reply = batch("in", "-o", "out", *FAST)
    assert reply.returncode == 1
    assert "out/clip.mp4.film holds a film that was begun with another" in reply.stderr
    assert Path("out/p.png").exists()


@pytest.mark.slow
def test_two_workers_share_a_film_s_scenes_and_make_the_same_bits(source, alone):
    Path("in/broken.mp4").write_bytes(b"no film")
    reply = batch("in", "-o", "out", "--workers", "2", *FAST)
    assert reply.returncode == 1
    assert "in/broken.mp4 can't be read as a film" in reply.stderr
    assert "out/clip.mp4: 9 frames, 3 shots, flicker " in reply.stderr
    assert same("out/clip.mp4", alone)
    entry = next(entry for entry in entries("out") if entry["input"] == "in/clip.mp4")
    assert len(entry["worker"].split(", ")) == 2
    assert [entry["input"] for entry in entries("out")].count("in/clip.mp4") == 1
    assert not list(Path("out").glob("*.film"))
    again = batch("in", "-o", "out", "--workers", "2", *FAST)
    assert "2 dreams in out, 2 of them there already, 1 picture failed" in again.stderr


@pytest.mark.slow
def test_a_scheduler_s_workers_make_the_same_bits_with_shared_folders_and_without(source, alone, tmp_path):
    with scheduler(tmp_path / "elsewhere") as address:
        for words, folder in ((("--shared",), "shared"), ((), "far")):
            reply = batch("in", "-o", folder, "--dask", address, *words, *FAST)
            assert reply.returncode == 0, reply.stderr
            assert same(f"{folder}/clip.mp4", alone)
            assert record.read(Path(folder, "clip.mp4"))["input"]["path"] == "../in/clip.mp4"
            assert not list(Path(folder).glob("*.film"))


@pytest.mark.slow
def test_command_and_workers_killed_while_they_dream_a_film_make_the_bits_of_an_unbroken_run(source, alone):
    words = ("in/clip.mp4", "-o", "out", *FAST)
    frames, seen = Path("out/clip.mp4.film"), 0
    for _ in range(2):
        with running(*COMMAND, *words, "--workers", "2") as process:
            wait_until(lambda seen=seen: len(list(frames.rglob("*.png"))) > seen, of=process)
            workers = psutil.Process(process.pid).children(recursive=True)
        assert not psutil.wait_procs(workers, timeout=20)[1], "workers outlive their command"
        seen = len(list(frames.rglob("*.png")))
        assert seen, "it was done already"
    done = {path: path.stat().st_mtime_ns for path in frames.rglob("*.npz")}
    assert done
    assert batch(*words, "--workers", "1").returncode == 0
    assert same("out/clip.mp4", alone)
    assert not frames.exists()
