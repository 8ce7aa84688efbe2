"""A disk that is full and a folder that becomes read-only while a batch is dreaming: it stops, says so, and resumes.

A small file system is mounted for this, and a folder made immutable, which only root may do; elsewhere the tests are
skipped.
"""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batch.support import BOUND, COMMAND, alone, batch, entries, pixels, running, same, wait_until

LONG = ("--network", "pocket", "--octaves", "1", "--steps", "60")
WORKERS = pytest.mark.parametrize("workers", [(), ("--workers", "2")], ids=["one process", "two workers"])


@pytest.fixture
def small(pictures):
    """A folder that is a file system of 256 KiB."""
    folder = Path("small")
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as refused:
        pytest.skip(f"A small file system can't be mounted here: {refused}.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves no room in a folder's file system."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return filler


@pytest.mark.slow
@WORKERS
def test_a_full_disk_ends_it_and_with_room_it_resumes(small, workers):
    words = ("in", "--recursive", "-o", "small/out", *LONG)
    with running(*COMMAND, *words, *workers, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: pixels("small/out"), of=process)
        filler = fill(small)
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == 1
    assert "No space left on device" in said
    assert "Traceback" not in said
    done = pixels("small/out")
    assert 1 <= len(done) < 5
    filler.unlink()
    assert batch(*words).returncode == 1
    assert same(pixels("small/out"), alone(*LONG))
    assert {entry["input"] for entry in entries("small/out") if "error" in entry} >= {"in/broken.png"}


@contextlib.contextmanager
def immutable(*folders: Path) -> Iterator[None]:
    """Folders in which nothing can be made, by root either."""
    try:
        for folder in folders:
            subprocess.run(["chattr", "+i", folder], check=True, capture_output=True)
        yield
    finally:
        for folder in folders:
            subprocess.run(["chattr", "-i", folder], capture_output=True)


def can_be_immutable() -> bool:
    """Whether a file can't be made in an immutable folder; as it can on some file systems."""
    with tempfile.TemporaryDirectory() as name:
        try:
            with immutable(Path(name)):
                return not os.access(name, os.W_OK)
        except (OSError, subprocess.CalledProcessError):
            return False


@pytest.mark.slow
@pytest.mark.skipif(not can_be_immutable(), reason="No folder can be made read-only here for who runs the tests.")
@WORKERS
def test_a_folder_made_read_only_ends_it_and_writable_again_it_resumes(pictures, workers):
    words = ("in", "--recursive", "-o", "out", *LONG)
    with running(*COMMAND, *words, *workers, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: pixels("out"), of=process)
        with immutable(*(folder for folder in (Path("out/a"), Path("out")) if folder.exists())):
            _, said = process.communicate(timeout=BOUND)
    assert process.returncode == 1
    assert "can't be written" in said or "Operation not permitted" in said
    assert "Traceback" not in said
    assert 1 <= len(pixels("out")) < 5
    assert batch(*words).returncode == 1
    assert same(pixels("out"), alone(*LONG))
