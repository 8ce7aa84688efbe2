"""Isolated cache folders for the tests of the weights, and a real server on loopback."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deepdream.network.weights import download


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose `cache` and `keras/models` are the locations searched, instead of the user's."""
    for variable in (
        "DEEPDREAM_WEIGHTS",
        *(f"DEEPDREAM_{name}_URL" for name in ("VGG19", "VGG16", "RESNET50", "INCEPTIONV3")),
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("DEEPDREAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "_silent_since", {})  # what other tests' addresses did
    (tmp_path / "cache").mkdir()
    (tmp_path / "keras/models").mkdir(parents=True)
    return tmp_path


class Server:
    """What the pages of a loopback server do, by path: bytes are sent whole, a number is a status.

    Attributes:
        url: its address without a path.
        pages: path -> bytes, a status, or a manner and bytes: "cut" breaks off in the middle, "cut once" the first time
            only, "slow" waits first, "stalled" waits in the middle.
        gets: the paths asked for with GET, in order.
    """

    def __init__(self) -> None:
        self.pages: dict[str, object] = {}
        self.gets: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                server.gets.append(self.path)
                server.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        page = self.pages[request.path]
        if isinstance(page, int):
            request.send_error(page)
            return
        manner, content = page if isinstance(page, tuple) else ("", page)
        if manner == "cut once" and self.gets.count(request.path) > 1:
            manner = ""
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if manner == "slow":
            time.sleep(1)
        request.wfile.write(content[: len(content) // 2] if manner in ("cut", "cut once", "stalled") else content)
        if manner == "stalled":
            time.sleep(2)


@pytest.fixture
def server(homes: Path):
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()
