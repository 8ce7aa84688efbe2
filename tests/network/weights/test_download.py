"""Downloads from a real HTTP server on loopback: the published file arrives, or one sentence says why not."""

import errno
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from deepdream.errors import DownloadError, SettingError, StorageError
from deepdream.network.weights import download, lookup, manifest
from tests.network.weights import weight_files
from tests.network.weights.weight_files import NAME

USE_POCKET = "use the small network that ships with the package: deepdream dream --network pocket"


@pytest.fixture
def original(homes: Path) -> Path:
    """The publisher's copy, which the file in the cache must equal."""
    return weight_files.save_legacy(homes / "original.h5", weight_files.random_named())


@pytest.fixture
def sets(original, server):
    """A manifest of two addresses, /first and /second on the server."""
    server.pages = {"/first": original.read_bytes(), "/second": original.read_bytes()}
    return weight_files.published(original, f"{server.url}/first", f"{server.url}/second")


class Bar:
    """A progress bar that records its calls."""

    def __init__(self) -> None:
        self.total, self.count, self.calls = 0, 0, []

    def update(self, count: int) -> None:
        self.count += count
        self.calls.append("update")

    def reset(self) -> None:
        self.count = 0
        self.calls.append("reset")

    def close(self) -> None:
        self.calls.append("close")


def failure(sets, homes: Path) -> str:
    """The message of a failing fetch; also checks that it leaves no file, and its advice."""
    with pytest.raises(DownloadError) as caught:
        lookup.fetch(sets=sets)
    assert caught.value.exit_code == 1
    assert caught.value.advice == (
        f"Download {NAME} by hand and put it at {homes / 'cache' / NAME} "
        f"(deepdream weights add FILE does that and checks it), or {USE_POCKET}"
    )
    assert [path.name for path in (homes / "cache").iterdir() if not path.name.endswith(".lock")] == []
    return caught.value.message


def test_a_good_download_is_the_file_itself_and_moves_the_bar_to_its_end(sets, server, original, homes):
    bar = Bar()
    path = lookup.fetch(progress=bar, sets=sets)
    assert path == homes / "cache" / NAME
    assert path.read_bytes() == original.read_bytes()
    assert bar.count == bar.total == original.stat().st_size
    assert bar.calls[-1] == "close"
    assert server.gets == ["/first"]


def test_what_is_in_the_cache_is_not_fetched_again(sets, server):
    first = lookup.fetch(sets=sets)
    assert lookup.fetch(sets=sets) == first
    assert server.gets == ["/first"]


def test_a_cache_folder_that_does_not_exist_is_made(sets, homes, monkeypatch):
    monkeypatch.setenv("DEEPDREAM_CACHE", str(homes / "not/yet"))
    assert lookup.fetch(sets=sets) == homes / "not/yet" / NAME


def test_load_downloads_missing_weights_without_a_note(sets, server):
    found = lookup.load(sets=sets)
    assert (found.name, found.note) == ("vgg19", "")
    assert lookup.load("vgg19", sets=sets).digest == found.digest
    assert server.gets == ["/first"]


def test_a_damaged_file_in_the_cache_is_replaced_by_fetch(sets, original, homes):
    (homes / "cache" / NAME).write_bytes(b"half a file")
    assert lookup.fetch(sets=sets).read_bytes() == original.read_bytes()


def test_an_address_that_has_no_such_file_is_followed_by_the_next(sets, server, original):
    server.pages["/first"] = 404
    bar = Bar()
    assert lookup.fetch(progress=bar, sets=sets).read_bytes() == original.read_bytes()
    assert server.gets == ["/first", "/second"]
    assert bar.count == original.stat().st_size


def test_404_everywhere_is_reported_and_not_retried(sets, server, homes):
    server.pages = {"/first": 404, "/second": 404}
    assert failure(sets, homes) == (
        f"The weights of vgg19 can't be fetched: {server.url}/first returns 404 Not Found; "
        f"{server.url}/second returns 404 Not Found."
    )
    assert server.gets == ["/first", "/second"]


