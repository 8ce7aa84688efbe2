"""The journal of a batch: what outlives a kill, the table, and one batch at a time."""

import csv
import os

import pytest

from deepdream.batch import journal
from deepdream.errors import RequestError, StorageError


def test_it_knows_what_was_dreamt_and_what_failed_last(tmp_path):
    with journal.opened(tmp_path / "out") as log:
        log.add({"input": "a.png", "error": "broken."})
        log.add({"input": "b.png", "output": "b.png"})
        log.add({"input": "a.png", "output": "a.png"})
        log.add({"input": "b.png", "error": "broken."})
    with journal.opened(tmp_path / "out") as log:
        assert [log.knows("a.png"), log.failed("a.png")] == [True, False]
        assert [log.knows("b.png"), log.failed("b.png")] == [False, True]
        assert [log.knows("c.png"), log.failed("c.png")] == [False, False]


def test_half_a_line_that_a_kill_has_left_is_passed_over(tmp_path):
    (tmp_path / journal.NAME).write_text('{"input": "a.png", "output": "a.png"}\n{"input": "b.p')
    with journal.opened(tmp_path) as log:
        assert not log.knows("b.png")
        log.add({"input": "c.png", "output": "c.png"})
    with journal.opened(tmp_path) as log:
        assert log.knows("a.png")
        assert log.knows("c.png")


def test_the_table_has_each_picture_once_whatever_its_name(tmp_path):
    odd = os.fsdecode(b'new\nline, "quoted" \xff.png')
    with journal.opened(tmp_path) as log:
        log.add({"input": odd, "size": 3, "error": "broken."})
        log.add({"input": odd, "size": 5, "output": "o.png", "seconds": 0.5})
        log.write_table()
    with (tmp_path / journal.TABLE).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        (row,) = csv.DictReader(file)
    assert [row["input"], row["size"], row["output"], row["error"]] == [odd, "5", "o.png", ""]


def test_a_second_batch_in_the_same_folder_is_refused(tmp_path):
    refused = pytest.raises(RequestError, match=f"Another batch is working in {tmp_path}.")
    with journal.opened(tmp_path), refused, journal.opened(tmp_path):
        pass
    with journal.opened(tmp_path):
        pass


def test_lines_that_are_not_the_journal_s_are_passed_over(tmp_path):
    (tmp_path / journal.NAME).write_bytes(b'17\n{"input": 3}\n{}\n\xff\n{"input": "a.png", "output": "a.png"}\nnull\n')
    with journal.opened(tmp_path) as log:
        assert log.knows("a.png")
        log.write_table()


def test_a_journal_that_cannot_be_written_is_reported_with_what_to_do(tmp_path):
    with journal.opened(tmp_path) as log:
        (tmp_path / journal.NAME).mkdir()
        with pytest.raises(StorageError) as refused:
            log.add({"input": "a.png"})
    assert refused.value.message == f"{tmp_path / journal.NAME} can't be written: Is a directory."
    assert refused.value.advice == "Make room or make it writable; the same command resumes from here."
