"""The journal of a batch, OUT/batch.jsonl: one line per picture, append-only, so that it survives a kill at any moment.

with opened(folder) as journal: ...     one batch at a time in a folder
journal.add(entry) · journal.failed(source) · journal.knows(source) · journal.write_table()
"""

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from deepdream.atomic import replacing
from deepdream.errors import RequestError, StorageError

NAME, TABLE, LOCK = "batch.jsonl", "batch.csv", ".batch.lock"
COLUMNS = ("input", "size", "digest", "output", "record", "seconds", "worker", "error")
"""Columns of the table, which has the last entry for each picture."""

Entry = Mapping[str, Any]
"""One line, ready for JSON: COLUMNS as far as they are known; "error" alone where the picture could not be dreamt."""


@contextlib.contextmanager
def opened(folder: Path) -> Iterator["Journal"]:
    """The journal of a folder, which is created if missing; no other batch can work there until the block ends.

    Raises:
        RequestError: another batch is working there.
        OSError: the disk refused.
    """
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RequestError(
            f"Another batch is working in {folder}.", "Wait for its end, or name another --output."
        ) from None
    try:
        yield Journal(folder)
    finally:
        lock.release()


class Journal:
    """The journal of one folder, which the caller has locked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._last: dict[str, bool] = {}
        for entry in self._entries():
            self._last[entry["input"]] = "error" in entry

    def add(self, entry: Entry) -> None:
        """Add a line; it is in the file when this returns.

        Raises:
            StorageError: the file system refused.
        """
        line = json.dumps(entry).encode() + b"\n"
        try:
            with self._path.open("a+b", buffering=0) as file:
                if file.tell() and not self._ends_whole():
                    line = b"\n" + line  # after the half line of a run that was killed
                while line:
                    line = line[file.write(line) :]
        except OSError as error:
            raise StorageError(
                f"{self._path} can't be written: {error.strerror}.",
                "Make room or make it writable; the same command resumes from here.",
            ) from error
        self._last[entry["input"]] = "error" in entry

    def failed(self, source: str) -> bool:
        """Whether the last entry for a picture is an error."""
        return self._last.get(source, False)

    def knows(self, source: str) -> bool:
        """Whether the last entry for a picture is its dream."""
        return self._last.get(source) is False

    def write_table(self) -> None:
        """Write batch.csv: the last entry for each picture.

        Raises:
            OSError: the disk refused.
        """
        if not self._last:
            return
        last = {entry["input"]: entry for entry in self._entries()}
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, COLUMNS)
        table.writeheader()
        table.writerows({name: entry.get(name) for name in COLUMNS} for entry in last.values())
        with replacing(self._folder / TABLE) as part:
            part.write_bytes(text.getvalue().encode("utf-8", "surrogateescape"))

    def _entries(self) -> Iterator[dict[str, Any]]:
        """The complete lines, in order."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    entry = json.loads(line)
                    if isinstance(entry, dict) and isinstance(entry.get("input"), str):
                        yield entry

    def _ends_whole(self) -> bool:
        """Whether the last line is whole."""
        with self._path.open("rb") as file:
            file.seek(-1, io.SEEK_END)
            return file.read(1) == b"\n"