def test_a_server_error_is_retried_once(sets, server, homes):
    server.pages = {"/first": 503, "/second": 404}
    assert failure(sets, homes) == (
        f"The weights of vgg19 can't be fetched: {server.url}/first returns 503 Service Unavailable; "
        f"{server.url}/second returns 404 Not Found."
    )
    assert server.gets == ["/first", "/second", "/first"]


def test_a_connection_cut_once_is_tried_again_from_the_start(sets, server, original):
    server.pages = {"/first": ("cut once", original.read_bytes()), "/second": 404}
    bar = Bar()
    assert lookup.fetch(progress=bar, sets=sets).read_bytes() == original.read_bytes()
    assert server.gets == ["/first", "/second", "/first"]
    assert bar.count == original.stat().st_size


def test_a_connection_always_cut_is_reported(sets, server, original, homes):
    server.pages = dict.fromkeys(("/first", "/second"), ("cut", original.read_bytes()))
    assert failure(sets, homes) == (
        f"The weights of vgg19 can't be fetched: {server.url}/first closes the connection; "
        f"{server.url}/second closes the connection."
    )


def test_a_download_that_stalls_is_reported(sets, server, original, homes, monkeypatch):
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.25)
    server.pages = {"/first": ("stalled", original.read_bytes()), "/second": 404}
    assert failure(sets, homes) == (
        f"The weights of vgg19 can't be fetched: {server.url}/first sends nothing for 0.25 s; "
        f"{server.url}/second returns 404 Not Found."
    )


def test_another_file_than_the_published_one_is_discarded(sets, server, homes):
    server.pages = {"/first": b"Log in to this network, please", "/second": 404}
    assert failure(sets, homes) == (
        f"The weights of vgg19 can't be fetched: {server.url}/first sends another file "
        f"(md5 7b81f38590a33455cd031456c8128ef6, 30 bytes) than the published one; "
        f"{server.url}/second returns 404 Not Found."
    )
    assert server.gets == ["/first", "/second"]


def test_the_bar_is_closed_when_everything_failed(sets, server):
    server.pages = {"/first": 404, "/second": 404}
    bar = Bar()
    with pytest.raises(DownloadError):
        lookup.fetch(progress=bar, sets=sets)
    assert bar.calls == ["reset", "reset", "close"]


def test_a_closed_port_is_reported_at_once(original, homes):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/first"
    assert failure(weight_files.published(original, address), homes) == (  # it would be said if it had timed out
        f"The weights of vgg19 can't be fetched: {address} can't be reached."
    )


def test_addresses_that_never_answer_cost_one_time_limit_together(original, homes, monkeypatch):
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes the connection and never says a word
        addresses = [f"http://127.0.0.1:{mute.getsockname()[1]}/{name}" for name in range(60)]
        start = time.monotonic()
        message = failure(weight_files.published(original, *addresses), homes)
        assert time.monotonic() - start < 20  # one after the other they would cost 30
    assert (
        message
        == "The weights of vgg19 can't be fetched: "
        + "; ".join(f"{address} does not respond within 0.5 s" for address in addresses)
        + "."
    )


def test_a_name_look_up_that_hangs_is_held_to_the_time_limit_too(original, homes, monkeypatch):
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.3)
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **keywords: released.wait(60) and [])
    start = time.monotonic()
    message = failure(weight_files.published(original, "http://weights.example/first"), homes)
    assert time.monotonic() - start < 30
    released.set()
    assert message == (
        "The weights of vgg19 can't be fetched: http://weights.example/first does not respond within 0.3 s."
    )


def test_an_address_that_did_not_answer_is_not_asked_again_at_once(original, homes, monkeypatch):
    sets = weight_files.published(original, "http://silent.invalid/weights")
    asked = []
    monkeypatch.setattr(
        download, "_ask", lambda addresses: asked.extend(addresses) or dict.fromkeys(addresses, "is shut")
    )
    first, *later = (lookup.load("auto", sets=sets).note for _ in range(3))
    assert "silent.invalid is shut" in first
    assert later == ["VGG19's weights are not here, so the small pocket network is used."] * 2
    assert len(asked) == 1
    monkeypatch.setattr(download, "REMEMBERED_SECONDS", 0.0)
    lookup.load("auto", sets=sets)
    assert len(asked) == 2


