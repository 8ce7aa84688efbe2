"""Several workers: the same bits as one process, workers that die, workers that don't fit, and who can reach them."""

import os
import pickle
import re
import subprocess
from pathlib import Path

import psutil
import pytest

from deepdream.batch import cluster, workers
from deepdream.batch.task import Task, dream, facts, memory
from deepdream.errors import DreamError, SettingError
from deepdream.images import read_recipe
from deepdream.pipeline.job import Job
from tests.batch.support import (
    BOUND,
    COMMAND,
    FAST,
    alone,
    batch,
    entries,
    make_pictures,
    pixels,
    running,
    same,
    scheduler,
    wait_until,
)

GIVEN = {"network": "pocket", "steps": 2, "octaves": 2}
"""FAST, as a job has it."""

DEADLY = """
import os, signal
from deepdream.batch import task
def deadly(job, run=task._run):
    if job.source.stem == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    return run(job)
task._run = deadly
"""
"""What each worker loads in one test: a picture of that name ends it."""


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The address of a scheduler with one worker, which many batches share."""
    with pytest.MonkeyPatch.context() as patch:
        make_pictures(tmp_path_factory.mktemp("start"), patch)
        with scheduler(tmp_path_factory.mktemp("far") / "elsewhere") as address:
            yield address


@pytest.mark.slow
def test_two_workers_make_the_same_bits_as_one_process(pictures):
    reply = batch("in", "--recursive", "-o", "two", "--workers", "2", *FAST)
    assert reply.returncode == 1
    assert "in/broken.png is empty. Fetch or export it again." in reply.stderr
    assert same(pixels("two"), alone(*FAST))
    assert len({entry["worker"] for entry in entries("two") if "worker" in entry}) == 2
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert read_recipe("two/p0.png")["runtime"]["threads"] == max(1, cores // 2)
    again = batch("in", "--recursive", "-o", "two", "--workers", "2", *FAST)
    assert "5 dreams in two, 5 of them there already, 1 picture failed" in again.stderr


@pytest.mark.slow
def test_a_scheduler_s_worker_makes_the_same_bits_and_names_its_picture_as_one_from_here(pictures, elsewhere):
    reply = batch("in", "--recursive", "-o", "far", "--dask", elsewhere, *FAST)
    assert reply.returncode == 1
    assert "in/broken.png is empty. Fetch or export it again." in reply.stderr
    assert same(pixels("far"), alone(*FAST))
    assert read_recipe("far/p0.png")["input"]["path"] == "../in/p0.png"
    assert batch("in", "--recursive", "-o", "one", *FAST).returncode == 1
    records = [{e["input"]: e.get("record") for e in entries(folder)} for folder in ("one", "far")]
    assert records[0] == records[1]


@pytest.mark.slow
def test_workers_that_share_the_folders_write_the_same_dreams_themselves(pictures, elsewhere):
    """And leave one alone that is there already, as after a command that was killed before its journal knew it."""
    assert batch("in", "--recursive", "-o", "far", "--shared", *FAST, "--dask", elsewhere).returncode == 1
    assert same(pixels("far"), alone(*FAST))
    assert read_recipe("far/p0.png")["input"]["path"] == "../in/p0.png"
    then = Path("far/p0.png").stat().st_mtime_ns
    task = Task(Job(source=Path("in/p0.png").absolute(), output=Path("far/p0.png").absolute(), given=GIVEN))
    with cluster.remote(elsewhere) as client:
        reply = client.submit(dream, task).result(timeout=BOUND)
    assert reply.result is not None
    assert reply.result.ready
    assert Path("far/p0.png").stat().st_mtime_ns == then


@pytest.mark.slow
def test_fewer_workers_are_taken_where_the_memory_is_short(pictures, monkeypatch):
    """Of two, one: all that is free is one byte."""
    monkeypatch.setattr("deepdream.gradient.memory.free", lambda: 1)
    reply = batch("in", "-o", "out", "--workers", "2", "--memory", "1GB", *FAST)
    assert "1 of 2 workers is taken: more don't fit in the memory that is free." in reply.stderr
    assert reply.returncode == 1
    assert len(pixels("out")) == 3
    assert len({entry["worker"] for entry in entries("out") if "worker" in entry}) == 1


def children(process: subprocess.Popen) -> list[psutil.Process]:
    """The workers, without the keepers that start them again."""
    found = psutil.Process(process.pid).children(recursive=True)
    return [child for child in found if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.slow
def test_a_worker_is_killed_and_a_picture_kills_its_workers(pictures, tmp_path, monkeypatch):
    """One worker killed from outside is not missed; the picture that ends each of its workers is listed."""
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", str(tmp_path / "deadly.py"))
    Path("in/deadly.png").write_bytes(Path("in/p0.png").read_bytes())
    words = ("in", "--recursive", "-o", "out", "--workers", "2", *FAST)
    with running(*COMMAND, *words, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: list(Path("out").rglob("p*.png")), of=process)
        open_ports = [c for child in children(process) for c in child.net_connections() if c.status == "LISTEN"]
        assert {connection.laddr.ip for connection in open_ports} == {"127.0.0.1"}
        children(process)[-1].kill()
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == 1
    assert len(pixels("out")) == 5
    ended = "in/deadly.png ended 3 workers one after another, as happens where memory runs out."
    assert ended in said
    assert {entry["input"] for entry in entries("out") if "error" in entry} == {"in/broken.png", "in/deadly.png"}


@pytest.mark.slow
def test_a_worker_of_another_version_is_refused_in_a_sentence(pictures, tmp_path, monkeypatch):
    (tmp_path / "older.py").write_text("from deepdream.batch import task\ntask.__version__ = '0.0.1'\n")
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", str(tmp_path / "older.py"))
    with scheduler(tmp_path / "elsewhere") as address:
        monkeypatch.delenv("DASK_DISTRIBUTED__WORKER__PRELOAD")
        reply = batch("in", "-o", "out", "--dask", address, *FAST)
    assert reply.returncode == 2
    assert re.search(r"The worker tcp://127\S+ is not used: its deepdream is 0\.0\.1, here it is \S+\.\n", reply.stderr)
    assert "No worker can be used. Give them what this machine has, and try again." in reply.stderr
    assert not list(Path("out").glob("*.png"))


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786", "tls://10.0.0.2:8786"]
)
def test_an_address_that_nobody_else_reaches_or_that_is_encrypted_is_taken(address):
    cluster.check_address(address, insecure=False)


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.2:8786", "10.0.0.2:8786", "tcp://localhost.example:8786", "ws://h:1"]
)
def test_an_address_that_others_reach_is_taken_only_where_that_is_asked_for(address):
    cluster.check_address(address, insecure=True)
    with pytest.raises(SettingError) as refused:
        cluster.check_address(address, insecure=False)
    assert str(refused.value) == (
        f"--dask {address} is neither on this machine nor tls://: whoever reaches it runs code as you. "
        "Set up TLS, or add --insecure where nobody else is on that network."
    )


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"count": 0}, "--workers 0 is less than one."),
        ({"count": 2, "address": "tls://h:1"}, "--workers and --dask exclude each other."),
        ({"same_folders": True}, "--shared is for the workers of a scheduler. Give its address with --dask."),
        ({"count": 2, "insecure": True}, "--insecure is for the workers of a scheduler."),
    ],
)
def test_what_excludes_each_other_is_refused(typed, message):
    plain = {"count": None, "address": None, "same_folders": False, "insecure": False}
    with pytest.raises(DreamError, match=re.escape(message)):
        workers.asked(**plain | typed)


def test_files_that_do_not_travel_are_refused():
    record = {"files": {"sky.png": "0" * 64}, "settings": {"weights": None}}
    workers.check(workers.Workers(address="tls://h:1", same_folders=True), record)
    workers.check(workers.Workers(count=2), record)
    with pytest.raises(SettingError, match=re.escape("sky.png is not sent to other machines; only pictures are.")):
        workers.check(workers.Workers(address="tls://h:1"), record)


def test_nobody_at_the_address_is_reported(monkeypatch):
    import dask

    with dask.config.set({"distributed.comm.timeouts.connect": "200ms"}):
        refused = pytest.raises(DreamError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9")
        with refused, cluster.remote("tcp://127.0.0.1:9"):
            pass


def test_a_worker_s_errors_are_values_that_can_be_sent():
    """Whatever is wrong: an exception as such, or with its causes, might be one that can't be pickled."""
    job = Job(source=Path("none.png"), output=Path("dream.png"), given=GIVEN)
    reply = dream(Task(job))
    assert pickle.loads(pickle.dumps(reply)).error.message == "none.png does not exist."
    assert reply.error is not None
    assert reply.error.__cause__ is reply.error.__context__ is None
    assert memory(Task(job)) == 0
    assert facts({"network": "pocket", "weights": "none.h5"}).startswith("There is no weight file none.h5.")


def test_an_unexpected_error_of_a_worker_is_one_of_its_picture(monkeypatch):
    def broken(*_):
        raise ValueError("what can't be pickled", lambda: None)

    monkeypatch.setattr("deepdream.batch.task._run", broken)
    reply = dream(Task(Job(source=Path("a.png"), output=Path("b.png"), given=GIVEN)))
    error = pickle.loads(pickle.dumps(reply)).error
    assert error.message.startswith("deepdream failed unexpectedly on a worker: ValueError: (")
    assert error.advice == "This is a fault of deepdream, not yours."
