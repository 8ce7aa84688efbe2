"""Live dreams over HTTP: painted, kept, and dreamt at full size."""

import io

import pytest
from PIL import Image

from deepdream import images
from deepdream.cli.main import run
from deepdream.images import paint
from tests.studio.test_dreams import QUICK, same_again, unpacked

av = pytest.importorskip("av")


def test_paint_of_a_live_dream_becomes_a_large_one_that_replays(person, photo, tmp_path, monkeypatch, capsys):
    live = person.ask("POST", "/api/lives", {"picture": person.upload(photo)["id"], "settings": {"max_side": "150"}})
    assert (live["width"], live["height"], live["network"]) == (150, 100, "pocket")
    strokes = [
        {"stroke": {"number": 1, "brush": "block4_conv2:12", "points": [[10, 50], [60, 50]], "radius": 15}},
        {"stroke": {"number": 2, "brush": "block3_conv1:5", "points": [[90, 40]], "radius": 20}},
        {"stroke": {"number": 3, "brush": None, "points": [[90, 40]], "radius": 40}},
        {"stroke": {"number": 4, "brush": "block2_conv1:3", "points": [[130, 80]], "radius": 15, "soft": 0.5}},
    ]
    assert person.ask("POST", f"/api/lives/{live['id']}/events", strokes)["brushes"] == [
        "block4_conv2:12",
        "block3_conv1:5",
        "block2_conv1:3",
    ]
    step = -1
    for _ in range(3):
        status, headers, body = person.send("GET", f"/api/lives/{live['id']}/frame?after={step}")
        assert status == 200
        assert int(headers["X-Step"]) > step
        assert Image.open(io.BytesIO(body)).size == (150, 100)
        step = int(headers["X-Step"])
    assert person.refused("GET", f"/api/lives/{live['id']}/channels?layer=class:leopard&row=5&column=3") == (
        400,
        "class:leopard is no channel: activations ranks channels.",
    )
    found = person.ask("GET", f"/api/lives/{live['id']}/channels?layer=block4_conv2&row=50&column=30")
    assert len(found) == 8
    assert found == sorted(found, key=lambda one: -one["excitement"])

    job = person.ask("POST", f"/api/lives/{live['id']}/large", {"settings": QUICK})
    done = person.wait(job, "done")
    assert done["given"]["brushes"] == "block4_conv2:12;block2_conv1:3"  # what was wiped off is no brush
    folder = unpacked(person, job, tmp_path)
    index, _ = paint.read(folder / "paint.png", (100, 150), 2)
    assert index[50, 30] == 1
    assert index[80, 130] == 2
    assert index[40, 90] == 0
    assert done["given"]["mask"] == "mask.png"
    with Image.open(folder / "mask.png") as mask:
        assert [mask.getpixel(place) for place in ((30, 50), (130, 80), (90, 40))] == [255, 255, 0]
        assert 0 < mask.getpixel((130, 68)) < 255  # the soft edge
    assert same_again(folder / "dream.png", monkeypatch)
    assert person.ask("GET", f"/api/lives/{live['id']}/record")["kind"] == "live session"

    kept = person.ask("POST", f"/api/lives/{live['id']}/keep", {})
    assert (kept["state"], kept["command"]) == ("done", "deepdream again live.png")
    film = person.ask("POST", f"/api/lives/{live['id']}/keep", {"film": True})
    with io.BytesIO(person.file(film)) as file, av.open(file) as video:
        frames = list(video.decode(video=0))
        assert len(frames) > 2
        assert (frames[0].width, frames[0].height) == (150, 100)
    assert film["command"] == "deepdream again live.mp4"
    (tmp_path / "live").mkdir()
    assert same_again(unpacked(person, kept, tmp_path / "live") / "live.png", monkeypatch)
    unpacked(person, film, tmp_path / "live")
    assert run(["show", "live.mp4"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "To make it again: deepdream again live.mp4"
    assert run(["again", "live.mp4", "--quiet"]) == 0
    difference = images.read(tmp_path / "live" / "live-again.png").pixels - frames[-1].to_ndarray(format="rgb24") / 255
    assert abs(difference).mean() < 0.03  # the video's compression
    person.ask("DELETE", f"/api/lives/{live['id']}")
    assert person.refused("GET", f"/api/lives/{live['id']}/frame") == (404, "There is no such live dream.")
