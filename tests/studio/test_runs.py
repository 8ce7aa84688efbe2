"""Films and batches over HTTP: checked in the command line's words, queued, stopped, resumed, downloaded."""

import io
import json
import re
import shlex
import zipfile

import numpy as np
import psutil
import pytest
from PIL import Image

from deepdream import images
from deepdream.cli.main import run
from deepdream.film import formats
from deepdream.studio import runs
from tests.film import made
from tests.studio.conftest import PATIENCE, Person, Studio
from tests.studio.test_dreams import QUICK, png, unpacked

av = pytest.importorskip("av", reason="films need PyAV: pip install av")

PLAIN = {**QUICK, "octaves": "1", "precision": "float32", "convolution": "direct"}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """The bytes of a video of five frames."""
    file = tmp_path_factory.mktemp("clip") / "in.mp4"
    made.video(file, 5, size=(64, 96), sound=1)
    return file.read_bytes()


def sent(person, content):
    status, _, body = person.send("POST", "/api/films", content)
    assert status == 201, body
    return json.loads(body)


def frames(content):
    with io.BytesIO(content) as file, av.open(file) as video:
        return [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]


def test_everything_that_moves_has_a_type_that_browsers_play_it_by():
    assert set(runs.PLAYED) == {*formats.VIDEOS, ".gif", ".webp"}


def test_a_film_is_the_command_line_s(person, clip, tmp_path, monkeypatch):
    film = sent(person, clip)
    assert (film["width"], film["height"], film["frames"]) == (96, 64, 5)
    asked = {"film": film["id"], "settings": PLAIN, "options": {"renewal": "0.5", "calm": True}}
    job = person.ask("POST", "/api/jobs/film", asked)
    done = person.wait(job, "done")
    assert any(note.startswith("Flashes: none to warn of") for note in done["notes"])
    folder = unpacked(person, job, tmp_path)
    monkeypatch.chdir(folder)
    words = shlex.split(done["command"].replace("film.mp4", "typed.mp4"))
    assert words[:2] == ["deepdream", "film"]
    assert run([*words[1:], "--quiet"]) == 0
    made_here, typed = frames((folder / "film.mp4").read_bytes()), frames((folder / "typed.mp4").read_bytes())
    assert len(made_here) == 5
    assert np.array_equal(made_here, typed)


KEYFRAMES = "[[keyframe]]\nseconds = 0\n{name} = {value}\n"


@pytest.mark.parametrize("kind", ["film", "zoom"])
def test_films_and_zooms_with_keyframes_are_the_command_line_s_and_made_again(
    kind, person, photo, tmp_path, monkeypatch
):
    ids = [person.upload(photo)["id"], person.upload(photo)["id"]]
    asked, options, keyframes = {
        "film": ({"stills": ids}, {"rate": "5"}, KEYFRAMES.format(name="strength", value=0.5)),
        "zoom": ({"picture": ids[0]}, {"seconds": "0.2", "fps": "10"}, KEYFRAMES.format(name="degrees", value=90)),
    }[kind]
    asked |= {"settings": PLAIN, "options": {**options, "keyframes": keyframes}}
    job = person.ask("POST", f"/api/jobs/{kind}", asked)
    done = person.wait(job, "done")
    assert any(note.startswith("Flashes: none to warn of") for note in done["notes"])
    folder = unpacked(person, job, tmp_path)
    assert (folder / "keyframes.toml").read_text() == keyframes
    made_here = frames((folder / f"{kind}.mp4").read_bytes())
    assert len(made_here) == 2
    monkeypatch.chdir(folder)
    words = shlex.split(done["command"].replace(f"{kind}.mp4", "typed.mp4"))
    assert words[:2] == ["deepdream", kind]
    assert run([*words[1:], "--quiet"]) == 0
    assert run(["again", f"{kind}.mp4", "--quiet"]) == 0
    for name in ("typed.mp4", f"{kind}-again.mp4"):
        assert np.array_equal(made_here, frames((folder / name).read_bytes()))


