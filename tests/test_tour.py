"""docs/tour.md is true: the rooms and files that it names exist, and a change touches at most three files."""

import re

import pytest

from deepdream.network.weights import manifest
from deepdream.settings import NETWORKS, VGGS
from tools import house

TOUR = (house.ROOT / "docs" / "tour.md").read_text("utf-8")
CHANGES = TOUR.partition("## To change something")[2].partition("##")[0]


def rows(text: str) -> list[str]:
    """The lines of a table, without its heading."""
    return [line for line in text.splitlines() if line.startswith("|")][2:]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([\w/]+(?:/|\.(?:py|toml)))`", TOUR))))
def test_every_file_and_room_that_it_names_exists(name):
    assert (house.PACKAGE / name).exists() or (house.ROOT / name).exists()


@pytest.mark.parametrize("row", [row for row in rows(TOUR.partition("## Follow")[0]) if "/`" in row.split("|")[2]])
def test_every_module_that_a_room_s_row_names_is_in_the_room(row):
    _, _, room, words, _ = row.split("|")
    folder = house.PACKAGE / room.strip(" `/")
    for name in re.findall(r"`([a-z_]+)`", words):
        assert (folder / f"{name}.py").exists(), f"{folder.name}/{name}"


@pytest.mark.parametrize("change", rows(CHANGES))
def test_a_change_takes_three_files_at_most(change):
    named = len(re.findall(r"`[\w/]+\.\w+`", change.split("|")[2]))
    unnamed = len(re.findall(r"\band (?:its file|the function)", change))
    assert 1 <= named + unnamed <= 3


def test_every_room_is_on_its_floor():
    named = re.findall(r"^\| (\d?) ?\| ([^|]+) \|", TOUR, flags=re.MULTILINE)
    there, number = {}, ""
    for floor, room in named:
        number = floor or number
        there.update(dict.fromkeys(re.findall(r"`(\w+)[/.]", room), int(number)))
    package = {path.stem for path in house.PACKAGE.iterdir() if not path.stem.startswith("__")} - {"sample"}
    expected = {name: n for n, floor in enumerate(house.FLOORS, 1) for name in floor if name in package}
    assert there == expected


def test_a_network_of_vgg_s_kind_is_in_the_settings_and_in_the_table():
    assert set(VGGS) == {name for name, entry in manifest.read().items() if entry.widths and entry.counts}
    assert set(VGGS) <= set(NETWORKS)
