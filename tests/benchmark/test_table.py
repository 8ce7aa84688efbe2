"""The table for people and for files, and the plot."""

import csv
import json
import os
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image

from deepdream.benchmark import plot, table
from deepdream.benchmark.results import Row
from deepdream.benchmark.table import Report
from deepdream.errors import ImageError, StorageError
from tests.benchmark.made import MACHINE, row

ROWS = (row(), row(path="winograd", difference=3.4e-4, of_sgemm=1.8))
REPORT = Report(MACHINE, ROWS, ("transpose at 20x10 is out: It died.",), stopped=True)


def test_people_read_these_columns():
    assert table.lines(ROWS) == [
        ("path", "size", "deepest", "s/step", "min", "max", "processor", "Mpx/s", "GFLOP/s", "of SGEMM", "peak MB",
         "compile s", "difference"),
        ("direct", "20x10", "block1_conv2", "0.500", "0.250", "12.35", "0.125", "0.4", "62", "62%", "812", "2.0", "0"),
        ("winograd", "20x10", "block1_conv2", "0.500", "0.250", "12.35", "0.125", "0.4", "62", "180%", "812", "2.0",
         "3e-04"),
    ]  # fmt: skip


def test_a_file_of_numbers_has_every_column(tmp_path):
    table.save(tmp_path / "t.csv", REPORT)
    with (tmp_path / "t.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert list(first) == [field.name for field in fields(Row)]
    assert (first["peak_memory"], second["difference"], first["tile"]) == ("812345678", "0.00034", "")


def test_json_has_machine_rows_failures_and_whether_it_was_stopped(tmp_path):
    table.save(tmp_path / "t.json", REPORT)
    read = json.loads((tmp_path / "t.json").read_text())
    assert read["machine"]["gflops"] == 100
    assert [line["path"] for line in read["rows"]] == ["direct", "winograd"]
    assert (read["failed"], read["stopped"]) == (["transpose at 20x10 is out: It died."], True)


def test_markdown_is_a_table_and_where_it_was_measured(tmp_path):
    table.save(tmp_path / "t.md", REPORT)
    lines = (tmp_path / "t.md").read_text().splitlines()
    assert lines[0].startswith("| path | size | deepest | s/step |")
    assert lines[1].startswith("| --- | --- | --- | ---: |")
    assert lines[2].startswith("| direct | 20x10 |")
    assert lines[5:] == [
        "a processor, a CPU; matrix products reach 100 GFLOP/s, copies 20.0 GB/s; TensorFlow 2.21.0, Python 3.12.1",
        "",
        "transpose at 20x10 is out: It died.",
        "",
        "Stopped before all rounds were done.",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("t.jsn", "A table can't be written as t.jsn: its suffix is not .json or .csv or .md. Did you mean t.json?"),
        ("gone/t.md", "The folder gone does not exist. Make it first; it is never created."),
        ("folder.csv", "folder.csv can't be written."),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, monkeypatch, name, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(ImageError) as refusal:
        table.check(Path(name))
    assert str(refusal.value) == message


def test_a_disk_that_refuses_leaves_the_old_table(tmp_path, monkeypatch):
    path = tmp_path / "t.md"
    path.write_text("old")

    def refuse(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(type(path), "replace", refuse)
    with pytest.raises(StorageError, match=r"The table can't be written to .*: No space left on device\."):
        table.save(path, REPORT)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_plot_has_a_curve_for_each_contestant(tmp_path):
    rows = [row(path=path, pixels=10**n, peak_memory=10**n) for path in ("direct", "winograd") for n in (7, 5, 6)]
    plot.draw(rows, tmp_path / "p.svg")
    plot.draw(rows, tmp_path / "p.png")
    drawn = (tmp_path / "p.svg").read_text()
    assert drawn.count("<!-- pocket, direct, block1_conv2 -->") == 1
    assert "<!-- peak memory of the process, GB -->" in drawn
    assert Image.open(tmp_path / "p.png").size == (1080, 504)