def test_a_zoom_begins_with_a_canvas_as_well(person):
    settings = {**PLAIN, "start": "clouds", "size": "48x32", "max_side": None}
    job = person.ask(
        "POST", "/api/jobs/zoom", {"settings": settings, "options": {"seconds": "0.1", "fps": "10"}, "format": "gif"}
    )
    done = person.wait(job, "done")
    assert done["command"].startswith("deepdream zoom zoom.gif ")
    assert done["plays"] == "image/gif"
    with Image.open(io.BytesIO(person.file(job))) as made_here:
        assert made_here.size == (48, 32)


def test_stills_of_another_size_are_refused_before_the_first_is_dreamt(person, photo):
    stills = [person.upload(photo)["id"], person.upload(png(np.zeros((20, 30, 3), np.uint8)))["id"]]
    status, message = person.refused("POST", "/api/jobs/film", {"stills": stills, "settings": PLAIN})
    assert status == 400
    assert re.fullmatch(r"stills/000002-\w+\.png is 30x20; the film's first picture is 900x600\.", message)


def test_a_film_is_played_from_any_place(person, clip):
    job = person.ask("POST", "/api/jobs/film", {"film": sent(person, clip)["id"], "settings": PLAIN})
    assert job["plays"] is None
    assert person.wait(job, "done")["plays"] == "video/mp4"
    whole = person.file(job)
    status, headers, part = person.send("GET", f"/api/jobs/{job['id']}/file", Range="bytes=100-299")
    assert (status, part) == (206, whole[100:300])
    assert headers["Content-Range"] == f"bytes 100-299/{len(whole)}"
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_film_that_was_stopped_resumes_to_the_same_frames(person, clip):
    film, settings = sent(person, clip)["id"], {**PLAIN, "steps": "60"}
    whole = person.ask("POST", "/api/jobs/film", {"film": film, "settings": settings})
    person.wait(whole, "done")
    job = person.ask("POST", "/api/jobs/film", {"film": film, "settings": settings})
    while not person.wait(job, "running")["progress"].get("number"):
        pass
    person.ask("POST", f"/api/jobs/{job['id']}/stop", {})
    stopped = person.wait(job, "stopped")
    assert not stopped["ready"]
    assert 1 <= stopped["progress"]["number"] < 5
    person.ask("POST", f"/api/jobs/{job['id']}/resume", {})
    while person.ask("GET", f"/api/jobs/{job['id']}")["state"] != "done":
        pass
    assert np.array_equal(frames(person.file(job)), frames(person.file(whole)))


def test_a_batch_is_an_archive_of_dreams_each_with_its_record(person, photo, tmp_path):
    rng = np.random.default_rng(3)
    small = png(rng.integers(0, 256, (50, 70, 3), np.uint8))
    pictures = [(photo, "Holiday 10.JPG"), (small, "Holiday 2.png"), (small, "../holiday 2.PNG"), (small, "")]
    ids = [person.upload(content, name)["id"] for content, name in pictures]
    job = person.ask("POST", "/api/jobs/batch", {"batch": ids, "settings": PLAIN})
    done = person.wait(job, "done")
    assert done["command"].startswith("deepdream batch photos --max-side 120 ")
    with zipfile.ZipFile(io.BytesIO(person.file(job))) as archive:
        dreams = archive.namelist()
        assert [name for name in dreams if "oliday" in name] == ["holiday 2-2.PNG", "Holiday 2.png", "Holiday 10.JPG"]
        (nameless,) = (name for name in dreams if "oliday" not in name)
        assert re.fullmatch(r"[0-9a-f]{12}\.png", nameless)
        archive.extractall(tmp_path)
    assert [images.read_recipe(tmp_path / name)["settings"]["steps"] for name in dreams] == [3] * 4
    assert images.read_recipe(tmp_path / "Holiday 10.JPG")["input"]["path"] == "../photos/Holiday 10.JPG"
    assert images.read(tmp_path / "holiday 2-2.PNG").pixels.shape == (50, 70, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"renewal": "2"}, "--renewal 2 is out of its bounds: 0.05 to 1."),
        ({"coherence": "glue"}, "--coherence glue is not one of flow, none."),
        ({"every": "often"}, "--every 'often' is not a whole number."),
        ({"force": True}, "'force' is not an option of a film."),
        ({"rate": "12"}, "--rate is for a folder of pictures: a film has its own frame rate."),
        ({"keyframes": "keyframe"}, "The keyframes file keyframes.toml is not TOML: "),
        ({"keyframes": "zoom = 2"}, "keyframes.toml holds no keyframes."),
        ({"keyframes": 5}, "--keyframes is not a text."),
        ("calm", "The options of a film are an object."),
    ],
)
def test_options_of_a_film_are_refused_in_the_command_line_s_words(person, clip, options, message):
    asked = {"film": sent(person, clip)["id"], "settings": PLAIN, "options": options}
    status, said = person.refused("POST", "/api/jobs/film", asked)
    assert (status, said[: len(message)]) == (400, message)
    assert person.ask("GET", "/api/jobs") == []


