"""How quickly the studio responds: first preview, stroke to picture, pictures a second; over HTTP, as its page asks."""

import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

from deepdream.settings import SAMPLE

STROKES, SECONDS = 40, 8.0
"""Strokes whose delay is measured, and how long frames are counted."""


def measure() -> dict[str, Any]:
    """Start a studio with the pocket network, wait until it is warm, and measure; prints each number."""
    with TemporaryDirectory(prefix="deepdream-") as folder:
        words = [sys.executable, "-m", "deepdream", "studio", "--no-browser", "--port", "0", "--folder", f"{folder}/s"]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr is not None
                found = re.search(r"http://127.0.0.1:(\d+)", process.stderr.readline())
                assert found is not None
                return _measured(_Client(int(found[1])))
            finally:
                process.terminate()


class _Client:
    """One connection, kept open, with the page's cookie and origin."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Origin": f"http://127.0.0.1:{port}"}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[Any, bytes]:
        """The headers and the body of a reply."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        self._connection.request(method, path, content, self._headers)
        reply = self._connection.getresponse()
        data = reply.read()
        assert reply.status < 300, data
        if cookie := reply.headers.get("Set-Cookie"):
            self._headers["Cookie"] = cookie.split(";")[0]
        return reply.headers, data

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """A reply as JSON."""
        return json.loads(self.ask(method, path, body)[1])


def _measured(client: _Client) -> dict[str, Any]:
    picture = client.json("POST", "/api/pictures", SAMPLE.read_bytes())["id"]
    client.json("GET", "/api/layers?network=pocket")  # the reply comes once the engine is warm
    found: dict[str, Any] = {"first preview, s": _preview(client, picture)}
    for side in (300, 600):
        live = client.json("POST", "/api/lives", {"picture": picture, "settings": {"max_side": side}})
        found[f"stroke to picture at {side} px, ms"] = _strokes(client, live)
        found[f"pictures a second at {side} px"] = _rate(client, live)
    for name, value in found.items():
        print(f"{name}: {value:.3g}")
    return found


def _preview(client: _Client, picture: str) -> float:
    """Seconds from asking for a 900x600 dream to its first picture."""
    start = time.perf_counter()
    job = client.json("POST", "/api/jobs", {"picture": picture, "settings": {}})["id"]
    while client.json("GET", f"/api/jobs/{job}")["state"] == "queued":
        time.sleep(0.01)
    client.ask("GET", f"/api/jobs/{job}/frame?after=0")
    seconds = time.perf_counter() - start
    client.ask("DELETE", f"/api/jobs/{job}")
    return seconds


def _strokes(client: _Client, live: dict[str, Any]) -> float:
    """Median milliseconds from sending a stroke to the first picture that was dreamt after it."""
    path, taken = f"/api/lives/{live['id']}", []
    for number in range(STROKES):
        x, y = (number * 37) % live["width"], (number * 23) % live["height"]
        stroke = {"number": number, "brush": f"block4_conv2:{number % 5}", "points": [[x, y]], "radius": 20}
        start = time.perf_counter()
        steps = client.json("POST", f"{path}/events", [{"stroke": stroke}])["steps"]
        client.ask("GET", f"{path}/frame?after={steps}")
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def _rate(client: _Client, live: dict[str, Any]) -> float:
    """Pictures a second, each asked for when the last has come."""
    count, after, start = 0, -1, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        headers, _ = client.ask("GET", f"/api/lives/{live['id']}/frame?after={after}")
        after, count = int(headers["X-Step"]), count + 1
    return count / (time.perf_counter() - start)