def test_the_time_limit_is_a_few_seconds():
    assert 2 <= download.ANSWER_SECONDS <= 6


def test_an_invalid_address_is_reported(original, homes):
    assert failure(weight_files.published(original, "ftp://host/file.h5"), homes) == (
        "The weights of vgg19 can't be fetched: ftp://host/file.h5 is not an address to fetch from (InvalidSchema)."
    )


def test_a_mirror_named_in_the_environment_takes_the_addresses_place(homes, monkeypatch):
    known = manifest.read()["vgg19"]
    monkeypatch.setenv("DEEPDREAM_VGG19_URL", "http://mirror.example/notop.h5")
    assert manifest.read()["vgg19"] == replace(known, addresses=("http://mirror.example/notop.h5",))


def test_a_full_disk_is_reported_and_leaves_nothing(sets, homes, monkeypatch):
    class FullDisk:
        def __init__(self, file):
            self.file = file

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, content):
            self.file.write(content[:100])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    import pooch.downloaders

    monkeypatch.setattr(pooch.downloaders, "open", lambda path, mode: FullDisk(path.open(mode)), raising=False)
    with pytest.raises(StorageError) as caught:
        lookup.fetch(sets=sets)
    target = homes / "cache" / NAME
    assert caught.value.message == f"The weights can't be written to {target}: No space left on device."
    assert caught.value.advice == (f"Make room there, or name another folder in DEEPDREAM_CACHE, or {USE_POCKET}")
    assert caught.value.exit_code == 1
    assert [path.name for path in (homes / "cache").iterdir()] in ([], [f"{NAME}.lock"])
    assert lookup.load(sets=sets).note == (
        f"VGG19's weights are not here and can't be fetched (The weights can't be written to {target}: No space left "
        "on device), so the small pocket network is used; to get them: deepdream weights fetch"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("mount"), reason="mounts")
def test_a_disk_that_is_truly_full_is_reported(sets, homes):
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", homes / "cache"], capture_output=True
    ).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        with pytest.raises(StorageError) as caught:
            lookup.fetch(sets=sets)
        assert caught.value.message == (
            f"The weights can't be written to {homes / 'cache' / NAME}: No space left on device."
        )
    finally:
        subprocess.run(["umount", homes / "cache"], check=True)


def test_a_cache_that_is_a_file_is_reported(sets, homes, monkeypatch):
    (homes / "blocked").touch()
    monkeypatch.setenv("DEEPDREAM_CACHE", str(homes / "blocked"))
    with pytest.raises(StorageError) as caught:
        lookup.fetch(sets=sets)
    assert caught.value.message == f"The weights can't be written to {homes / 'blocked' / NAME}: File exists."


def test_two_processes_fetch_once(sets, server, original, homes):
    server.pages["/first"] = ("slow", original.read_bytes())
    script = (
        "from deepdream.network.weights.manifest import Former, PublishedFile, WeightSet\n"
        "from deepdream.network.weights import lookup\n"
        f"sets = {sets!r}\n"
        "print(lookup.load('vgg19', sets=sets).digest)"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    digests = [process.communicate(timeout=30)[0].strip() for process in processes]
    assert digests == [manifest.digests(original).sha256] * 2
    assert server.gets == ["/first"]


def test_a_download_interrupted_leaves_nothing(sets, homes):
    class Interrupting(Bar):
        def update(self, count: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lookup.fetch(progress=Interrupting(), sets=sets)
    assert [path for path in (homes / "cache").iterdir() if path.suffix != ".lock"] == []


def test_what_ships_with_the_package_is_not_fetched():
    with pytest.raises(SettingError) as caught:
        lookup.fetch("pocket")
    assert str(caught.value) == "The weights of pocket are part of the package: there is nothing to fetch."