def test_what_is_no_film_is_refused(person, photo):
    status, message = person.refused("POST", "/api/films", body=b"no film at all")
    assert status == 400
    assert message.startswith("That file can't be read")
    assert person.refused("POST", "/api/jobs/film", {"film": "x"}) == (404, "There is no such picture.")
    picture = {"film": "x", "stills": []}
    both = "A film is made from a film or from stills, not from both."
    assert person.refused("POST", "/api/jobs/film", picture) == (400, both)
    assert person.refused("POST", "/api/jobs/film", {"stills": []}) == (400, "A film of stills needs pictures.")
    assert person.refused("POST", "/api/jobs/batch", {"batch": []}) == (400, "A batch needs pictures.")
    assert person.refused("POST", "/api/jobs/batch", {"batch": ["x"]}) == (404, "There is no such picture.")


def test_a_batch_that_was_stopped_has_its_dreams_so_far_and_resumes_with_the_others(person, photo):
    ids = [person.upload(photo)["id"] for _ in range(3)]
    job = person.ask("POST", "/api/jobs/batch", {"batch": ids, "settings": {**PLAIN, "steps": "60"}})
    while person.wait(job, "running")["progress"].get("number") != 2:
        pass
    person.ask("POST", f"/api/jobs/{job['id']}/stop", {})
    assert person.wait(job, "stopped")["ready"]
    with zipfile.ZipFile(io.BytesIO(person.file(job))) as archive:
        (first,) = archive.namelist()
        kept = archive.read(first)
    person.ask("POST", f"/api/jobs/{job['id']}/resume", {})
    while person.ask("GET", f"/api/jobs/{job['id']}")["state"] != "done":
        pass
    with zipfile.ZipFile(io.BytesIO(person.file(job))) as archive:
        assert len(archive.namelist()) == 3
        assert archive.read(first) == kept


def test_a_film_survives_a_killed_studio(tmp_path, clip):
    studio = Studio(tmp_path / "s")
    person = Person(studio)
    film, settings = sent(person, clip)["id"], {**PLAIN, "steps": "30"}
    whole = person.ask("POST", "/api/jobs/film", {"film": film, "settings": settings})
    person.wait(whole, "done")
    job = person.ask("POST", "/api/jobs/film", {"film": film, "settings": settings})
    while not person.wait(job, "running")["progress"].get("number"):
        pass
    worker = psutil.Process(studio.process.pid).children()[-1]
    studio.kill()
    worker.wait(PATIENCE)

    person.studio = studio = Studio(tmp_path / "s", "--port", str(studio.port))
    resumed = person.wait(job, "done")
    assert any("the film resumes after" in note for note in resumed["notes"])
    assert np.array_equal(frames(person.file(job)), frames(person.file(whole)))
    again = person.ask("POST", "/api/jobs/film", {"film": film, "settings": settings})  # the upload was found, too
    person.ask("DELETE", f"/api/jobs/{again['id']}")
    studio.end()
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    "comment", ["no record", '{"kind": "film", "film": 5}', '{"kind": "film", "settings": [], "film": {}}']
)
def test_a_film_whose_comment_is_no_record_is_taken_as_any_other(person, clip, comment):
    content = io.BytesIO()
    with av.open(io.BytesIO(clip)) as source, av.open(content, "w", "mp4") as target:
        target.metadata["comment"] = comment
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    film = sent(person, content.getvalue())
    assert (film["recipe"], film["kind"], film["options"]) == ({}, "", {})
