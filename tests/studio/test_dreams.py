"""Dreams of several people: refused in the command line's words, queued, stopped, resumed, found after a crash."""

import io
import json
import shlex
import time
import zipfile

import numpy as np
import psutil
import pytest
from PIL import Image

from deepdream import images
from deepdream.cli.main import run
from tests.studio.conftest import PATIENCE, Person, Studio

QUICK = {"max_side": "120", "octaves": "2", "steps": "3", "network": "pocket"}
LONG = {"max_side": "200", "octaves": "1", "steps": "5000", "network": "pocket"}


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "PNG")
    return file.getvalue()


def unpacked(person, job, folder):
    """The folder of a dream, as it is downloaded."""
    status, _, body = person.send("GET", f"/api/jobs/{job['id']}/folder")
    assert status == 200
    zipfile.ZipFile(io.BytesIO(body)).extractall(folder)
    return folder


def same_again(file, monkeypatch):
    """Whether `deepdream again` makes the same pixels."""
    monkeypatch.chdir(file.parent)
    assert run(["again", file.name, "-o", "again.png", "--quiet"]) == 0
    return np.array_equal(images.read(file).pixels, images.read(file.with_name("again.png")).pixels)


def test_a_dream_its_file_and_its_command_line_have_the_same_bits(person, photo, tmp_path, monkeypatch):
    job = person.dream(person.upload(photo)["id"], QUICK)
    done = person.wait(job, "done")
    assert done["settings"]["steps"] == 3
    folder = unpacked(person, job, tmp_path)
    assert (folder / "dream.png").read_bytes() == person.file(job)
    assert same_again(folder / "dream.png", monkeypatch)
    words = shlex.split(done["command"].replace("-o dream.png", "-o typed.png"))
    assert run([*words[1:], "--quiet"]) == 0
    assert np.array_equal(images.read(folder / "typed.png").pixels, images.read(folder / "dream.png").pixels)


def test_strength_and_colour_of_a_finished_dream_are_those_of_a_dream_with_them(person, photo, tmp_path, monkeypatch):
    job = person.dream(person.upload(photo)["id"], QUICK)
    person.wait(job, "done")
    status, _, _ = person.send(
        "POST", f"/api/jobs/{job['id']}/blend", json.dumps({"strength": 0.4, "colour": "lightness"})
    )
    assert status == 200
    folder = unpacked(person, job, tmp_path)
    assert images.read_recipe(folder / "dream.png")["settings"]["strength"] == 0.4
    assert same_again(folder / "dream.png", monkeypatch)


def test_masks_guides_and_palettes_are_pictures_by_their_ids(person, photo, tmp_path, monkeypatch):
    mask = np.zeros((60, 90), np.uint8)
    mask[:, :45] = 255
    ids = {"mask": person.upload(png(mask))["id"], "guide": person.upload(photo)["id"]}
    job = person.dream(person.upload(photo)["id"], QUICK | {"octaves": "1"}, pictures=ids)
    person.wait(job, "done")
    folder = unpacked(person, job, tmp_path)
    record = images.read_recipe(folder / "dream.png")
    assert record["files"].keys() == {record["settings"]["mask"], record["settings"]["guide"]}
    assert same_again(folder / "dream.png", monkeypatch)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": "block9"}, "No layer of pocket matches 'block9': its layers are block1_conv1 to block5_pool."),
        ({"steps": "0"}, "steps 0 is out of its bounds: 1 to 100000."),
        ({"colour": "kep"}, "colour 'kep' is not one of dream, keep, lightness, match."),
        ({"weights": "/etc/passwd"}, "weights is not taken here: in the studio it is set where it is started."),
        ({"max_side": "10"}, None),
    ],
)
def test_a_bad_request_gets_the_sentence_of_the_command_line(person, photo, tmp_path, capsys, settings, message):
    picture = person.upload(photo)["id"]
    before = len(person.ask("GET", "/api/jobs"))
    status, sentence = person.refused("POST", "/api/jobs", {"picture": picture, "settings": QUICK | settings})
    assert status == 400
    assert message in (None, sentence)
    assert len(person.ask("GET", "/api/jobs")) == before
    if "weights" not in settings:
        (tmp_path / "photo.jpg").write_bytes(photo)
        given = [word for name, value in (QUICK | settings).items() for word in (f"--{name.replace('_', '-')}", value)]
        assert run(["dream", str(tmp_path / "photo.jpg"), "-o", str(tmp_path / "d.png"), *given]) == 2
        assert sentence in capsys.readouterr().err


