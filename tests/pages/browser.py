"""A real headless browser, driven over Chromium's own debugging pipe: no further package, no port.

find() -> its path, or None          with Browser(path, folder) as browser: browser.open(file, width, height)
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
WIRING = "import os, sys; [os.dup2(int(sys.argv[n]), n + 2) for n in (1, 2)]; os.execv(sys.argv[3], sys.argv[3:])"
"""Python that puts the pipes where the browser looks for them: it reads from descriptor 3 and writes to 4."""

PATIENCE = 60.0
"""Seconds to wait for a reply."""


def find() -> str | None:
    """The first browser of this family on PATH."""
    known = NAMES if os.name == "posix" else ()  # the pipes are POSIX's
    return next((path for name in known if (path := shutil.which(name))), None)


class Browser:
    """One page of one browser, and everything that it reported: console errors, exceptions, requests."""

    def __init__(self, program: str, folder: Path) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._events: list[dict[str, Any]] = []
        self._number, self._buffer = 0, b""
        import fcntl  # not on Windows, where `find` finds none

        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        ends = tuple(fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (theirs_in, theirs_out))  # clear of 3 and 4
        words = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", WIRING, *map(str, ends), *words],
            pass_fds=ends,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (theirs_in, theirs_out, *ends):
            os.close(end)
        os.set_blocking(self._in, False)
        self._session: str | None = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):
            self._session = None
            self.ask("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        os.close(self._in), os.close(self._out)

    def open(self, file: Path, *, width: int, height: int, dark: bool = False) -> None:
        """Load a file in a window of that size, to the end."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=scheme)
        self._events.clear()
        self.ask("Page.navigate", url=file.resolve().as_uri())
        end = time.monotonic() + PATIENCE
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            assert time.monotonic() < end, "the page did not load"
            self._read()

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        reply = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """A key, as from the keyboard."""
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def tap(self, selector: str) -> None:
        """Tap the middle of the first element that matches a CSS selector, and wait for its click."""
        x, y = self.run(
            f"""new Promise(drawn => {{
              tapped = document.querySelector({json.dumps(selector)});
              tapped.scrollIntoView({{block: "center", behavior: "instant"}});
              clicked = new Promise(heard => tapped.addEventListener("click", heard, {{once: true}})).then(() => true);
              const box = tapped.getBoundingClientRect(), middle = [box.x + box.width / 2, box.y + box.height / 2];
              requestAnimationFrame(() => requestAnimationFrame(() => drawn(middle)));
            }})"""
        )
        self.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        patience = f"new Promise(over => setTimeout(over, {PATIENCE * 500}, false))"  # less than `ask` has
        assert self.run(f"Promise.race([clicked, {patience}])"), f"{selector} was tapped and not clicked"

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at one point, move it to another and release it."""
        for kind, (x, y), held in (("mousePressed", start, 1), ("mouseMoved", end, 1), ("mouseReleased", end, 0)):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=held, clickCount=1)

    def shot(self, path: Path) -> None:
        """The whole page as a PNG."""
        page = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": page["width"], "height": page["height"], "scale": 1}
        reply = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(reply["data"]))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol, and its reply."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            for reply in self._read():
                if reply.get("id") == self._number:
                    assert "error" not in reply, f"{method}: {reply['error']}"
                    return reply["result"]
        raise AssertionError(f"the browser did not reply to {method}")

    def _read(self) -> list[dict[str, Any]]:
        """The complete messages received; events are kept and scanned for errors and requests."""
        try:
            self._buffer += os.read(self._in, 1 << 20)
        except BlockingIOError:
            time.sleep(0.01)
        *complete, self._buffer = self._buffer.split(b"\0")
        messages = [json.loads(text) for text in complete]
        for message in messages:
            if "method" in message:
                self._events.append(message)
                self._note(message["method"], message["params"])
        return messages

    def _note(self, method: str, about: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.errors.append(str(about["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.errors.append(str(about["args"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.errors.append(about["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"][:200])
