"""Ten thousand names from standard input, with line breaks and blanks in them."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.batch.support import BOUND, COMMAND, FAST, entries, running, wait_until

COUNT = 10_000


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="The peak of a process's memory is read from /proc.")
def test_ten_thousand_names_are_planned_in_bounded_memory(pictures):
    """The command itself, whose workers dream, never takes more than 300 MB, and listens on the loopback alone."""
    names = [f"many/ {number} a\nb.png " if number % 2 else f"many/{number}.png" for number in range(COUNT)]
    Path("many").mkdir()
    for name in names:
        os.link("in/p0.png", name)
    Path("names").write_bytes("\0".join(names).encode())
    words = ("--list", "-", "--null", "-o", "out", "--workers", "1", *FAST)
    with open("names", "rb") as file, running(*COMMAND, *words, stdin=file, stderr=subprocess.PIPE) as process:
        wait_until(lambda: len(entries("out")) >= 2, of=process)
        status = Path(f"/proc/{process.pid}/status").read_text()
        open_ports = psutil.Process(process.pid).net_connections()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=BOUND)
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 300_000, "kB"
    assert {port.laddr.ip for port in open_ports if port.status == "LISTEN"} == {"127.0.0.1"}
    assert {entry["input"] for entry in entries("out")} <= set(names)
