"""Who is let in: this computer, by its own names, writing from its own page; others with a password or not at all."""

import base64
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from deepdream.cli.main import run
from deepdream.errors import RequestError
from deepdream.studio import app, server
from deepdream.studio.place import Place
from tests.studio.conftest import ROOT, Person, Studio

ID = "x"
WRITES = [(method, path) for method, path, _ in app.ROUTES if method != "GET"]
ALL = [(method, path.replace("{id}", ID).replace("{name}", "main.js")) for method, path, _ in app.ROUTES]


def test_only_this_computer_can_connect(studio):
    server = psutil.Process(studio.process.pid)
    listening = {
        connection.laddr.ip
        for process in (server, *server.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize(("method", "path"), ALL)
def test_a_foreign_host_is_refused_everywhere(person, method, path):
    host = f"evil.example:{person.studio.port}"
    status, message = person.refused_with(method, path, Host=host, Origin=f"http://{host}")
    assert (status, message) == (400, f"The host {host!r} is not one that this studio is called by.")


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:PORT", None]
)
def test_every_write_needs_the_studio_s_own_origin(person, method, path, origin):
    origin = origin and origin.replace("PORT", str(person.studio.port))
    status, message = person.refused_with(method, path.replace("{id}", ID), Origin=origin)
    assert status == 403
    assert message == f"The origin {origin!r} is not this studio's own, {person.studio.address}."


def test_localhost_is_a_name_of_this_computer(person):
    host = f"localhost:{person.studio.port}"
    assert person.send("GET", "/", Host=host)[0] == 200
    assert person.send("POST", "/api/jobs", b"{", Host=host, Origin=f"http://{host}")[0] == 400  # let in, and no JSON


def test_the_page_is_served_to_requests_from_anywhere(person):
    status, headers, _ = person.send("GET", "/", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Lax" in headers["Set-Cookie"]


@pytest.mark.parametrize(
    "path", ["/page/../app.py", "/page/%2e%2e%2fapp.py", "/page/none.js", "/page/main.py", "/etc/passwd"]
)
def test_nothing_but_the_page_s_own_files_is_served(person, path):
    assert person.send("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--host", "0.0.0.0"], "--host 0.0.0.0 lets other computers in: that takes a password."),
        (["--host", "::"], "--host :: lets other computers in: that takes a password."),
        (["--port", "70000"], "--port 70000 is out of its bounds: 0 to 65535."),
        (["--port", "-1"], "--port -1 is out of its bounds: 0 to 65535."),
        (["--disk", "0"], "--disk 0 is out of its bounds: 1000000 to 1152921504606846976."),
        (["--disk", "much"], "--disk 'much' is not an amount of disk. Type for example --disk 6GiB."),
        (["--threads", "0"], "--threads 0 is out of its bounds: 1 to 1024."),
        (["--memory", "1"], "--memory 1 is out of its bounds: 1MiB to 1024.0TiB."),
        (["--limit-megabytes", "0"], "--limit-megabytes 0 leaves no picture: it has to be more than 0."),
    ],
)
def test_what_would_be_unsafe_does_not_start(tmp_path, options, message):
    words = [sys.executable, "-m", "deepdream", "studio", "--no-browser", "--folder", str(tmp_path / "s"), *options]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "s").exists()


def test_ctrl_c_pressed_twice_prints_nothing(tmp_path):
    started = Studio(tmp_path / "s")
    started.process.send_signal(signal.SIGINT)
    time.sleep(0.02)  # two at the same moment count as one
    assert started.end() == ""
    assert started.process.returncode == 0


def test_a_short_password_is_refused():
    with pytest.raises(RequestError, match="The password has fewer than 8 characters"):
        server.check(Place(host="0.0.0.0", password="short"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "can't be read: No such file or directory."), (b"\xff" * 9, "is not text in UTF-8.")],
)
def test_a_password_file_that_can_not_be_read_is_named(tmp_path, capsys, content, reason):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    assert run(["studio", "--password-file", str(path)]) == 2
    assert capsys.readouterr().err == f"The password file {path} {reason}\n"


def test_a_folder_with_other_files_is_never_taken(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(RequestError) as refused:
        server.serve(Place(port=0, folder=tmp_path), print)
    assert refused.value.message == f"{tmp_path} holds thesis.txt, and the studio deletes its folder at the end."
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_another_page_can_not_make_the_studio_work(person):
    for site in ("cross-site", "same-site"):
        status, message = person.refused_with("GET", "/api/thumbnail", **{"Sec-Fetch-Site": site})
        assert status == 403
        assert message == "The API is read by the studio's own page and by programs, not by other pages."


def test_a_port_that_is_taken_is_reported(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RequestError) as refused:
            server.serve(Place(port=port, folder=tmp_path / "s"), print)
    assert refused.value.message == f"The studio can't listen on 127.0.0.1 at port {port}: Address already in use."
    assert refused.value.advice == "Name another with --port."


def test_with_a_password_everything_needs_it(tmp_path):
    (tmp_path / "password").write_text("correct horse\n")
    studio = Studio(tmp_path / "s", "--password-file", str(tmp_path / "password"))
    person = Person(studio)
    try:
        for given in (None, "wrong horse"):
            for method, path in ALL:
                status, headers, _ = person.send(method, path, Authorization=given and basic(given))
                assert status == 401
                assert headers["WWW-Authenticate"].startswith("Basic")
        assert person.send("GET", "/", Authorization=basic("correct horse"))[0] == 200
    finally:
        studio.end()


def basic(password):
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


def test_requests_that_are_no_requests_are_refused(person):
    assert person.refused("POST", "/api/jobs", body=b"{") == (400, "The request is not JSON.")
    assert person.refused("POST", "/api/jobs", body=b"[]") == (400, "The request is not JSON of the kind dict.")
    assert person.refused("POST", "/api/jobs", body=b"[" * 100_000) == (400, "The request is not JSON.")
    half = b'{"settings": {"layers": "\\ud83d"}}'
    assert person.refused("POST", "/api/jobs", body=half) == (400, "The request is not JSON.")
    message = "The request has 1048580 bytes; at most 1048576 are taken."
    assert person.announced("/api/jobs", 1_048_580) == (413, message)
