"""The frames dreamt so far, in the folder OUT.film: they survive a kill at any moment, and the film resumes there.

with opened(beside(output), record) as journal: ...     one run at a time
journal.keep(...) after each frame · journal.frame(number) -> pixels · journal.clear()
length(folder, record) -> how many frames are there
with full_disk(path): ...                               a full disk is reported with the film's way on

A frame's picture is written first and the state second, each atomically, so the state never refers to a frame
that does not exist. A resumed film has the same bytes, because the state holds everything that a next frame depends on.
"""

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from filelock import FileLock, Timeout

from deepdream import images
from deepdream.atomic import remove_leftovers, replacing
from deepdream.errors import RequestError, RunError, StorageError
from deepdream.film.measure import Tally
from deepdream.images.write import put
from deepdream.pipeline.events import Note

RECORD, STATE, LOCK = "journal.json", "state.npz", ".lock"

HUFFMAN = 2
"""zlib's strategy that looks for no repetitions: dreams have none. As small as others in a third of the time."""

OWN = "state."
"""Before the names of a state's arrays in the file, so that they meet none of the journal's."""


@dataclass(eq=False)
class Progress:
    """How far a film is.

    Attributes:
        times: pts of each frame so far.
        durations: of each, 0 where its file has none.
        tally: of what was measured.
        state: what the next frame depends on, as arrays by name; None before the first.
    """

    times: list[int] = field(default_factory=list)
    durations: list[int] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    state: Mapping[str, np.ndarray] | None = None


def beside(output: Path) -> Path:
    """The folder of a film's journal, beside the film."""
    return output.with_name(f"{output.name}.film")


@contextlib.contextmanager
def opened(folder: Path, record: Mapping[str, Any], *, bits: int, force: bool = False) -> Iterator["Journal"]:
    """The journal of a film, which is made where it is not there.

    Args:
        folder: beside the film.
        record: what makes the film; a journal of another one is not continued.
        bits: 8 or 16 of the frames that are kept.
        force: begin anew where there is a journal of another film.

    Raises:
        RequestError: another run is working there, or it belongs to another film.
    """
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RequestError(f"Another run is working in {folder}.", "Wait for its end.") from None
    try:
        yield Journal(folder, record, bits=bits, force=force)
    finally:
        lock.release()
        if not (folder / RECORD).exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Report a disk that is full while something is written to a path.

    Raises:
        StorageError: it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageError(
            f"{path} could not be written: {os.strerror(error.errno)}.",
            "Make room, and give the same command again: it resumes.",
        ) from error


def length(folder: Path, record: Mapping[str, Any]) -> int:
    """How many frames of a film are in a folder; 0 where they are of another one, or there is none.

    Args:
        folder: of a journal.
        record: what makes the film.
    """
    if _record(folder) != json.loads(json.dumps(record)):
        return 0
    try:
        with np.load(folder / STATE) as kept:
            return len(kept["times"])
    except FileNotFoundError:
        return 0


class Journal:
    """The journal of one film, whose folder the caller has locked."""

    def __init__(self, folder: Path, record: Mapping[str, Any], *, bits: int, force: bool) -> None:
        self._folder, self._bits = folder, bits
        self.progress = Progress()
        remove_leftovers(folder)
        wanted = json.loads(json.dumps(record))
        there = _record(folder)
        if there is not None and there != wanted and not force:
            name, then, now = _differing(there, wanted)
            raise RequestError(
                f"{folder} holds a film that was begun with another {name}: it was {then}, now it is {now}.",
                "Give it as it was, or begin anew with --force",
            )
        if there == wanted:
            self.progress = self._read()
        else:
            with replacing(folder / RECORD) as part:
                part.write_text(json.dumps(wanted), "utf-8")
        for path in folder.glob("*.png"):
            if int(path.stem) >= len(self.progress.times):
                path.unlink()

    @property
    def notes(self) -> list[Note]:
        """That frames of an earlier run are there, if any are."""
        count = len(self.progress.times)
        frames, them = ("frame is", "it") if count == 1 else ("frames are", "them")
        return [Note(f"{count} {frames} there already; the film resumes after {them}.")] if count else []

    def keep(self, pixels: np.ndarray) -> None:
        """Write the newest frame, [H, W, 3] as `rounded` returns it, and then the state in `progress`."""
        now = self.progress
        assert now.state is not None
        numbers = np.rint(pixels * np.float32(2**self._bits - 1)).astype(np.uint8 if self._bits == 8 else np.uint16)
        put(self._path(len(now.times) - 1), [memoryview(imagecodecs.png_encode(numbers, level=1, strategy=HUFFMAN))])
        arrays: dict[str, Any] = {f"{OWN}{name}": value for name, value in now.state.items()}
        arrays |= {"times": np.array(now.times, np.int64), "durations": np.array(now.durations, np.int64)}
        arrays["tally"] = np.array(json.dumps(asdict(now.tally)))
        path = self._folder / STATE
        with full_disk(path), replacing(path) as part, part.open("wb") as file:
            np.savez(file, **arrays)

    def rounded(self, pixels: np.ndarray) -> np.ndarray:
        """The pixels as `frame` will return them, so that nothing depends on whether a film was interrupted."""
        top = np.float32(2**self._bits - 1)
        return np.rint(np.clip(pixels, 0, 1) * top) / top

    def frame(self, number: int) -> np.ndarray:
        """A frame that was kept, [H, W, 3] float32 in 0..1.

        Raises:
            RunError: it is not there.
        """
        path = self._path(number)
        if not path.exists():
            raise RunError(f"{path} is missing.", "Delete its folder and begin anew.")
        return images.read(path, profile="keep").pixels

    def clear(self) -> None:
        """Delete the folder: the film is written."""
        (self._folder / RECORD).unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}.png"

    def _read(self) -> Progress:
        """What was kept; nothing, where the run ended before its first frame."""
        try:
            with np.load(self._folder / STATE) as kept:
                state = {name.removeprefix(OWN): kept[name] for name in kept.files if name.startswith(OWN)}
                tally = Tally(**json.loads(str(kept["tally"])))
                return Progress(kept["times"].tolist(), kept["durations"].tolist(), tally, state)
        except FileNotFoundError:
            return Progress()


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """The first value that differs between two records: its name, and what it was and is."""
    name = next(key for key in {**now, **then} if now.get(key) != then.get(key))
    before, after = then.get(name), now.get(name)
    return _differing(before, after) if isinstance(before, dict) and isinstance(after, dict) else (name, before, after)


def _record(folder: Path) -> Any:
    with contextlib.suppress(OSError, ValueError):
        return json.loads((folder / RECORD).read_text("utf-8"))
    return None
