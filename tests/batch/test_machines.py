"""Two network namespaces as two machines: separate folders, TLS between them, and one taken away while it dreams."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batch.support import BOUND, COMMAND, batch, entries, pixels, running, same, wait_until

HERE, THERE = "10.213.77.1", "10.213.77.2"
SLOWER = ("--network", "pocket", "--steps", "60", "--octaves", "2")
MODULE = (sys.executable, "-m")
CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=dask -keyout dask.key -out dask.pem"
"""As docs/many.md has it."""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def namespaces() -> Iterator[tuple[str, str]]:
    """Two namespaces with a cable between them and nothing else."""
    here, there = (f"deepdream-{os.getpid()}-{name}" for name in "ab")
    with contextlib.ExitStack() as made:
        try:
            for name in (here, there):
                ip("netns", "add", name)
                made.callback(ip, "netns", "delete", name)
            ip("-n", here, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", there)
            for name, address in ((here, HERE), (there, THERE)):
                ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
                for device in ("lo", "cable"):
                    ip("-n", name, "link", "set", device, "up")
        except (OSError, subprocess.CalledProcessError) as refused:
            pytest.skip(f"Network namespaces can't be made here: {refused}.")
        yield here, there


@pytest.fixture
def encrypted(tmp_path, monkeypatch):
    """One certificate for both machines, and Dask configured to accept nothing else."""
    if not shutil.which("openssl"):
        pytest.skip("There is no openssl to make a certificate with.")
    subprocess.run(CERTIFICATE.split(), cwd=tmp_path, check=True, capture_output=True)
    pair = f"{{cert: {tmp_path}/dask.pem, key: {tmp_path}/dask.key}}"
    roles = "".join(f"\n      {role}: {pair}" for role in ("scheduler", "worker", "client"))
    tls = f"distributed:\n  comm:\n    require-encryption: true\n    tls:\n      ca-file: {tmp_path}/dask.pem{roles}\n"
    (tmp_path / "many.yaml").write_text(tls)
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "many.yaml"))
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP", "12s")  # until a silent machine counts as gone


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("ip"), reason="There is no ip to make network namespaces with.")
def test_a_machine_is_taken_away_and_the_other_does_the_rest(pictures, tmp_path, encrypted):
    for number in range(6):
        shutil.copy("in/p0.png", f"in/a/q{number}.png")
    assert batch("in", "--recursive", "-o", "one", *SLOWER).returncode == 1
    with contextlib.ExitStack() as stack:
        here, there = stack.enter_context(namespaces())
        folders = [tmp_path / "scheduler", tmp_path / "first", tmp_path / "second"]
        for folder in folders:
            folder.mkdir()
        inside = [("ip", "netns", "exec", name) for name in (here, here, there)]
        hidden = ("unshare", "--mount", "sh", "-c", f"mount -t tmpfs none '{tmp_path}/in' && exec \"$@\"", "sh")
        file = tmp_path / "scheduler.json"
        starts = (*MODULE, "distributed.cli.dask_scheduler", "--protocol", "tls", "--host", HERE, "--no-dashboard")
        first = stack.enter_context(running(*inside[0], *starts, "--scheduler-file", file, cwd=folders[0]))
        wait_until(lambda: file.exists() and file.read_text(), of=first)
        address = json.loads(file.read_text())["address"]
        assert address.startswith(f"tls://{HERE}:")
        joins = (*MODULE, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard")
        stack.enter_context(running(*inside[1], *joins, "--host", HERE, cwd=folders[1]))
        stack.enter_context(running(*inside[2], *hidden, *joins, "--host", THERE, "--name", "far", cwd=folders[2]))
        both = "import sys, distributed; distributed.Client(sys.argv[1]).wait_for_workers(2, timeout=120)"
        subprocess.run([*inside[0], sys.executable, "-c", both, address], check=True, timeout=BOUND)
        words = ("in", "--recursive", "-o", "out", "--dask", address, *SLOWER)
        process = stack.enter_context(
            running(*inside[0], *COMMAND, *words, stderr=subprocess.PIPE, start_new_session=True, text=True)
        )
        wait_until(lambda: len({entry["worker"] for entry in entries("out") if "worker" in entry}) == 2, of=process)
        ip("-n", there, "link", "set", "cable", "down")
        assert len(entries("out")) < 8, "it is nearly done"
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == 1
    assert "11 dreams in out, 1 picture failed, see out/batch.csv." in said
    assert same(pixels("out"), pixels("one"))
    assert not list(Path("out").rglob("*.part"))
