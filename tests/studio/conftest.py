"""A studio of its own process, and people who talk to it over HTTP."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("starlette", reason="the studio's libraries are not installed: pip install starlette uvicorn")

ROOT = Path(__file__).parents[2]
PATIENCE = 180
"""Seconds to wait for what takes a moment."""


class Studio:
    """`deepdream studio` as a user starts it."""

    def __init__(self, folder: Path, *options: str) -> None:
        words = [sys.executable, "-m", "deepdream", "studio", "--no-browser", "--folder", str(folder)]
        words += [] if "--port" in options else ["--port", "0"]
        self.folder = folder
        self.process = subprocess.Popen(
            [*words, *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        line = self.process.stderr.readline()
        found = re.search(r"http://\[?[\w.:]+\]?:(\d+)", line)
        assert found, line + self.process.stderr.read()
        self.port = int(found[1])
        self.address = f"http://127.0.0.1:{self.port}"

    def end(self) -> str:
        """Ctrl-C; what was printed."""
        self.process.send_signal(signal.SIGINT)
        _, printed = self.process.communicate(timeout=PATIENCE)
        return printed

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.communicate(timeout=PATIENCE)


class Person:
    """Somebody with a browser's habits: a cookie, and an Origin on what writes."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.cookie = studio, None

    def send(self, method, path, body=None, **headers):
        """(status, headers, body) of a reply."""
        connection = http.client.HTTPConnection("127.0.0.1", self.studio.port, timeout=PATIENCE)
        given = {"Origin": self.studio.address} if method != "GET" else {}
        if self.cookie:
            given["Cookie"] = self.cookie
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {name: value for name, value in given.items() if value is not None})
        reply = connection.getresponse()
        found = reply.status, reply.headers, reply.read()
        if set_ := reply.headers.get("Set-Cookie"):
            self.cookie = set_.split(";")[0]
        connection.close()
        return found

    def ask(self, method, path, json_=None):
        """The JSON of a reply that is no refusal."""
        status, _, body = self.send(method, path, None if json_ is None else json.dumps(json_))
        assert status < 300, body
        return json.loads(body)

    def refused(self, method, path, json_=None, body=None):
        """(status, message) of a refusal."""
        status, _, reply = self.send(method, path, body if json_ is None else json.dumps(json_))
        assert status >= 400, reply
        return status, json.loads(reply)["message"]

    def announced(self, path, size):
        """(status, message) of a refusal that comes before the first byte of a body of this size."""
        with socket.create_connection(("127.0.0.1", self.studio.port), timeout=PATIENCE) as connection:
            names = f"Host: 127.0.0.1:{self.studio.port}\r\nOrigin: {self.studio.address}\r\n"
            connection.sendall(f"POST {path} HTTP/1.1\r\n{names}Content-Length: {size}\r\n\r\n".encode())
            reply = http.client.HTTPResponse(connection, method="POST")
            reply.begin()
            return reply.status, json.load(reply)["message"]

    def refused_with(self, method, path, **headers):
        """(status, message) of a refusal of a request with these headers."""
        status, _, reply = self.send(method, path, b"{}" if method == "POST" else None, **headers)
        return status, json.loads(reply)["message"]

    def upload(self, content: bytes, name: str = ""):
        status, _, body = self.send("POST", f"/api/pictures?name={quote(name)}", content)
        assert status == 201, body
        return json.loads(body)

    def dream(self, picture, settings=None, **others):
        return self.ask("POST", "/api/jobs", {"picture": picture, "settings": settings or {}, **others})

    def wait(self, job, *states):
        """The dream once it is in one of these states."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.ask("GET", f"/api/jobs/{job['id']}")
            if found["state"] in states:
                return found
            assert found["state"] not in ("failed", "done", "cancelled"), found
            time.sleep(0.05)
        raise AssertionError(f"{job['id']} never was {states}: {found}")

    def file(self, job) -> bytes:
        status, _, body = self.send("GET", f"/api/jobs/{job['id']}/file")
        assert status == 200, body
        return body


@pytest.fixture(scope="package")
def studio(tmp_path_factory):
    studio = Studio(tmp_path_factory.mktemp("studio") / "work")
    yield studio
    if studio.process.poll() is None:
        studio.end()


@pytest.fixture
def person(studio):
    return Person(studio)


@pytest.fixture(scope="session")
def photo() -> bytes:
    return (ROOT / "deepdream" / "sample.jpg").read_bytes()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    from tests.studio.browser import BROWSER

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, studio):
    """Opens the page as somebody new; afterwards it must have been silent and asked for nothing elsewhere."""
    from tests.studio.browser import END_LIVES, KINDS, expect

    contexts, console, foreign = [], [], []

    def visit(kind="desktop", axe=False):
        context = chromium.new_context(**KINDS[kind], bypass_csp=axe)  # axe is put into the page, which CSP forbids
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: console.append(f"{message.text} {message.location.get('url')}"))
        page.on("pageerror", lambda error: console.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto(studio.address)
        expect(page.locator("#status")).to_have_text("Ready.")
        return page

    def asked(url):
        if not url.startswith((studio.address, "blob:", "data:")):
            foreign.append(url)

    visit.console = console
    yield visit
    heard = list(console)  # what ends now is missed by the page
    for context in contexts:
        context.pages[0].evaluate(END_LIVES)
        context.close()
    assert heard == []
    assert foreign == []