def test_stop_keeps_the_picture_and_resume_ends_in_the_same_dream(person, photo, tmp_path, monkeypatch):
    settings = QUICK | {"steps": "60"}
    job = person.dream(person.upload(photo)["id"], settings)
    wait_for_steps(person, job, 3)
    person.ask("POST", f"/api/jobs/{job['id']}/stop")
    stopped = person.wait(job, "stopped")
    assert 3 <= stopped["taken"] < 120
    (tmp_path / "partial").mkdir()
    folder = unpacked(person, job, tmp_path / "partial")
    (partial,) = folder.glob("dream-partial.png")
    assert images.read_recipe(partial)["partial"]["steps"] == stopped["taken"]
    assert same_again(partial, monkeypatch)
    person.ask("POST", f"/api/jobs/{job['id']}/resume")
    person.wait(job, "done")
    (tmp_path / "whole").mkdir()
    assert same_again(unpacked(person, job, tmp_path / "whole") / "dream.png", monkeypatch)


def wait_for_steps(person, job, count):
    end = time.monotonic() + PATIENCE
    while person.wait(job, "running")["taken"] < count:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_two_people_see_their_places_and_nothing_of_each_other(studio, photo):
    first, second = Person(studio), Person(studio)
    running = first.dream(first.upload(photo)["id"], LONG)
    wait_for_steps(first, running, 1)
    waiting = second.dream(second.upload(photo)["id"], QUICK)
    assert second.ask("GET", f"/api/jobs/{waiting['id']}")["place"] == 2
    third = second.dream(second.upload(photo)["id"], QUICK)
    assert third["place"] == 3

    seen = json.dumps(second.ask("GET", "/api/jobs")) + str(second.send("GET", "/api/settings")[2])
    assert running["id"] not in seen
    for method, path in (("GET", ""), ("GET", "/frame"), ("GET", "/file"), ("POST", "/stop"), ("DELETE", "")):
        status, _ = second.refused(method, f"/api/jobs/{running['id']}{path}", body=b"{}" if method == "POST" else None)
        assert status == 404

    second.ask("DELETE", f"/api/jobs/{waiting['id']}")
    assert second.ask("GET", f"/api/jobs/{third['id']}")["place"] == 2
    first.ask("DELETE", f"/api/jobs/{running['id']}")
    second.wait(third, "done")


def test_a_dream_that_does_not_fit_the_memory_is_refused_before_it_waits(tmp_path, photo):
    studio = Studio(tmp_path / "s", "--memory", "100MiB")
    person = Person(studio)
    try:
        status, sentence = person.refused("POST", "/api/jobs", {"picture": person.upload(photo)["id"], "settings": {}})
        assert status == 400
        assert sentence.startswith("memory 100MiB is too little")
    finally:
        studio.end()


def test_a_killed_studio_finds_its_dreams_again_and_a_worker_s_death_costs_none(tmp_path, photo, monkeypatch):
    studio = Studio(tmp_path / "s")
    person = Person(studio)
    picture = person.upload(photo)["id"]
    done, running = person.dream(picture, QUICK), person.dream(picture, LONG)
    person.wait(done, "done")
    before = person.file(done)
    wait_for_steps(person, running, 2)
    worker = psutil.Process(studio.process.pid).children()[-1]
    studio.kill()
    worker.wait(PATIENCE)

    person.studio = studio = Studio(tmp_path / "s", "--port", str(studio.port))
    assert person.file(done) == before
    stopped = person.wait(running, "stopped")
    (tmp_path / "partial").mkdir()
    assert stopped["ready"]
    assert same_again(unpacked(person, running, tmp_path / "partial") / "dream-partial.png", monkeypatch)

    third = person.dream(picture, QUICK | {"steps": "40"})
    wait_for_steps(person, third, 1)
    for process in psutil.Process(studio.process.pid).children():
        process.kill()
    person.wait(third, "done")
    studio.end()
    assert not (tmp_path / "s").exists()


def test_the_stream_of_events_sends_all_dreams_first(person, photo):
    job = person.dream(person.upload(photo)["id"], QUICK)
    person.wait(job, "done")
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", person.studio.port, timeout=PATIENCE)
    connection.request("GET", "/api/events", headers={"Cookie": person.cookie})
    reply = connection.getresponse()
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    assert reply.readline() == b"retry: 1000\n"
    assert reply.readline() == b"\n"
    shown = json.loads(reply.readline().removeprefix(b"data: "))
    assert (shown["id"], shown["state"]) == (job["id"], "done")
    connection.close()
