"""A studio that runs for long: its memory and its folder stay as they are."""

import time

import psutil
import pytest

from tests.studio.conftest import Person, Studio
from tests.studio.test_dreams import QUICK

pytestmark = pytest.mark.slow


def held(studio):
    """Bytes of memory of the server and of its worker."""
    server = psutil.Process(studio.process.pid)
    return sum(process.memory_info().rss for process in (server, *server.children(recursive=True)))


def on_disk(studio):
    return sum(path.stat().st_size for path in studio.folder.rglob("*") if path.is_file())


def test_thirty_dreams_in_a_row_fill_neither_memory_nor_disk(tmp_path, photo):
    studio = Studio(tmp_path / "s", "--disk", "52MB")  # an upload of 50 MB must fit
    person, memory, disk = Person(studio), [], []
    try:
        picture = person.upload(photo)["id"]
        for number in range(30):
            person.wait(person.dream(picture, QUICK | {"max_side": "300", "seed": str(number)}), "done")
            memory.append(held(studio))
            disk.append(on_disk(studio))
    finally:
        studio.end()
    assert memory[29] < 1.1 * memory[4]
    assert max(disk) < 52e6
    assert not (tmp_path / "s").exists()


def test_the_oldest_dreams_make_room(tmp_path, photo):
    studio = Studio(tmp_path / "s", "--disk", "2MB", "--limit-megabytes", "1")
    person = Person(studio)
    try:
        picture = person.upload(photo)["id"]
        made = [person.wait(person.dream(picture, QUICK | {"max_side": "500"}), "done")["id"] for _ in range(5)]
        there = [job["id"] for job in person.ask("GET", "/api/jobs")]
        assert made[-1] in there
        assert made[0] not in there
        assert on_disk(studio) < 3e6  # the last dream came when the folder was all but full
    finally:
        studio.end()


def test_somebody_who_looks_only_now_and_then_costs_no_memory(studio, photo):
    person = Person(studio)
    live = person.ask("POST", "/api/lives", {"picture": person.upload(photo)["id"], "settings": {"max_side": "200"}})
    stroke = {"number": 1, "brush": "block3_conv1:2", "points": [[50, 50]], "radius": 40}
    person.ask("POST", f"/api/lives/{live['id']}/events", [{"stroke": stroke}])
    after, memory = -1, []
    for _ in range(6):
        _, headers, _ = person.send("GET", f"/api/lives/{live['id']}/frame?after={after}")
        taken, after = int(headers["X-Step"]) - after, int(headers["X-Step"])
        memory.append(held(studio))
        time.sleep(2)
    assert taken > 2  # the dream went on meanwhile
    assert memory[-1] < 1.03 * memory[1]
    person.ask("DELETE", f"/api/lives/{live['id']}")
